"""Rig: the virtual bench set up for a shell on its limb."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq

from afo_designer.cast.positive import PositiveModel
from afo_designer.design.hinged_model import hinged_model
from afo_designer.geometry.parameter import choice, quantity
from afo_designer.geometry.refusal import InputRefused
from afo_designer.mechanics.bench import Bench, Cuff, HalfSpace
from afo_designer.mechanics.element import Law
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.solve import Status, flaw
from afo_designer.shell.region import Region
from afo_designer.shell.sample import MiddleSurface, middle_surface
from afo_designer.shell.shell import Shell

# A hinged mesh with a folded sliver is laid anew this much finer: another one has none ([D]). Of 36
# meshes of a man's one had such; of seven of a tall man's, whose band lies along the rows, four.
MESHED_ANEW = (1.0, 1.06, 1.12, 1.18, 1.24, 1.3, 1.36, 1.42)

# A surrogate foot holds the sole from where the heel's midline is this far above the plate's inner
# surface: the flat part and the beginning of the heel's curve.
CLAMP_ABOVE_PLATE_MM = 3.0
# It holds the walls beside it up to this height above the plate, where they are steep.
WALLS_ABOVE_PLATE_MM = 10.0
# The heel-clamped variant holds this share of the way from heel to metatarsal heads.
HEEL_SHARE = 1.0 / 3.0


class RigRefused(InputRefused):
    """A shell that the bench cannot hold."""


def bench_for(shell: Shell, positive: PositiveModel) -> Bench:
    """The default bench: sliding cuff, sole clamped from heel to metatarsal heads.

    The axis is parallel to y through the malleolar midpoint, of a hinged orthosis the hinge's; the
    calf band is all above the
    band's lower station, where the section plane is square to the shank axis. The clamp begins on
    the heel at the section plane of the station `clamp_station`: square to the wall, so that both
    surfaces and the middle one are held from the same place.
    """
    up, spine = positive.shank_axis, shell.chart.spine
    point, direction = positive.ankle_centre, np.array([0.0, 1.0, 0.0])
    if shell.hinge is not None:
        # the shank turns about the hinge; to the person's left, as the bench's sign asks
        point, left = shell.hinge.centre, np.sign(shell.hinge.direction[1])
        direction = left * shell.hinge.direction
    start = np.array([clamp_station(shell, positive)])
    walls = positive.plate.level + WALLS_ABOVE_PLATE_MM
    return Bench(
        axis_point=point,
        axis_direction=direction,
        shank_axis=up,
        footplate_clamp=(
            HalfSpace(spine.centre(start)[0], spine.axes(start)[0][0]),
            HalfSpace(np.array([0.0, 0.0, walls]), np.array([0.0, 0.0, -1.0])),
            _behind(positive.plate.bend_start),
        ),
        calf_band=(HalfSpace(spine.centre(shell.stations.band), up),),
        cuff=Cuff.SLIDING,
    )


def clamp_station(shell: Shell, positive: PositiveModel) -> float:
    """The station on the heel where the inner surface's midline is 3 mm above the plate."""
    height = positive.plate.level + CLAMP_ABOVE_PLATE_MM
    low, high = shell.stations.root, shell.stations.sole

    def above(s: float) -> float:
        return float(shell.chart.point(s, 0.0)[2]) - height

    if not above(low) > 0.0 > above(high):
        raise RigRefused(
            f"The heel's midline lies {above(low):.1f} mm over the clamp's height where the leaf "
            f"ends and {above(high):.1f} mm where the sole begins; it must pass "
            f"{CLAMP_ABOVE_PLATE_MM:g} mm above the plate between. Check heel_posterior and "
            "heel_plantar."
        )
    return float(brentq(above, low, high, xtol=1e-10))


@dataclass(frozen=True, slots=True)
class BenchChange:
    """How a study's bench departs from the default one."""

    cuff: str = choice("sliding", tuple(Cuff), "how the calf band follows the shank")
    clamp: str = choice("sole", ("sole", "heel"), "what of the sole is held")
    axis_forward_mm: float = quantity(0.0, "mm", -40.0, 40.0, "axis before the malleolar midpoint")
    axis_up_mm: float = quantity(0.0, "mm", -40.0, 40.0, "axis above the malleolar midpoint")
    refinement: float = quantity(1.0, "", 0.5, 4.0, "elements in each direction over the default")

    def of(self, bench: Bench) -> Bench:
        """The bench with these changes; the mesh's refinement is the model's."""
        shift = np.array([self.axis_forward_mm, 0.0, self.axis_up_mm])
        held = heel_clamped(bench) if self.clamp == "heel" else bench
        return replace(held, cuff=Cuff(self.cuff), axis_point=held.axis_point + shift)


def heel_clamped(bench: Bench) -> Bench:
    """The variant that clamps the heel's third of the sole only; it needs a mesh of its own."""
    *others, front = bench.footplate_clamp
    limit = _behind(HEEL_SHARE * float(front.point[0]))
    return replace(bench, footplate_clamp=(*others, limit))


def regions(bench: Bench) -> tuple[Region, ...]:
    """What the mesh of a shell on a bench conforms to: clamp and calf band."""
    return _depths(bench.footplate_clamp), _depths(bench.calf_band)


def _depths(region: tuple[HalfSpace, ...]) -> Region:
    return [half.depth for half in region]


def _behind(x: float) -> HalfSpace:
    return HalfSpace(np.array([x, 0.0, 0.0]), np.array([-1.0, 0.0, 0.0]))


def shell_model(shell: Shell, bench: Bench, elasticity: Law, refinement: float = 1.0) -> ShellModel:
    """The finite-element model of a shell of an elastic law, its mesh conforming to a bench."""
    if shell.hinge is not None:
        parts = regions(bench)
        for finer in MESHED_ANEW:
            model = hinged_model(shell, shell.hinge, parts, elasticity, refinement * finer)
            if flaw(model)[0] is not Status.INVERTED:
                break
        return model
    return model_of(middle_surface(shell, refinement, regions(bench)), elasticity)


def model_of(middle: MiddleSurface, elasticity: Law) -> ShellModel:
    """The model of a middle surface in one piece."""
    return ShellModel(middle.mesh, middle.directors, middle.thickness, elasticity, middle.solid)
