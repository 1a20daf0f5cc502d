"""Where a training runs, and with how many threads."""

import torch

from symbolnet.config import Training
from symbolnet.errors import InputError


def prepare_device(spec: Training) -> torch.device:
    """Set the thread count and return the device; raise InputError where there is no such one."""
    torch.set_num_threads(spec.threads)
    present = torch.cuda.is_available()
    if spec.device == "cuda" and not present:
        raise InputError("a CUDA device for `device: cuda`", "none", "use `device: cpu`")
    return torch.device("cuda" if present and spec.device != "cpu" else "cpu")
