"""Patch: a tangent plane of a surface over the chart, to draw shapes on in millimetres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray, cross, frozen, unit
from afo_designer.geometry.bspline import BSplineSurface
from afo_designer.shell.chart import Chart
from afo_designer.shell.outline import LATERAL
from afo_designer.shell.trim import TrimRegion

# Newton steps by which a drawn point finds its parameters; quadratic, four reach rounding.
PROJECTIONS = 6


@dataclass(frozen=True, slots=True)
class Patch:
    """The plane that touches a surface at `at` (s, θ): `origin`, axes `first` and `second`."""

    surface: BSplineSurface
    at: FloatArray
    first: FloatArray
    second: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", frozen(self.at, (2,)))
        for name in ("first", "second"):
            object.__setattr__(self, name, frozen(getattr(self, name), (3,)))

    @property
    def origin(self) -> FloatArray:
        s, theta = self.at
        return self.surface(s, theta)

    def parameters(self, drawn: FloatArray) -> FloatArray:
        """(s, θ) (n, 2) of the surface's points right under or over points drawn (n, 2), mm."""
        axes = np.stack([self.first, self.second])
        origin = self.origin
        found = np.tile(self.at, (len(drawn), 1))
        for _ in range(PROJECTIONS):
            s, theta = found.T
            gap = drawn - (self.surface(s, theta) - origin) @ axes.T
            tangents = np.stack(
                [self.surface(s, theta, ds=1), self.surface(s, theta, dtheta=1)], axis=2
            )
            found = found + np.linalg.solve(axes @ tangents, gap[..., None])[..., 0]
        return found


def chart_patch(surface: BSplineSurface, at: FloatArray) -> Patch:
    """The patch whose first axis runs along s, the second across it towards larger θ."""
    s, theta = at
    first = unit(surface(s, theta, ds=1))
    across = surface(s, theta, dtheta=1)
    return Patch(surface, at, first, unit(across - (across @ first) * first))


def beside_trim(
    chart: Chart, trim: TrimRegion, side: float, station: float, set_in: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(parameters, across, along) `set_in` mm inside the trim line of a side at a station.

    `across` points away from the trim line, `along` runs with it.
    """
    s = station + np.array([-2.0, 0.0, 2.0])
    theta = trim.sides(s)[1 if side == LATERAL else 0]
    points = chart.point(s, theta)
    along = unit(points[2] - points[0])
    inward = unit(cross(chart.normal(s[1], theta[1]), along))
    start = np.array([s[1], theta[1]])
    if step(chart, start, inward)[1] * side > 0.0:  # inward is towards the midline
        inward = -inward
    return walk(chart, start, inward, along, set_in)[-1]


def walk(
    chart: Chart, start: FloatArray, ahead: FloatArray, beside: FloatArray, distance: float
) -> list[tuple[FloatArray, FloatArray, FloatArray]]:
    """(parameters, ahead, beside) at steps straight along the surface: a geodesic, nearly."""
    at = np.asarray(start, dtype=np.float64)
    path = [(at, ahead, beside)]
    steps = max(2, int(np.ceil(distance)))
    for _ in range(steps):
        at = at + distance / steps * step(chart, at, ahead)
        normal = chart.normal(at[0], at[1])
        ahead = unit(ahead - (ahead @ normal) * normal)
        beside = unit(beside - (beside @ normal) * normal - (beside @ ahead) * ahead)
        path.append((at, ahead, beside))
    return path


def step(chart: Chart, at: FloatArray, direction: FloatArray) -> FloatArray:
    """Change (ds, dθ) of the parameters for a unit step along a tangent direction."""
    s, theta = at
    jacobian = np.column_stack([chart.surface(s, theta, ds=1), chart.surface(s, theta, dtheta=1)])
    return np.asarray(np.linalg.lstsq(jacobian, direction, rcond=None)[0], dtype=np.float64)
