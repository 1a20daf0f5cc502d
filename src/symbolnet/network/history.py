"""What an epoch is remembered by: the columns of history.csv and the line of the log."""

from torch import Tensor

COLUMNS = (
    "loss",
    "loss_mse",
    "accuracy_validation",
    "sparsity_input",
    "sparsity_weight",
    "sparsity_unary",
    "sparsity_binary",
)
SPARSITIES = COLUMNS[3:]
SCORE = COLUMNS[2]
SCORES = {"classification": SCORE, "regression": "r2_validation"}


def history_csv(ids: list[str], history: list[Tensor], task: str = "classification") -> str:
    """Return one row per member and epoch; entries of `history` are (m, columns)."""
    names = (SCORES[task] if name == SCORE else name for name in COLUMNS)
    lines = [",".join(("member", "epoch", *names))]
    for k, member in enumerate(ids):
        for epoch, values in enumerate(history, start=1):
            numbers = [f"{value:.9g}" for value in values[k].tolist()]
            lines.append(",".join((member, str(epoch), *numbers)))
    return "\n".join(lines) + "\n"


def epoch_line(
    history: list[Tensor], epochs: int, seconds: float, rate: float, task: str = "classification"
) -> str:
    """Return the log line of the last epoch: mean, or lowest..highest, over the members.

    `seconds` is the time since the start, `rate` the time of one epoch.
    """
    columns = dict(zip(COLUMNS, history[-1].unbind(dim=1), strict=True))
    score = SCORES[task].removesuffix("_validation")
    sparsity = " ".join(f"{name[9:]} {_range(columns[name])}" for name in SPARSITIES)
    return (
        f"epoch {len(history)}/{epochs}  loss {_range(columns['loss'])}  "
        f"{score} {_range(columns[SCORE])}  sparsity {sparsity}  "
        f"{seconds:.0f} s  ETA {rate * (epochs - len(history)):.0f} s"
    )


def _range(values: Tensor) -> str:
    finite = values[values.isfinite()]
    if not len(finite):
        return "nan"
    low, high = f"{finite.min():.3f}", f"{finite.max():.3f}"
    return low if low == high else f"{low}..{high}"
