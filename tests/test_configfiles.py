"""Config files that are none end Snakemake with one line, before it reads them."""

import subprocess
import sys
from pathlib import Path

import pytest

from symbolnet.errors import InputError
from symbolnet.pipeline.preflight import check_command_line, check_file
from workflow_case import REPOSITORY, environment

FAULTS = [
    (None, "a config file .*own.yaml; found No such file"),
    ("", "own.yaml, which is empty"),
    ("- run: a", "own.yaml, which is a list"),
    ("run", "own.yaml, which is a str"),
    ("run: [a", "own.yaml: .*line 1, column 6"),
    ("run: a\n\ttrain: [b]\n", "own.yaml: .* line 2, column 1"),
    ("run: a\nrun: b\n", "the key 'run' is there twice .*line 2, column 1"),
    ("data:\n  a: {label: x, label: y}\n", "the key 'label' is there twice"),
    ("run: \xe9".encode("latin-1"), "own.yaml: .* codec can't decode"),
    ("!!python/object/apply:os.system [exit]", "own.yaml: .*constructor"),
]


def written(folder: Path, content: str | bytes | None) -> Path:
    path = folder / "own.yaml"
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(("content", "words"), FAULTS)
def test_what_is_no_config_is_one_line(
    content: str | bytes | None, words: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=words) as fault:
        check_file(written(tmp_path, content))
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--configfile", "config/smoke.yaml", "no.yaml"],
        ["--configfiles=no.yaml", "--cores", "1"],
        ["all", "--config", "run"],
        ["-C", "run=x", "=y"],
    ],
)
def test_every_config_of_a_call_is_looked_at(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setattr(sys, "argv", ["snakemake", *arguments])
    with pytest.raises(SystemExit, match=r"^symbolnet: expected "):
        check_command_line()


def test_shipped_configs_and_other_options_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [str(path) for path in sorted((REPOSITORY / "config").glob("*.yaml"))]
    call = ["--cores", "2", "a", "--configfile", *files, "--config", "run=x", "data={a: 1}", "-n"]
    monkeypatch.setattr(sys, "argv", ["snakemake", *call, "--conda-prefix", "c"])
    check_command_line()


@pytest.mark.slow
@pytest.mark.parametrize("option", [(), ("--profile", "profiles/slurm")])
def test_snakemake_ends_with_that_line(option: tuple[str, ...]) -> None:
    call = [sys.executable, "-m", "snakemake", "--dry-run", *option, "--configfile", "no.yaml"]
    env = environment(REPOSITORY)
    done = subprocess.run(call, cwd=REPOSITORY, env=env, text=True, capture_output=True)
    told = [line for line in done.stderr.splitlines() if not line.startswith("Using ")]
    assert done.returncode == 1 and len(told) == 1 and told[0].startswith("symbolnet: expected")
