"""Stage: settings of a simulation to the motion of its bodies."""

import numpy as np

from symbolnet.config import Simulation
from symbolnet.distil.simulation.file import save_simulations
from symbolnet.distil.simulation.simulate import simulate
from symbolnet.pipeline.marks import Out


def simulate_bodies(simulations: Out, spec: Simulation) -> None:
    """Follow bodies from random first states under a force, and write their motion."""
    found = simulate(spec)
    save_simulations(simulations, found)
    drift, steps = found.energy_drift, found.integrator_steps
    kept = "energy taken by the drag" if spec.force == "damped" else "energy drift"
    print(
        f"{spec.simulations} simulations of {spec.bodies} bodies: {kept} {np.median(drift):.1e}"
        f" (median), {drift.max():.1e} (most); steps {np.median(steps):.0f}, {steps.max()}"
    )
