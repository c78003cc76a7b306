"""Orientation: how a part should lie in the machine, from strength first and time second.

Layers are weakest when they are pulled apart. Where a leaf bends, its stress runs along its length:
a unit tangent t there and a build direction d have σ (t·d)² of a bending stress σ pulling on the
layers. The part may lie so that this stays below what the material bears across its layers beside
what it bears in them; where that is not known, or the stiffness differs as well, the pull is kept
within a little of the least there is. Of what is left the shortest build that a machine holds is
chosen, with the time for props where there is no powder to hold the part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from afo_designer.design.printing.estimate import Estimate, estimate
from afo_designer.design.printing.machine import Machine
from afo_designer.geometry.array import FloatArray, frozen, unit
from afo_designer.geometry.attitude import Attitude, Hull, laid
from afo_designer.geometry.overhang import Overhang, overhang, overhang_areas
from afo_designer.geometry.rays import Caster
from afo_designer.geometry.sphere import fibonacci_sphere
from afo_designer.mechanics.material import Material
from afo_designer.shell.shell import Shell

# Build directions asked on the half sphere, beside the body's axes (this project's choice).
DIRECTIONS = 120
# The pull on the layers may be this much above the least where the least is asked for: directions
# within 8 deg of the best.
SLACK = 0.02
# A part that fills its machine fits close to its tightest attitude only: so many directions at
# these angles (deg) from it are asked as well.
NUDGES, NUDGE_DEG = 14, (1.5, 4.0, 8.0)
# Of the quickest directions so many are asked with rays for their props.
PROPPED = 6
# Stations and angles of the shell at which bending is asked.
ALONG, AROUND = 25, 9


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a part should lie: `attitude` in the `machine`, None where none holds it.

    `layer_pull`: the largest part of the bending stress that pulls on the layers, `pull_allowed`
    what the material bears of it, with `pull_reason`. `overhang` is None in a powder bed.
    """

    machine: Machine | None
    attitude: Attitude
    layer_pull: float
    pull_allowed: float
    pull_reason: str
    overhang: Overhang | None
    estimate: Estimate | None
    fixed: bool
    reasons: tuple[str, ...]

    @property
    def build_direction(self) -> FloatArray:
        return self.attitude.build_direction

    @property
    def height_mm(self) -> float:
        return float(self.attitude.extents[2])


def bending_lines(shell: Shell) -> FloatArray:
    """(k, 3): unit tangents along the shell where it bends: calf band's lower edge to the sole."""
    stations = shell.stations
    s = np.linspace(stations.band, stations.sole, ALONG)
    medial, lateral = shell.trim.sides(s)
    share = np.linspace(0.1, 0.9, AROUND)
    theta = medial[:, None] + share * (lateral - medial)[:, None]
    s = np.broadcast_to(s[:, None], theta.shape)
    along = shell.chart.surface(s.ravel(), theta.ravel(), ds=1)
    return frozen(along / np.linalg.norm(along, axis=1, keepdims=True))


def layer_pulls(lines: FloatArray, directions: FloatArray) -> FloatArray:
    """(n,): the largest (t·d)² of any line (k, 3), per direction (n, 3)."""
    return np.asarray(((directions @ lines.T) ** 2).max(axis=1))


def pull_allowed(material: Material) -> tuple[float | None, str]:
    """The part of the bending stress that may pull on the layers; None: as little as can be."""
    if material.layered:
        return None, ("the layers are softer across than along, so bending is kept in them")
    ratios = {}
    if material.across_ultimate_strength_mpa is not None:
        ratios["strength"] = material.across_ultimate_strength_mpa / material.ultimate_strength_mpa
    if material.across_pulsating_stress_mpa is not None and material.pulsating_stress_mpa:
        ratios["fatigue"] = material.across_pulsating_stress_mpa / material.pulsating_stress_mpa
    if not ratios:
        return None, "strength across the layers is not known, so bending is kept in the layers"
    which = min(ratios, key=lambda key: ratios[key])
    allowed = min(1.0, ratios[which])
    if allowed >= 1.0:
        return 1.0, "the material is as strong across its layers as in them"
    return allowed, f"{which} across the layers is {allowed:.2f} of that in them"


@dataclass(frozen=True, slots=True)
class Body:
    """A part as orientation sees it."""

    caster: Caster
    hull: Hull
    lines: FloatArray
    volume_mm3: float


def orient(
    body: Body,
    material: Material,
    machines: Sequence[Machine],
    held: Sequence[Attitude],
    fixed: FloatArray | None = None,
) -> Orientation | None:
    """The recommended orientation; None where no machine prints this material.

    `machines`: of the material's process; `held`: for each the attitude of least excess that was
    found. `fixed`: the build direction, where it was chosen before.
    """
    if not machines:
        return None
    directions = (
        candidates([one.build_direction for one in held if one.fits])
        if fixed is None
        else fixed[None]
    )
    pulls = layer_pulls(body.lines, directions)
    allowed, why = pull_allowed(material)
    if allowed is None:
        allowed = float(layer_pulls(body.lines, candidates([])).min()) + SLACK
    best: Orientation | None = None
    for machine, attitude in zip(machines, held, strict=True):
        for one in _in_machine(body, material, machine, attitude, directions, pulls, allowed, why):
            if best is None or _rank(one) < _rank(best):
                best = one
    if best is None and fixed is not None and any(one.fits for one in held):
        return _beside(body, material, machines, held, fixed)
    if best is None:
        best = _unheld(body, machines, held, directions, pulls, allowed, why)
    return replace(best, fixed=fixed is not None, reasons=_reasons(best, material))


def _beside(
    body: Body,
    material: Material,
    machines: Sequence[Machine],
    held: Sequence[Attitude],
    fixed: FloatArray,
) -> Orientation | None:
    """Where the finished part no longer fits as it was chosen to lie: as it lies best now."""
    best = orient(body, material, machines, held)
    if best is None:
        return None
    apart = np.degrees(np.arccos(min(1.0, abs(float(best.build_direction @ fixed)))))
    said = (
        f"Mechanics took layers {apart:.0f} deg from these: as the part came out, no machine "
        "holds it so."
    )
    return replace(best, reasons=(*best.reasons, said))


def candidates(held: Sequence[FloatArray]) -> FloatArray:
    """(n, 3): directions all over, mirrored about the limb's midplane, both senses of each.

    The limb's axes are among them, and the tightest attitudes' with directions close by.
    """
    half = fibonacci_sphere(2 * DIRECTIONS)[:DIRECTIONS]
    nudges = np.concatenate([size * fibonacci_sphere(NUDGES) for size in np.radians(NUDGE_DEG)])
    tight = [unit(one + np.concatenate([np.zeros((1, 3)), nudges])) for one in held]
    some = np.concatenate([np.eye(3)[[1, 0, 2]], half, *tight])
    some = np.concatenate([some, some[3:] * [1.0, -1.0, 1.0]])
    return np.concatenate([some, -some])


def _rank(one: Orientation) -> tuple[float, float]:
    """Strength first, as far as it is short; then hours."""
    short = max(0.0, one.layer_pull - one.pull_allowed)
    hours = one.estimate.build_h if one.estimate else np.inf
    return round(short, 3), float(hours)


def _in_machine(
    body: Body,
    material: Material,
    machine: Machine,
    tightest: Attitude,
    directions: FloatArray,
    pulls: FloatArray,
    most: float,
    why: str,
) -> list[Orientation]:
    """The quickest orientations of those that a machine holds and that pull least."""
    if not tightest.fits:
        return []
    heights = body.hull.extent(directions)
    short = np.maximum(0.0, np.round(pulls - most, 3))
    angle = machine.overhang_angle_deg
    # props in proportion to the surface above them, before rays tell
    areas = 0.0 if angle is None else overhang_areas(body.caster.mesh, directions, angle)
    rough = [
        estimate(body.volume_mm3, height, 0.25 * height * area, machine, material).build_h
        for height, area in zip(heights, np.broadcast_to(areas, heights.shape), strict=True)
    ]
    found: list[Orientation] = []
    for k in np.lexsort((np.arange(len(rough)), np.array(rough), short)):
        attitude = laid(body.hull, directions[k], machine.volume_mm)
        if not attitude.fits:
            continue
        hanging = None if angle is None else overhang(body.caster, directions[k], angle)
        room = 0.0 if hanging is None else hanging.support_mm3
        cost = estimate(body.volume_mm3, float(attitude.extents[2]), room, machine, material)
        found.append(
            Orientation(machine, attitude, float(pulls[k]), most, why, hanging, cost, False, ())
        )
        if angle is None or len(found) == PROPPED:
            break
    return found


def _unheld(
    body: Body,
    machines: Sequence[Machine],
    held: Sequence[Attitude],
    directions: FloatArray,
    pulls: FloatArray,
    most: float,
    why: str,
) -> Orientation:
    """Where no machine holds the part: the lowest of the strong ones, for its halves."""
    heights = body.hull.extent(directions)
    short = np.maximum(0.0, np.round(pulls - most, 3))
    k = int(np.lexsort((np.arange(len(heights)), heights, short))[0])
    largest = machines[int(np.argmin([one.excess for one in held]))]
    attitude = laid(body.hull, directions[k], largest.volume_mm)
    angle = largest.overhang_angle_deg
    hanging = None if angle is None else overhang(body.caster, directions[k], angle)
    return Orientation(None, attitude, float(pulls[k]), most, why, hanging, None, False, ())


def _reasons(one: Orientation, material: Material) -> tuple[str, ...]:
    """Why this orientation, in sentences."""
    said = [
        f"Strength: {100.0 * one.layer_pull:.0f} % of the wall's bending stress pulls on the "
        f"layers, {100.0 * one.pull_allowed:.0f} % may; {one.pull_reason}."
    ]
    if one.layer_pull > one.pull_allowed + 5e-4:
        said.append(
            "Of all that were tried and that a machine holds none pulls less: the layers decide."
        )
    if one.machine is None or one.estimate is None:
        said.append(f"No machine on the list that prints {material.name} holds it in one piece.")
    else:
        said.append(
            f"Time: {one.height_mm:.0f} mm high in the {one.machine.name}, {one.estimate.layers} "
            f"layers, {one.estimate.build_h:.1f} h."
        )
    if one.overhang is not None:
        said.append(
            f"Props: {one.overhang.area_mm2 / 100.0:.0f} cm² hang over, with "
            f"{one.overhang.support_mm3 / 1000.0:.0f} cm³ of room below."
        )
    return tuple(said)
