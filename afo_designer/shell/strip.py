"""Strip: the region of the mesh as a rectangle (s, v), v from 0 medially to 1 laterally."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.rounding import rounding_radius
from afo_designer.shell.shell import Shell
from afo_designer.shell.trim import theta_per_mm

# A half-round edge of radius r has the area of a square one that ends (1 − π/4) r further in. Plate
# bending, ∫ t³, would ask for 0.41 r; but an arched leaf bends mostly by stretching its edges.
# Against solids of the exported part (benchmarks/calculix_step.py) two leaves were 9.5 and 7.8 %
# too soft with 0.41 r; with this it is 4.0 and 0.9 %.
EDGE_LOSS = 1.0 - np.pi / 4.0
# The mesh stops where the plate's tip is this share of its greatest width: no load gets there.
TIP_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Strip:
    """A shell between its edges, set in by what a half-round edge lacks in area.

    `low`, `high`: the first and last station, mm. θ runs evenly in v between `medial` and
    `lateral`, the edges' θ(s).
    """

    shell: Shell
    low: float
    high: float
    medial: CubicSpline
    lateral: CubicSpline

    def theta(self, s: ArrayLike, v: ArrayLike) -> FloatArray:
        """θ (...,) of points of the rectangle."""
        medial = self.medial(s)
        return np.asarray(medial + np.asarray(v) * (self.lateral(s) - medial))

    def share(self, s: ArrayLike, theta: ArrayLike) -> FloatArray:
        """Their v (...,), for points of the chart."""
        medial = self.medial(s)
        return np.asarray((np.asarray(theta) - medial) / (self.lateral(s) - medial))

    def midline(self, s: FloatArray) -> FloatArray:
        """Where θ = 0: v (n,) at stations (n,)."""
        return self.share(s, np.zeros_like(s))

    def point(self, s: ArrayLike, v: ArrayLike) -> FloatArray:
        """(..., 3): the middle surface X + n h/2, mm."""
        s, v = np.broadcast_arrays(np.asarray(s, float), np.asarray(v, float))
        theta = self.theta(s, v)
        return self.shell.chart.raised(s, theta, 0.5 * self.shell.thickness(s, theta))


def lay_strip(shell: Shell) -> Strip:
    """The strip of a shell, from the proximal edge to near the plate's tip."""
    low = shell.stations.top + float(lacking(shell, np.asarray(shell.stations.top), np.zeros(())))
    medial, lateral = (
        CubicSpline(shell.trim.s, _set_in(shell, theta, inwards))
        for theta, inwards in ((shell.trim.medial, 1.0), (shell.trim.lateral, -1.0))
    )
    return Strip(shell, low, _tip(shell), medial, lateral)


def _set_in(shell: Shell, theta: FloatArray, inwards: float) -> FloatArray:
    """θ of an edge over the trim's stations, set in."""
    s = shell.trim.s
    per_mm = theta_per_mm(shell.chart, s, theta)
    run = np.linalg.norm(np.gradient(shell.chart.point(s, theta), s, axis=0), axis=1)
    straight = np.linalg.norm(shell.chart.surface(s, theta, ds=1), axis=1)
    slant = np.clip(run / straight, 1.0, 3.0)
    return theta + inwards * lacking(shell, s, theta) * per_mm * slant


def lacking(shell: Shell, s: FloatArray, theta: FloatArray) -> FloatArray:
    """What the edges' rounding lacks of a square edge, in mm of full wall: 2 (1 − π/4) r² / h."""
    half = 0.5 * shell.thickness(s, theta)
    return EDGE_LOSS * rounding_radius(half, shell.parameters.edge.radius_mm) ** 2 / half


def _tip(shell: Shell) -> float:
    """The station where the plate has narrowed to `TIP_SHARE`."""
    s = np.linspace(shell.stations.heads, shell.stations.end, 200)
    medial, lateral = shell.trim.sides(s)
    spare = (lateral - medial) - TIP_SHARE * (lateral - medial)[0]
    last = int(np.flatnonzero(spare > 0.0)[-1])
    if last == len(s) - 1:
        return float(s[-1])
    share = spare[last] / (spare[last] - spare[last + 1])
    return float(s[last] + share * (s[last + 1] - s[last]))
