"""Resume after a kill: the state on disk, stamped with what it belongs to."""

import json
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from symbolnet.artifact import replacing
from symbolnet.config import Settings
from symbolnet.training.method import Log, Tensors

VERSION = 4


def stamp_of(spec: Settings, dataset_sha256: str) -> str:
    """Return what a checkpoint must agree on to be resumed: version, settings, data."""
    settings = spec.model_dump(mode="json")
    return json.dumps([VERSION, dataset_sha256, settings], sort_keys=True)


def save_checkpoint(path: Path, stamp: str, tensors: Tensors) -> None:
    """Write a frozen state atomically: a kill leaves the previous checkpoint or this one."""
    with replacing(path) as temporary:
        # Not save_file: it hides a full disk in an error of its own.
        temporary.write_bytes(save(tensors, metadata={"stamp": stamp}))


def load_checkpoint(path: Path, stamp: str, log: Log) -> Tensors | None:
    """Return the frozen state, or None (saying why) where there is none of this stamp."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as archive:
            if (archive.metadata() or {}).get("stamp") != stamp:
                log(f"{path.name}: of other settings or data, ignored; training from the start")
                return None
            return {name: archive.get_tensor(name) for name in archive.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        log(f"{path.name}: unreadable ({error}), ignored; training from the start")
        return None
