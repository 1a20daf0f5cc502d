"""`thresholds: exact`: every member reaches exactly the sparsities asked for (docs/paper.md).

The threshold of each kind of element is the quantile of its scores at a target that rises from 0
to the one asked for; it therefore comes down as readily as it goes up.
"""

import math

import torch
from torch import Tensor

from symbolnet.config import PaperTraining
from symbolnet.methods.paper.forward import propagate
from symbolnet.methods.paper.layout import Layout, Masks, Sections, sections_of
from symbolnet.methods.paper.loss import cross_entropy, squared_error
from symbolnet.methods.paper.problem import Adam, Problem, State, groups
from symbolnet.methods.paper.scores import (
    input_scores,
    levels_of,
    operator_scores,
    reaches_of,
    weight_scores,
)

# As shares of all steps: no pruning before WARM, the full target from RAMP on, and from FREEZE on
# the masks stay as they are.
WARM, RAMP, FREEZE = 0.15, 0.6, 0.75
EVERY = 10
CLIP = 5.0
# Pruned weights take this share of their step and lose that share of their size: unhindered, they
# would drift to where nothing pulls them back, and replace others at random. All weights shrink by
# SHRINK steps times the target.
RETURN, FADE, SHRINK = 0.1, 0.003, 0.2
BETA2 = 0.99
MEMORY = 0.8
LEAST_INPUTS, LEAST_WEIGHTS = 1, 2


def exact_masks(sections: Sections) -> Masks:
    """Return the masks; the threshold of an element is 1 where it is pruned, else 0."""
    return Masks(*(1 - threshold for threshold in sections[1:]))


def exact_state(spec: PaperTraining, layout: Layout, device: torch.device) -> State:
    """Draw weights from N(0, 1 / fan-in) by seed; biases are 0 and everything is kept.

    All members take the same batches, so that one matrix product serves all of them.
    """
    sizes = [size for rows, columns in layout.matrices for size in (rows * columns, rows)]
    spreads = [s for _, columns in layout.matrices for s in (1 / math.sqrt(columns), 0.0)]
    spread = torch.tensor(spreads).repeat_interleave(torch.tensor(sizes))
    rows = torch.zeros(len(spec.seeds), sum(layout.sections))
    for row, seed in zip(rows, spec.seeds, strict=True):
        generator = torch.Generator().manual_seed(seed)
        row[: len(spread)] = spread * torch.randn(len(spread), generator=generator)
    parameters = rows.repeat_interleave(len(spec.targets), dim=0).to(device)
    moments = torch.zeros(len(parameters), len(spread), device=device)
    adam = Adam(moments, moments.clone(), beta2=BETA2)
    effects = torch.zeros(len(parameters), sum(layout.sections[3:]), device=device)
    return State(parameters, adam, [torch.Generator().manual_seed(0)], effects)


def exact_step(problem: Problem, state: State, batch: Tensor) -> Tensor:
    """One step of Adam on a batch (1, n) of row numbers; return loss and error, (2, m)."""
    step, total = state.adam.steps, total_steps(problem)
    freeze = int(FREEZE * total)
    x = problem.x_train[batch[0]].T.unsqueeze(0)
    if step <= freeze and (step == freeze or step % min(EVERY, max(1, total // 40)) == 0):
        share = 1.0 if step == freeze else ramp(step / total)
        renew_masks(problem, state, x, share)
    sections = sections_of(problem.layout, state.parameters)
    masks = exact_masks(sections)
    wanted = problem.y_train[batch[0]].T.unsqueeze(0)
    found = [
        _gradient(problem, sections.weight[part], Masks(*(mask[part] for mask in masks)), x, wanted)
        for part, _ in groups(problem, len(state.parameters), 1)
    ]
    gradient = torch.cat([gradient for gradient, _ in found])
    pruned = 1 - masks.weight
    gradient -= gradient * pruned * (1 - RETURN if step < freeze else 1)
    rate = problem.spec.learning_rate * 0.5 * (1 + math.cos(math.pi * step / total))
    state.adam.update(sections.weight, _clipped(gradient), rate)
    if step < freeze:
        _shrink(sections.weight, pruned, rate * problem.targets[:, :1])
    return torch.cat([values for _, values in found], dim=1)


def exact_settled(problem: Problem) -> int:
    """Return the first epoch, from 0, at whose end the masks are final."""
    return int(FREEZE * total_steps(problem)) * problem.spec.epochs // total_steps(problem)


def total_steps(problem: Problem) -> int:
    """Return the number of steps of the whole training."""
    return problem.spec.epochs * -(-len(problem.x_train) // problem.spec.batch)


def ramp(progress: float) -> float:
    """Return the share of the targets asked for: 1 - (1 - r)^3, r from 0 at WARM to 1 at RAMP."""
    rest = 1 - min(1.0, max(0.0, (progress - WARM) / (RAMP - WARM)))
    return 1 - rest**3


def renew_masks(problem: Problem, state: State, x: Tensor, share: float) -> None:
    """Prune `share` of the targets of every kind by the scores of now, in place."""
    layout, sections = problem.layout, sections_of(problem.layout, state.parameters)
    masks = exact_masks(sections)
    seen: list[Tensor] = []
    kept = sections.weight * masks.weight
    propagate(layout, kept, masks, x, seen)
    state.effects.lerp_(operator_scores(layout, kept, seen).nan_to_num(posinf=1e30), 1 - MEMORY)
    asked = (problem.targets * share).T.tolist()
    unary, binary = state.effects.split(layout.sections[3:], dim=1)
    _keep(sections.unary_threshold, unary, asked[2], 0)
    _keep(sections.binary_threshold, binary, asked[3], 0)
    levels = levels_of(layout, sections.weight, exact_masks(sections))
    scores = input_scores(layout, sections.weight, reaches_of(layout, sections.weight, levels))
    _keep(sections.input_threshold, scores, asked[1], LEAST_INPUTS)
    levels = levels_of(layout, sections.weight, exact_masks(sections))
    reaches = reaches_of(layout, sections.weight, levels)
    scores = weight_scores(layout, sections.weight, levels, reaches)
    _keep(sections.weight_threshold, scores, asked[0], LEAST_WEIGHTS)


def _keep(threshold: Tensor, scores: Tensor, targets: list[float], least: int) -> None:
    counts = [keep_count(scores.shape[1], target, least) for target in targets]
    threshold.copy_(1 - keep_largest(scores, counts))


def _gradient(
    problem: Problem, weight: Tensor, masks: Masks, x: Tensor, wanted: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the gradient of the masked weights, handed straight through, and losses (2, m)."""
    kept = (weight * masks.weight).requires_grad_(True)
    outputs = propagate(problem.layout, kept, masks, x)
    if problem.task == "regression":
        loss = error = squared_error(outputs, wanted)
    else:
        loss, error = cross_entropy(outputs, wanted, problem.row_weights(wanted))
    (gradient,) = torch.autograd.grad(loss.sum(), kept)
    return gradient, torch.stack([loss, error]).detach()


def _shrink(weight: Tensor, pruned: Tensor, rate: Tensor) -> None:
    """Let pruned weights fade, and all of them move towards zero by `rate` (m, 1), in place."""
    size = weight.abs().sub_(SHRINK * rate).clamp_min_(0).mul_(1 - FADE * pruned)
    weight.copy_(size.copysign_(weight))


def _clipped(gradient: Tensor) -> Tensor:
    """Scale each member's gradient to a norm of `CLIP` at most; what is not finite becomes 0."""
    gradient = gradient.nan_to_num_(nan=0.0, posinf=0.0, neginf=0.0)
    norm = gradient.norm(dim=1, keepdim=True)
    return gradient.mul_(CLIP / norm.clamp_min(CLIP))


def keep_count(size: int, target: float, least: int) -> int:
    """Return how many of `size` elements to keep: the count nearest to (1 - target) size."""
    return min(size, max(least, size - math.floor(target * size + 0.5)))


def keep_largest(scores: Tensor, counts: list[int]) -> Tensor:
    """Return the 0/1 mask (m, size) of each row's largest scores, exactly counts[m] of them.

    The threshold is the quantile itself; of equal scores at the threshold the first are kept.
    NaN counts as the smallest score.
    """
    if not scores.shape[1]:
        return torch.zeros_like(scores)
    scores = scores.nan_to_num(nan=-1.0, posinf=torch.finfo(scores.dtype).max)
    threshold = torch.stack(
        [_quantile(row, count) for row, count in zip(scores, counts, strict=True)]
    ).unsqueeze(1)
    above, equal = scores > threshold, scores == threshold
    wanted = torch.tensor(counts, device=scores.device).unsqueeze(1)
    room = wanted - above.sum(dim=1, keepdim=True)
    return (above | (equal & (equal.cumsum(dim=1) <= room))).to(scores.dtype)


def _quantile(row: Tensor, count: int) -> Tensor:
    """Return the count-th largest score; what lies above it is kept anyhow."""
    if count == 0:
        return row.new_tensor(torch.inf)
    if row.is_cuda:  # kthvalue is quicker but refuses to be deterministic there
        return row.sort().values[-count]
    return row.kthvalue(len(row) - count + 1).values
