"""Members of a training to the record of their laws, and the same library without a network."""

from collections.abc import Sequence

import numpy as np
import torch

from symbolnet.artifact import Record
from symbolnet.config import LawSearch, Simulation
from symbolnet.distil.laws.choice import largest_drop, laws_of_motion, simplest_of_the_best
from symbolnet.distil.laws.gram import weights_of
from symbolnet.distil.laws.hidden import coded, traits_of
from symbolnet.distil.laws.messages import Law, Messages, front_of, messages_of, principal
from symbolnet.distil.laws.motion import LawOfMotion, Motion, motion_of, motion_text, refit
from symbolnet.distil.laws.pairs import Pairs, pairs_of_graphs
from symbolnet.distil.laws.terms import Term, law_text, library
from symbolnet.distil.laws.truth import constants_off, fitted, is_equal, r_squared, ratio
from symbolnet.distil.networks.graphs import Graphs, graphs_of, part
from symbolnet.distil.networks.store import Trained
from symbolnet.distil.simulation.file import Simulations, as_told
from symbolnet.methods.symbolnet.laws.sums import CONSTANT, best_sets

_REFITTED = 16  # sets of each size whose constants are fitted


Array = np.ndarray
_SHOWN = 300  # points of a figure


def laws_record(found: Simulations, trained: Trained, spec: LawSearch) -> Record:
    """Return the laws of every member: R2 of its messages, its front, and both choices."""
    graphs, motion = sample(found, spec)
    shown = trained.messages(graphs).numpy().astype(np.float64)
    onward = trained.weights["node0.weight"].detach().numpy().astype(np.float64)
    members = []
    for k, (variant, seed) in enumerate(trained.members):
        weights = np.eye(shown.shape[-1])
        if not trained.form.hamiltonian:
            weights = onward[k, -shown.shape[-1] :]
        about = {"variant": variant, "seed": seed}
        members.append(about | _member(shown[k], weights, graphs, found, motion, spec))
    return {"members": members}


def direct_record(found: Simulations, spec: LawSearch) -> Record:
    """Return the front of laws of motion that the library finds without any network.

    Where charges are hidden, beside it what it finds if it is told them.
    """
    known, hidden = part(found, trained=True), bool(found.settings.kinds)
    seen = states(as_told(known), spec.states, spec.seed)
    told = states(known, spec.states, spec.seed) if hidden else None
    record = _direct(seen, found, spec, not hidden)
    return record | {"told": None if told is None else _direct(told, found, spec, True)}


def _direct(motion: Motion, found: Simulations, spec: LawSearch, charges: bool) -> Record:
    terms = [one for one in library(motion.pairs.distance.ravel()) if charges or not one.charges]
    laws = direct_front(motion, terms, spec.terms)
    chosen = simplest_of_the_best(laws, spec.factor)
    front = [_of_motion(law, found) for law in laws]
    return {"front": front, "chosen": chosen, "equal": front[chosen]["equal"]}


def sample(found: Simulations, spec: LawSearch) -> tuple[Graphs, Motion]:
    """Return graphs, and states to fit laws of motion to, of the simulations trained on."""
    known = as_told(part(found, trained=True))
    graphs = graphs_of(known)
    random = torch.Generator().manual_seed(spec.seed)
    graphs = graphs.take(torch.randperm(graphs.number, generator=random)[: spec.graphs])
    return graphs, states(known, spec.states, spec.seed)


def states(found: Simulations, count: int, seed: int) -> Motion:
    """Return so many states of simulations, drawn at random."""
    random = np.random.default_rng(seed)
    k = random.integers(0, len(found.masses), count)
    t = random.integers(0, len(found.times), count)
    x, v, a = (one[k, t] for one in (found.positions, found.velocities, found.accelerations))
    return motion_of(x, v, a, found.masses[k], found.charges[k])


def _member(
    shown: Array,
    onward: Array,
    graphs: Graphs,
    found: Simulations,
    motion: Motion,
    spec: LawSearch,
) -> Record:
    settings = found.settings
    pairs = _true_pairs(graphs, settings)
    strongest, share = _strongest(shown, settings.dimension)
    r2 = r_squared(strongest, settings, pairs)
    messages, charges = _revealed(shown, onward, graphs, settings)
    terms = library(messages.pairs.distance.ravel())
    front = front_of(messages, terms, spec.terms) if messages.values.shape[-1] else []
    laws, chosen = laws_of_motion(front, charges, motion, spec.factor)
    points = fitted(strongest, settings, pairs, bool(r2["per_mass"]))
    return {
        "r2": r2,
        "share_of_variance": share,
        "points": _points(points, strongest),
        "front": [_of_messages(law, own, found) for law, own in zip(front, laws, strict=True)],
        "chosen": chosen,
        "chosen_by_drop": largest_drop(front) if front else None,
    }


def _true_pairs(graphs: Graphs, settings: Simulation) -> Pairs:
    """Return the pairs of graphs with their true charges."""
    if not settings.kinds:
        return pairs_of_graphs(graphs)
    charges = torch.tensor(settings.kinds)[graphs.charges.long()]
    return pairs_of_graphs(graphs._replace(charges=charges))


def _revealed(
    shown: Array, onward: Array, graphs: Graphs, settings: Simulation
) -> tuple[Messages, tuple[float, ...]]:
    """Return messages with the charges of their pairs, and of kinds what the messages say of it."""
    pairs, count = pairs_of_graphs(graphs), len(settings.kinds)
    if count:
        pairs = coded(pairs, graphs.charges.numpy().astype(float), count)
    messages = principal(messages_of(pairs, shown), onward, settings.dimension)
    if not count or not messages.values.shape[-1]:
        return messages, ()
    traits = traits_of(messages, library(messages.pairs.distance.ravel()), count)
    return traits.reveal(messages), tuple(traits.sender.tolist())


def _strongest(shown: Array, count: int) -> tuple[Array, float]:
    """Return the components (b, n - 1, n, count) that vary most, and their share of it."""
    variance = shown.reshape(-1, shown.shape[-1]).var(axis=0)
    best = np.sort(np.argsort(-variance, kind="stable")[:count])
    total = float(variance.sum())
    return shown[..., best], float(variance[best].sum() / total) if total else 0.0


def _points(across: Array, messages: Array) -> Record:
    """Return some points of the first component for the figure, both axes in its deviations."""
    up = messages.reshape(-1, messages.shape[-1])[:, 0]
    scale = float(np.quantile(np.abs(up - np.median(up)), 0.9)) or 1.0
    x, y = ((one - np.median(up)) / scale for one in (across[:, 0], up))
    return few_points(x, y)


def few_points(x: Array, y: Array) -> Record:
    """Return some of the points (n,) of a figure."""
    step = max(1, len(x) // _SHOWN)
    return {name: [float(f"{v:.4g}") for v in one[::step]] for name, one in (("x", x), ("y", y))}


def _of_messages(law: Law, own: LawOfMotion, found: Simulations) -> Record:
    constants = [float(one) for one in law.constants]
    singular = np.linalg.svd(law.matrix, compute_uv=False)
    least = float(singular[-1])
    return {
        "terms": [term_record(term) for term in law.terms],
        "constants": constants,
        "text": law_text(law.terms, constants),
        "complexity": law.complexity,
        "error": law.error,
        "condition": float(singular[0]) / least if least > 0 else None,
        "equal": is_equal(found.settings, law.terms, constants),
        "ratio": ratio(law.terms, constants),
        "of_motion": _of_motion(own, found),
    }


def _of_motion(law: LawOfMotion, found: Simulations) -> Record:
    return {
        "terms": [term_record(term) for term in law.terms],
        "constants": list(law.constants),
        "softening": law.softening,
        "drag": law.drag,
        "drag_constant": law.drag_constant,
        "charges": list(law.charges),
        "response": law.response,
        "text": motion_text(law),
        "complexity": law.complexity,
        "error": law.error,
        "equal": is_equal(found.settings, law.terms, law.constants),
        "constants_off": constants_off(found.settings, law),
    }


def term_record(term: Term) -> Record:
    """Return a term as JSON."""
    return dict(term._asdict())


def law_of_motion(record: Record) -> LawOfMotion:
    """Return the law that a record was made of."""
    return LawOfMotion(
        tuple(Term(**one) for one in record["terms"]),
        tuple(record["constants"]),
        record["softening"],
        record["drag"],
        record["drag_constant"],
        record["error"],
        tuple(record["charges"]),
        record["response"],
    )


def direct_front(motion: Motion, terms: Sequence[Term], most: int) -> list[LawOfMotion]:
    """Return the laws of motion that no simpler one is as good as."""
    targets = motion.targets().ravel()  # one constant for each term: rows are components
    vectors = np.stack([_summed(term, motion) for term in terms], axis=1)
    found = best_sets(vectors, targets, weights_of(targets[:, None]), most)
    sets = [one.columns for one in found if CONSTANT not in one.columns]
    sizes = range(1, most + 1)
    kept = [one for size in sizes for one in [s for s in sets if len(s) == size][:_REFITTED]]
    laws = [refit([terms[k] for k in one], motion) for one in kept]
    front: list[LawOfMotion] = []
    for law in sorted(laws, key=lambda one: (one.complexity, one.error)):
        if not front or law.error < front[-1].error:
            front.append(law)
    return front


def _summed(term: Term, motion: Motion) -> Array:
    """Return what a term adds up to at every body, (bodies * dim,)."""
    found: Array = (term.values(motion.pairs)[..., None] * motion.pairs.apart).sum(axis=-3)
    return found.ravel()
