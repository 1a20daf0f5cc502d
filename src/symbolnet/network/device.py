"""Where a training runs, and with how many threads."""

import os

import torch

from symbolnet.config import PaperTraining
from symbolnet.errors import InputError


def prepare_device(spec: PaperTraining) -> torch.device:
    """Set the thread count and return the device; raise InputError where there is no such one.

    On a GPU only deterministic algorithms run from here on.
    """
    torch.set_num_threads(spec.threads)
    # MKL reads this at its first product. Else a product is rounded by where in memory it lies, and
    # a member by how many lie before it.
    os.environ.setdefault("MKL_CBWR", "AUTO")
    present = torch.cuda.is_available()
    if spec.device == "cuda" and not present:
        raise InputError("a CUDA device for `device: cuda`", "none", "use `device: cpu`")
    if not present or spec.device == "cpu":
        return torch.device("cpu")
    # cuBLAS reads this when it starts, and torch refuses to be deterministic without it.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    return torch.device("cuda")
