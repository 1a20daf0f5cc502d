"""The linear power spectrum of matter: Bardeen, Bond, Kaiser and Szalay 1986, equation G3."""

import numpy as np

from symbolnet.config import HaloMock

Array = np.ndarray
_SPHERE = 8.0  # Mpc/h, of sigma8


def transfer(k: Array, shape: float) -> Array:
    """Return T(q), q = k / shape, of wave numbers in h/Mpc: cold dark matter, adiabatic."""
    q = np.maximum(k / shape, 1e-12)
    inner = 1 + 3.89 * q + (16.1 * q) ** 2 + (5.46 * q) ** 3 + (6.71 * q) ** 4
    found: Array = np.log(1 + 2.34 * q) / (2.34 * q) * inner**-0.25
    return found


def of_sphere(x: Array) -> Array:
    """Return the Fourier transform 3 (sin x - x cos x) / x^3 of a sphere, x = k radius."""
    safe = np.maximum(x, 1e-3)
    found: Array = np.where(
        x < 1e-3, 1 - x**2 / 10, 3 * (np.sin(safe) - safe * np.cos(safe)) / safe**3
    )
    return found


def power(k: Array, spec: HaloMock) -> Array:
    """Return P(k) in (Mpc/h)^3, of deviation sigma8 before the cutoff exp(-(k cutoff)^2)."""
    fine = np.geomspace(1e-4, 30.0, 4000)
    spheres = fine**2 * _bare(fine, spec) * of_sphere(_SPHERE * fine) ** 2 / (2 * np.pi**2)
    scale = spec.sigma8**2 / np.trapezoid(spheres, fine)
    found: Array = scale * _bare(k, spec) * np.exp(-((k * spec.cutoff) ** 2))
    return found


def _bare(k: Array, spec: HaloMock) -> Array:
    found: Array = k**spec.index * transfer(k, spec.shape) ** 2
    return found
