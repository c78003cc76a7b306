"""Rig: the virtual bench set up for a shell on its limb."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from afo_designer.cast.positive import PositiveModel
from afo_designer.mechanics.bench import Bench, Cuff, HalfSpace
from afo_designer.mechanics.element import Law
from afo_designer.mechanics.model import ShellModel
from afo_designer.shell.sample import middle_surface
from afo_designer.shell.shell import Shell

# The sole is clamped up to this height above the plate's inner surface: the flat part and the
# beginning of the heel's curve, as a surrogate foot would hold it.
CLAMP_ABOVE_PLATE_MM = 3.0
# The band's plane lies this far below the mesh line of its station: the middle surface strays from
# the section plane by a wall's tilt, and a line just outside would leave a sliver of an element.
BAND_SLACK_MM = 0.4
# The heel-clamped variant holds this share of the way from heel to metatarsal heads.
HEEL_SHARE = 1.0 / 3.0


def bench_for(shell: Shell, positive: PositiveModel) -> Bench:
    """The default bench: sliding cuff, sole clamped from heel to metatarsal heads.

    The axis is parallel to y through the malleolar midpoint; the calf band is all above the
    band's lower station, where the section plane is square to the shank axis.
    """
    top = positive.plate.level + CLAMP_ABOVE_PLATE_MM
    up = positive.shank_axis
    band = shell.chart.spine.centre(shell.stations.band) - BAND_SLACK_MM * up
    return Bench(
        axis_point=positive.ankle_centre,
        axis_direction=np.array([0.0, 1.0, 0.0]),
        shank_axis=up,
        footplate_clamp=(
            HalfSpace(np.array([0.0, 0.0, top]), np.array([0.0, 0.0, -1.0])),
            _behind(positive.plate.bend_start),
        ),
        calf_band=(HalfSpace(band, up),),
        cuff=Cuff.SLIDING,
    )


def heel_clamped(bench: Bench, positive: PositiveModel) -> Bench:
    """The variant that clamps the heel's third of the sole only."""
    limit = _behind(HEEL_SHARE * positive.plate.bend_start)
    return replace(bench, footplate_clamp=(bench.footplate_clamp[0], limit))


def _behind(x: float) -> HalfSpace:
    return HalfSpace(np.array([x, 0.0, 0.0]), np.array([-1.0, 0.0, 0.0]))


def shell_model(shell: Shell, elasticity: Law, refinement: float = 1.0) -> ShellModel:
    """The finite-element model of a shell of an elastic law."""
    middle = middle_surface(shell, refinement)
    return ShellModel(middle.mesh, middle.directors, middle.thickness, elasticity, middle.solid)
