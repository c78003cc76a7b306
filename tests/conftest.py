"""What several layers' tests stand on: a tube from formulas, known limbs, one whole run."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from known_limbs import SCANS, generated_limb, mirrored_limb, true_limb

from afo_designer.geometry.bspline import clamped_knots, fit_surface
from afo_designer.geometry.solid import BSplineSolid, RimLoop
from afo_designer.limb.limb import Limb

# One thread a process, as the commands have it: xdist's workers start after this and inherit it.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
# Machines are shared and noisy: no test is timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

FOOT_LENGTH = 250.0
SHANK, TURN, FOOT = 300.0, FOOT_LENGTH / 4.0 * np.pi / 2.0, 150.0


def _section_radius(s: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Superellipse sections: round calf and ankle, a flat sole 25 mm below the foot axis."""
    calf = 34.0 + 20.0 * (0.5 + 0.5 * np.cos(np.pi * np.clip(s / SHANK, 0.0, 1.0)))
    t = np.clip((s - SHANK) / TURN, 0.0, 1.0)
    blend = t**3 * (10.0 - 15.0 * t + 6.0 * t**2)
    depth, width = calf + blend * (25.0 - calf), calf + blend * (42.0 - calf)
    power = 2.0 + 2.0 * blend
    inverse = np.abs(np.cos(theta) / depth) ** power + np.abs(np.sin(theta) / width) ** power
    return inverse ** (-1.0 / power)


def _tube(s: np.ndarray, theta: np.ndarray, lateral: float) -> np.ndarray:
    fine = np.linspace(0.0, SHANK + TURN + FOOT, 4001)
    t = np.clip((fine - SHANK) / TURN, 0.0, 1.0)
    angle = 0.5 * np.pi * (t - np.sin(2.0 * np.pi * t) / (2.0 * np.pi))
    step = fine[1]
    x, z = np.cumsum(np.sin(angle)) * step, -np.cumsum(np.cos(angle)) * step
    centre = np.column_stack([np.interp(s, fine, x), 0.0 * s, np.interp(s, fine, z) + 390.0])
    phi = np.interp(s, fine, angle)
    away = np.column_stack([-np.cos(phi), 0.0 * s, -np.sin(phi)])
    radius = _section_radius(s[:, None], theta[None, :])[..., None]
    side = np.sin(theta)[None, :, None] * np.array([0.0, lateral, 0.0])
    return centre[:, None] + radius * (np.cos(theta)[None, :, None] * away[:, None] + side)


def _rounded(s: tuple[float, float], half: float, radius: float, step: float) -> np.ndarray:
    """A rectangle s × (−half, half) with round corners, sampled every `step` mm."""
    straight = (s[1] - s[0] - 2.0 * radius, 2.0 * half - 2.0 * radius)
    points, corner = [], np.array([s[0] + radius, -half])
    heading = 0.0
    for length in (straight[0], straight[1], straight[0], straight[1]):
        along = np.array([np.cos(heading), np.sin(heading)])
        left = np.array([-along[1], along[0]])
        run = np.linspace(0.0, length, max(1, round(length / step)), endpoint=False)
        if length > 1e-9:
            points.append(corner + run[:, None] * along)
        corner = corner + length * along
        count = max(2, round(0.5 * np.pi * radius / step))
        bend = 0.5 * np.pi * np.arange(count)[:, None] / count
        points.append(corner + radius * (np.sin(bend) * along + (1.0 - np.cos(bend)) * left))
        corner = corner + radius * (along + left)
        heading += 0.5 * np.pi
    return np.vstack(points)


@pytest.fixture(scope="session")
def bent_tube() -> Callable[..., BSplineSolid]:
    """`bent_tube(lateral=±1, thickness=…, slots=…)`: shank, heel turn, footplate, two slots."""

    def build(lateral: float = 1.0, thickness: float = 4.0, slots: bool = True) -> BSplineSolid:
        s = np.linspace(0.0, SHANK + TURN + FOOT, 200)
        theta = np.radians(np.linspace(-130.0, 130.0, 150))
        knots = clamped_knots(s[0], s[-1], 56), clamped_knots(theta[0], theta[-1], 30)
        inner = fit_surface(s, theta, _tube(s, theta, lateral), *knots)
        normal = np.cross(inner.grid(s, theta, ds=1), inner.grid(s, theta, dtheta=1))
        normal *= -lateral / np.linalg.norm(normal, axis=-1, keepdims=True)
        outer = fit_surface(s, theta, inner.grid(s, theta) + thickness * normal, *knots)
        edge = _rounded((40.0, SHANK + TURN + FOOT - 15.0), 50.0, 14.0, 1.0)
        span = np.interp(
            edge[:, 0], s, np.radians(80.0 - 25.0 * np.exp(-(((s - 280.0) / 70.0) ** 2)))
        )
        loops = [RimLoop(np.column_stack([edge[:, 0], edge[:, 1] / 50.0 * span]))]
        if slots:
            slot = _rounded((70.0, 78.0), 18.0, 4.0, 0.8)
            for centre in (-50.0, 50.0):
                turned = np.column_stack([slot[:, 0], np.radians(centre) + slot[:, 1] / 52.0])
                loops.append(RimLoop(turned, hole=True))
        return BSplineSolid(inner, outer, tuple(loops))

    return build


@pytest.fixture(scope="session")
def scanned_limb() -> Callable[[str], Limb]:
    """Limbs by file stem below the shared scans; skips where the scans are absent."""
    if not SCANS.is_dir():
        pytest.skip("the shared scans are not beside the project")
    return true_limb


@pytest.fixture(scope="session")
def made_limb() -> Callable[..., Limb]:
    """`made_limb(ankle_angle_deg, side, height_mm)`: a generated leg in the limb frame."""
    return generated_limb


@pytest.fixture(scope="session")
def mirrored() -> Callable[[Limb], Limb]:
    """The mirror image of a limb."""
    return mirrored_limb


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One whole run of the demonstration order, shared: see `demo_run.Demo`."""
    from demo_run import run_demo

    return run_demo(tmp_path_factory.mktemp("demo") / "result")
