"""Networks, the laws distilled from them and the law found without, on bodies that none has seen.

Errors are of accelerations: on simulations kept from training, with first states of twice the
spread, and with six bodies. Motion is followed from first states kept from training, with a cap on
the steps, and compared with the truth by the distance at the end over the path.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch

from symbolnet.artifact import Record
from symbolnet.config import JudgeSpec
from symbolnet.distil.laws.motion import LawOfMotion, Motion, error_of, motion_of
from symbolnet.distil.laws.record import law_of_motion, states
from symbolnet.distil.networks.graphs import Graphs, part
from symbolnet.distil.networks.store import Trained
from symbolnet.distil.simulation.file import Simulations, as_told
from symbolnet.distil.simulation.integrate import integrate
from symbolnet.distil.simulation.simulate import simulate

Array = np.ndarray

# Accelerations (s, n, dim) of places, velocities, and the numbers (s,) of the simulations.
Pull = Callable[[Array, Array, Array], Array]
# A network of ReLU has kinks: the step would shrink at each, and its own error is far larger.
_ROUGH = 1e-4


class Path(NamedTuple):
    """Places (s, t, n, dim), NaN after a stop, and which simulations (s,) reached the end."""

    positions: Array
    finished: Array


_WIDER, _MORE_BODIES, _OTHER_SEED = 2.0, 6, 7919
_POINTS = 50  # times of a figure
_DIGITS = 5


class Unseen(NamedTuple):
    """States that no training has seen: as trained, at twice the spread, with six bodies."""

    trained: Motion
    wider: Motion
    more_bodies: Motion


def judged_record(
    found: Simulations, trained: Trained, laws: Record, direct: Record, spec: JudgeSpec
) -> Record:
    """Return errors and motion of every member's network and law, and of the direct law."""
    every = _simulated(found, spec)
    seen = [as_told(one) for one in every]
    unseen, kept = unseen_states(seen, spec), seen[0]
    truth = kept.positions[: spec.rollouts]
    members = []
    for k, (own, (variant, seed)) in enumerate(zip(laws["members"], trained.members, strict=True)):
        chosen = own["chosen"]
        law = None if chosen is None else law_of_motion(own["front"][chosen]["of_motion"])
        network = member_of(trained, k)
        paths = {"network": follow(kept, network_slope(network, kept), spec, True)}
        if law is not None:
            paths["law"] = follow(kept, law_slope(law, kept), spec, False)
        members.append(
            {
                "variant": variant,
                "seed": seed,
                "network": _network_errors(network, unseen) | _motion(paths["network"], truth),
                "law": None
                if law is None
                else _law_errors(law, unseen) | _motion(paths["law"], truth),
                "paths": {name: _shown(path.positions) for name, path in paths.items()},
            }
        )
    told = direct["told"]
    return {
        "members": members,
        "direct": _direct(direct, kept, unseen, spec),
        "direct_told": None
        if told is None
        else _direct(told, every[0], unseen_states(every, spec), spec),
        "truth": _shown(truth),
        "mean_size": float(np.abs(unseen.trained.accelerations).sum(axis=(1, 2)).mean()),
    }


def _direct(direct: Record, kept: Simulations, unseen: Unseen, spec: JudgeSpec) -> Record:
    """Return errors and motion of the law that was chosen without a network."""
    best = law_of_motion(direct["front"][direct["chosen"]])
    followed = follow(kept, law_slope(best, kept), spec, False)
    return _law_errors(best, unseen) | _motion(followed, kept.positions[: spec.rollouts])


def _simulated(found: Simulations, spec: JudgeSpec) -> list[Simulations]:
    """Return simulations to judge by; the last two are made here, the ball of bodies denser."""
    settings = found.settings
    few = {"simulations": spec.simulations, "seed": settings.seed + _OTHER_SEED}
    others = few | {"spread": settings.spread * _WIDER}, few | {"bodies": _MORE_BODIES}
    made = [simulate(settings.model_copy(update=other)) for other in others]
    return [part(found, trained=False), *made]


def unseen_states(every: Sequence[Simulations], spec: JudgeSpec) -> Unseen:
    """Return states of simulations to judge by."""
    return Unseen(*(states(one, spec.states, spec.seed) for one in every))


def member_of(trained: Trained, k: int) -> Trained:
    """Return one member alone."""
    return trained._replace(
        form=trained.form._replace(members=1),
        weights={name: one[k : k + 1] for name, one in trained.weights.items()},
        live=trained.live[k : k + 1],
    )


def graphs_of_motion(motion: Motion) -> Graphs:
    """Return states as graphs."""
    moving = (motion.places, motion.velocities, motion.accelerations)
    arrays = (*moving, motion.masses, motion.charges)
    return Graphs(*(torch.from_numpy(one.astype(np.float32)) for one in arrays))


def _network_errors(network: Trained, unseen: Unseen) -> Record:
    made = {
        name: network.accelerations(graphs_of_motion(motion))[0].numpy().astype(np.float64)
        for name, motion in unseen._asdict().items()
    }
    return _errors(made, unseen)


def _law_errors(law: LawOfMotion, unseen: Unseen) -> Record:
    return _errors({name: law.accelerations(m) for name, m in unseen._asdict().items()}, unseen)


def _errors(made: dict[str, Array], unseen: Unseen) -> Record:
    """Return relative errors by kind of states, and the paper's loss, sum |error| of a graph."""
    found: Record = {
        f"error_{name}": error_of(made[name], motion) for name, motion in unseen._asdict().items()
    }
    wrong = np.abs(made["trained"] - unseen.trained.accelerations).sum(axis=(1, 2))
    return found | {"loss": float(wrong.mean())}


def _motion(path: Path, truth: Array) -> Record:
    """Return the median distance at the end over the path, and how many reached the end."""
    way = np.sqrt((np.diff(truth, axis=1) ** 2).sum(axis=-1)).sum(axis=1).mean(axis=1)
    off = np.sqrt(((path.positions[:, -1] - truth[:, -1]) ** 2).sum(axis=-1)).mean(axis=1) / way
    done = off[path.finished]
    return {
        "rollout": float(np.median(done)) if len(done) else None,
        "rollout_finished": int(path.finished.sum()),
        "rollouts": len(off),
    }


def _shown(positions: Array) -> list[list[list[float | None]]]:
    """Return places (n, t, 2) of the first simulation for the figure; null after a stop."""
    step = max(1, positions.shape[1] // _POINTS)
    few = positions[0, ::step, :, :2].transpose(1, 0, 2)
    return [
        [[None if not np.isfinite(v) else float(f"{v:.{_DIGITS}g}") for v in at] for at in body]
        for body in few
    ]


def follow(found: Simulations, pull: Pull, spec: JudgeSpec, rough: bool) -> Path:
    """Follow the first simulations under other accelerations, at most `max_steps` of them."""
    count = min(spec.rollouts, len(found.masses))
    shape = found.positions.shape[2:]
    first = np.stack((found.positions[:count, 0], found.velocities[:count, 0]))

    def slope(state: Array, which: Array) -> Array:
        places, velocities = state.T.reshape(-1, 2, *shape).swapaxes(0, 1)
        moved = np.stack((velocities, pull(places, velocities, which)), axis=1)
        return moved.reshape(len(which), -1).T

    start = first.swapaxes(0, 1).reshape(count, -1).T
    tolerance = _ROUGH if rough else found.settings.tolerance
    path = integrate(slope, start, found.times, tolerance, spec.max_steps)
    places = path.states.transpose(2, 0, 1).reshape(count, len(found.times), 2, *shape)[:, :, 0]
    return Path(places, path.finished)


def law_slope(law: LawOfMotion, found: Simulations) -> Pull:
    """Return the accelerations of a law."""

    def pull(places: Array, velocities: Array, which: Array) -> Array:
        masses, charges = found.masses[which], found.charges[which]
        return law.accelerations(motion_of(places, velocities, places, masses, charges))

    return pull


def network_slope(network: Trained, found: Simulations) -> Pull:
    """Return the accelerations of a network of one member."""

    def pull(places: Array, velocities: Array, which: Array) -> Array:
        arrays = (places, velocities, places, found.masses[which], found.charges[which])
        graphs = Graphs(*(torch.from_numpy(one.astype(np.float32)) for one in arrays))
        return network.accelerations(graphs)[0].numpy().astype(np.float64)

    return pull
