"""The batched network: paper's order of units, file format, float32 against float64."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import load_file

import network_reference as reference
from network_cases import SPEC, dataset, random_rows, stored
from symbolnet.config import Layer, PaperTraining
from symbolnet.errors import InputError
from symbolnet.methods.paper.forward import forward
from symbolnet.methods.paper.layout import layout_of, masks_of, sections_of
from symbolnet.network.masked import evaluate
from symbolnet.network.store import load_members

SPECS = {
    "two layers": SPEC,
    "unary only": SPEC.model_copy(update={"layers": [Layer(unary=5, binary=0)]}),
    "binary only": SPEC.model_copy(update={"layers": [Layer(unary=0, binary=3)]}),
    "repeated operators": SPEC.model_copy(update={"unary_operators": ["sin", "tanh", "sin"]}),
}


def outputs(spec: PaperTraining, rows: torch.Tensor, x: np.ndarray) -> np.ndarray:
    layout = layout_of(spec, 5, 3)
    sections = sections_of(layout, rows)
    batch = torch.from_numpy(x).to(rows.dtype).T.unsqueeze(0)
    return forward(layout, sections, masks_of(sections), batch).transpose(1, 2).numpy()


@pytest.mark.parametrize("name", SPECS)
def test_stored_members_compute_what_training_computed(name, tmp_path):
    spec, x = SPECS[name], dataset().x_train
    rows = random_rows(layout_of(spec, 5, 3), 3)
    found = outputs(spec, rows.double(), x)
    tensors = load_file(stored(tmp_path / "n.safetensors", spec, rows))
    members = load_members(tmp_path / "n.safetensors")
    assert [member for member, _ in members] == ["t-000", "t-001", "t-002"]
    for k, (_, network) in enumerate(members):
        t = {tensor: array[k].astype(np.float64) for tensor, array in tensors.items()}
        operators = spec.unary_operators, spec.binary_operators
        expected = reference.forward(t, reference.masks(t, t), *operators, x.astype(np.float64))
        assert np.allclose(evaluate(network, x.astype(np.float64)), expected, atol=1e-12)
        assert np.allclose(found[k], expected, atol=1e-12)


def test_masks_in_the_file_are_the_references(tmp_path):
    tensors = load_file(
        stored(tmp_path / "n.safetensors", SPEC, random_rows(layout_of(SPEC, 5, 3), 2))
    )
    for k in range(2):
        t = {name: array[k].astype(np.float64) for name, array in tensors.items()}
        for name, mask in reference.masks(t, t).items():
            assert np.allclose(t[f"{name}_mask"], mask, atol=1e-9), name


def test_members_sharing_a_batch_equal_members_with_their_own():
    layout, x = layout_of(SPEC, 5, 3), torch.randn(2, 5, 30, dtype=torch.float64)
    sections = sections_of(layout, random_rows(layout, 6).double())
    masks = masks_of(sections)
    shared = forward(layout, sections, masks, x)
    assert torch.allclose(shared, forward(layout, sections, masks, x.repeat_interleave(3, dim=0)))


def test_file_has_the_same_bytes_twice_and_no_clutter(tmp_path):
    rows = random_rows(layout_of(SPEC, 5, 3), 2)
    first = stored(tmp_path / "a.safetensors", SPEC, rows).read_bytes()
    assert stored(tmp_path / "b.safetensors", SPEC, rows).read_bytes() == first
    with safe_open(tmp_path / "a.safetensors", framework="numpy") as archive:
        header = json.loads(archive.metadata()["symbolnet"])
    assert PaperTraining.model_validate(header["training"]) == SPEC


def test_reading_members_needs_no_torch(tmp_path):
    path = stored(tmp_path / "n.safetensors", SPEC, random_rows(layout_of(SPEC, 5, 3), 2))
    code = (
        "import sys; from pathlib import Path; from symbolnet.network.store import load_members\n"
        "assert len(load_members(Path(sys.argv[1]))) == 2 and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)


def test_damaged_files_are_named(tmp_path):
    path = stored(tmp_path / "n.safetensors", SPEC, random_rows(layout_of(SPEC, 5, 3), 2))
    whole = path.read_bytes()
    for wrong in (whole[: len(whole) // 2], b"", b"garbage" * 9, whole.replace(b"ids", b"ixs")):
        path.write_bytes(wrong)
        with pytest.raises(InputError, match="train again"):
            load_members(path)
    with pytest.raises(InputError, match="run the stage"):
        load_members(tmp_path / "absent.safetensors")
