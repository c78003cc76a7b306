"""Thickness: the wall h(s, θ): levels along the limb, graded over the leaf, and local bumps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.blend import cubic_bspline, smoothstep
from afo_designer.geometry.bspline import BSplineSurface
from afo_designer.shell.bump import Bump
from afo_designer.shell.ceiling import Ceiling
from afo_designer.shell.cup import Cup
from afo_designer.shell.parameters import ShellParameters
from afo_designer.shell.stations import Stations

# Length of the step from footplate to toe plate, ahead of the metatarsal heads.
TOE_BLEND_MM = 20.0
# How far under the heel the leaf's wall reaches before it is the footplate's.
HEEL_BLEND_MM = 20.0


@dataclass(frozen=True, slots=True)
class ThicknessField:
    """h(s, θ) in mm: levels (k,) joined by C² blends from `starts` (k − 1,) to `ends` (k − 1,).

    Times a grade: between the stations `graded` a uniform cubic B-spline of the factors `grades`
    (g,), which never strays beyond its neighbours' values; one outside. Plus `bumps`, local
    thickenings over the inner `surface`, and less wall at the sides of a heel `cup`; the surface
    may be left out where there are neither. All of it under the `ceiling` of the surface's
    hollows. `levels[1]` is the leaf's.
    """

    levels: FloatArray
    starts: FloatArray
    ends: FloatArray
    grades: FloatArray
    graded: tuple[float, float]
    bumps: tuple[Bump, ...] = ()
    surface: BSplineSurface | None = None
    cup: Cup | None = None
    ceiling: Ceiling | None = None

    def __post_init__(self) -> None:
        count = len(np.asarray(self.levels))
        object.__setattr__(self, "levels", frozen(self.levels, (count,)))
        object.__setattr__(self, "starts", frozen(self.starts, (count - 1,)))
        object.__setattr__(self, "ends", frozen(self.ends, (count - 1,)))
        object.__setattr__(self, "grades", frozen(self.grades, (None,)))
        if (self.bumps or self.cup) and self.surface is None:
            raise ValueError("a wall with bumps or a cup needs the surface they stand on")

    def __call__(self, s: ArrayLike, theta: ArrayLike) -> FloatArray:
        """Wall thickness (mm) at points (s, θ) of the chart, broadcast against each other."""
        h = self.asked(s, theta)
        return h if self.ceiling is None else self.ceiling.lowered(h, s, theta)

    def asked(self, s: ArrayLike, theta: ArrayLike) -> FloatArray:
        """Wall thickness (mm) at points (s, θ) were there no ceiling."""
        h = self.plain(s)
        s, theta = np.broadcast_arrays(np.asarray(s, float), np.asarray(theta, float))
        h = np.broadcast_to(h, s.shape) + 0.0
        if self.surface is None or not (self.bumps or self.cup):
            return np.asarray(h)
        points = self.surface(s, theta)
        if self.cup is not None:
            spared = self.cup.thinner(self.leaf(s)) * self._before_plate(s)
            h = h - spared * self.cup.share(s, points)
        for bump in self.bumps:
            h = h + bump.rise(s, theta, points)
        return np.asarray(h)

    def plain(self, s: ArrayLike) -> FloatArray:
        """Wall thickness (mm) at stations s without bumps and cup."""
        s = np.asarray(s, dtype=np.float64)
        h = np.full(s.shape, self.levels[0])
        for step, start, end in zip(np.diff(self.levels), self.starts, self.ends, strict=True):
            h = h + step * smoothstep((s - start) / (end - start))
        return h * self._graded(s)

    def leaf(self, s: ArrayLike) -> FloatArray:
        """The leaf's wall (mm), as if it went on at all stations s."""
        return np.asarray(self.levels[1] * self._graded(s))

    def _graded(self, s: ArrayLike) -> FloatArray:
        if not np.any(self.grades != 1.0):  # the same number, and no shapes
            return np.ones(np.shape(s))
        return np.asarray(1.0 + grade_shapes(self, s) @ (self.grades - 1.0))

    def _before_plate(self, s: FloatArray) -> FloatArray:
        """1 on the leaf, 0 where the footplate's wall has taken its place."""
        return 1.0 - smoothstep((s - self.starts[1]) / (self.ends[1] - self.starts[1]))


def with_bumps(
    field: ThicknessField, surface: BSplineSurface, bumps: Sequence[Bump]
) -> ThicknessField:
    """The wall with more bumps over an inner surface; the same wall for none."""
    if not bumps:
        return field
    return replace(field, bumps=(*field.bumps, *bumps), surface=surface)


def grade_shapes(field: ThicknessField, s: ArrayLike) -> FloatArray:
    """(..., g): what each grade adds to the wall's factor at stations s."""
    s = np.asarray(s, dtype=np.float64)
    count = len(field.grades)
    low, high = field.graded
    # knots so that the first grade's piece begins at `low` and the last one's ends at `high`
    at = (s - low) / (high - low) * (count + 3.0)
    return cubic_bspline(at[..., None] - np.arange(count))


def with_cup(field: ThicknessField, surface: BSplineSurface, cup: Cup | None) -> ThicknessField:
    """The wall with the sides of a heel cup over an inner surface; the same wall for none."""
    return field if cup is None else replace(field, cup=cup, surface=surface)


def thickness_field(stations: Stations, parameters: ShellParameters) -> ThicknessField:
    """Calf band, leaf (over taper and ankle), footplate, toe plate."""
    plate = parameters.footplate
    levels = [parameters.calf.thickness_mm, parameters.leaf.thickness_mm, plate.thickness_mm]
    # The leaf keeps its wall round the heel, where its moment is greatest.
    starts = [stations.band, 0.5 * (stations.root + stations.sole)]
    ends = [0.5 * (stations.band + stations.leaf), stations.sole + HEEL_BLEND_MM]
    if stations.end > stations.heads:
        levels.append(plate.toe_thickness_mm)
        starts.append(stations.heads)
        ends.append(stations.heads + TOE_BLEND_MM)
    return ThicknessField(
        np.array(levels),
        np.array(starts),
        np.array(ends),
        np.array(parameters.leaf.grades),
        (stations.band, stations.sole + HEEL_BLEND_MM),
    )
