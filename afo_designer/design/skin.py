"""Skin: where and how hard the orthosis presses on the leg, as an estimate.

The shell lies on the limb as on an elastic bed that only pushes, and hangs in its calf strap, which
only pulls (`design.tissue`, `mechanics.strapped`), without friction. Two cases of walking are
looked at: second rocker, where the strap carries, and push-off, where calf and leaf do. In stance
the sole bears the body's weight; the bench clamps it, so that weight reaches neither calf nor
strap, and the pressure under the foot, which floor and shoe decide, is not computed. Nor is the
instep strap, which lies between two clamped things.

Limits: mean 20 kPa, peak 50 kPa, nothing over fibular head, malleoli and a stimulator's electrode:
engineering choices, unvalidated (mechanics notes §6). No verdict here is worse than a warning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from afo_designer.cast.positive import PositiveModel
from afo_designer.cast.relief import REFERENCE_FOOT
from afo_designer.design.loadcase import PUSH_OFF_ANGLE_DEG, ROCKER_ANGLE_DEG
from afo_designer.design.tissue import Front, Tissue, limb_dress, strap_front
from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.mechanics.bench import Bench
from afo_designer.mechanics.cushion import Cushion, StrapSprings
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.strapped import Dress, Held, strapped_state
from afo_designer.mechanics.sweep import Sweep
from afo_designer.shell.shell import Shell

MEAN_KPA, PEAK_KPA = 20.0, 50.0
# A hundredth of the mean that is allowed counts as none.
NONE_KPA = 0.2
# Radius (mm) of what must stay free round a landmark, on a foot of REFERENCE_FOOT (estimates). The
# peroneal nerve winds round the fibular neck, some 20 mm below the head.
FIBULAR_MM, MALLEOLAR_MM, ELECTRODE_MM = 25.0, 12.0, 25.0
ELECTRODE_BELOW_MM = 20.0
# Soft tissue pressed in by more than this share of its thickness is much stiffer than at first.
LINEAR_SHARE = 0.5
REGIONS = ("calf_band", "leaf", "heel_cup", "calf_strap")
NO_STRAP = "No calf strap holds the shell to the leg."
LIMITS = "the limit is an engineering choice, unvalidated"


@dataclass(frozen=True, slots=True)
class SkinCare:
    """What the examination asks of the shell beside the usual.

    `electrode`: a stimulator's at the fibular head has to stay free. `share` of the usual limits of
    pressure that this skin is given. `fibular_margin_mm` is added to the radius left free round the
    fibular head.
    """

    electrode: bool = False
    share: float = 1.0
    fibular_margin_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class RegionPressure:
    """Pressure of one part on the skin: over the area in contact, and at its worst `position`."""

    region: str
    mean_kpa: float
    peak_kpa: float
    area_mm2: float
    force_n: float
    position: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "position", frozen(self.position, (3,)))


@dataclass(frozen=True, slots=True)
class CasePressure:
    """One case: the shell held by limb and strap at a rotation from neutral.

    `moment_nm` of the orthosis on the foot, `sliding_moment_nm` the default bench's at the same
    rotation. `pressure_kpa` (n,): on the skin at every vertex of the mesh. `message` says why
    there is no result; then the regions are empty.
    """

    case: str
    rotation_deg: float
    moment_nm: float
    sliding_moment_nm: float
    strap_n: float
    regions: tuple[RegionPressure, ...]
    pressure_kpa: FloatArray
    iterations: int
    message: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "pressure_kpa", frozen(self.pressure_kpa, (None,)))


@dataclass(frozen=True, slots=True)
class FreeZone:
    """A disc of skin to be left alone: its worst pressure, and the shell's area over it."""

    name: str
    position: FloatArray
    radius_mm: float
    peak_kpa: float
    covered_mm2: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "position", frozen(self.position, (3,)))


@dataclass(frozen=True, slots=True)
class SkinPressure:
    """An estimate of the pressure on the skin.

    `unseen`: zones whose landmark the scan does not show. `modulus_mpa_per_mm`: of the bed, least
    and greatest.
    """

    cases: tuple[CasePressure, ...]
    zones: tuple[FreeZone, ...]
    unseen: tuple[str, ...]
    tissue: Tissue
    modulus_mpa_per_mm: tuple[float, float]
    care: SkinCare

    @property
    def limits_kpa(self) -> dict[str, float]:
        """Mean and peak pressure that this skin is given."""
        return {"mean": self.care.share * MEAN_KPA, "peak": self.care.share * PEAK_KPA}

    @property
    def complete(self) -> bool:
        return not any(case.message for case in self.cases)

    def worst(self, region: str, quantity: str) -> tuple[CasePressure, RegionPressure] | None:
        """The case in which a region's `mean_kpa` or `peak_kpa` is greatest."""
        found = [(c, r) for c in self.cases for r in c.regions if r.region == region]
        return max(found, key=lambda pair: float(getattr(pair[1], quantity)), default=None)


def skin_cases(neutral_angle_deg: float) -> dict[str, float]:
    """Rotations (degrees from neutral) of the cases that are looked at."""
    return {
        "second_rocker": ROCKER_ANGLE_DEG - neutral_angle_deg,
        "push_off": PUSH_OFF_ANGLE_DEG - neutral_angle_deg,
    }


def skin_pressure(
    shell: Shell,
    positive: PositiveModel,
    bench: Bench,
    model: ShellModel,
    sliding: Sweep,
    cases: Mapping[str, float],
    care: SkinCare,
    tissue: Tissue | None = None,
) -> SkinPressure:
    """The estimate for a shell over its limb, from the default bench's sweep of the same model.

    `cases`: rotation in degrees from neutral by name; those that the sweep lacks are added.
    """
    tissue = Tissue() if tissue is None else tissue
    dress = limb_dress(shell, positive, bench, model, tissue)
    front = strap_front(shell, positive, bench)
    driven = sliding.extended(list(cases.values()))
    bed, strap = dress(sliding.task.start, 0.0)
    assert isinstance(bed, Cushion)
    found = []
    for name, angle in cases.items():
        held = _held(driven, float(angle), dress, len(strap.nodes) > 0)
        found.append(_case(name, float(angle), held, driven, shell, model, front))
    places, unseen = _places(positive, care)
    zones = tuple(_zone(*place, found, bed) for place in places)
    span = float(bed.modulus.min()), float(bed.modulus.max())
    return SkinPressure(tuple(found), zones, unseen, tissue, span, care)


def _held(driven: Sweep, angle: float, dress: Dress, strapped: bool) -> Held | str:
    """The shell on its limb, or why not."""
    if angle > 0.0 and not strapped:
        return NO_STRAP
    if round(angle, 9) not in driven.states:
        return driven.message
    held = strapped_state(driven, angle, dress)
    return held if held.reached else str(held.outcome)


def _case(
    name: str,
    angle: float,
    held: Held | str,
    driven: Sweep,
    shell: Shell,
    model: ShellModel,
    front: Front,
) -> CasePressure:
    """The figures of one case; without them where it was not reached."""
    field = np.zeros(len(model.mesh.vertices))
    nan = float("nan")
    if isinstance(held, str):
        return CasePressure(name, angle, nan, nan, nan, (), field, 0, held)
    cushion, strap = held.beds
    assert isinstance(cushion, Cushion)
    assert isinstance(strap, StrapSprings)
    at, level = held.state.at, held.state.level
    pressure = 1e3 * cushion.pressure(at, level)
    pull = float(strap.tension(at, level).sum())
    field[cushion.nodes] = pressure
    regions = [
        _region(region, pressure[here], cushion.area[here], cushion.points[here])
        for region, here in _parts(shell, model.mesh.parameters[cushion.nodes, 0]).items()
    ]
    if len(strap.nodes):
        mean, peak = front.pressures_kpa(pull)
        area = front.width_mm * front.chord_mm if pull > 0.0 else 0.0
        regions.append(RegionPressure("calf_strap", mean, peak, area, pull, front.place))
    return CasePressure(
        case=name,
        rotation_deg=angle,
        moment_nm=held.moment_nm,
        sliding_moment_nm=float(
            driven.curve.moments_nm[list(driven.states).index(round(angle, 9))]
        ),
        strap_n=pull,
        regions=tuple(regions),
        pressure_kpa=field,
        iterations=held.iterations,
        message="",
    )


def _parts(shell: Shell, s: FloatArray) -> dict[str, np.ndarray]:
    """Which nodes at stations s belong to which part."""
    at = shell.stations
    edges = {
        "calf_band": (-np.inf, at.band),
        "leaf": (at.band, at.root),
        "heel_cup": (at.root, np.inf),
    }
    return {name: np.flatnonzero((s >= low) & (s < high)) for name, (low, high) in edges.items()}


def _region(
    name: str, pressure: FloatArray, area: FloatArray, points: FloatArray
) -> RegionPressure:
    bears = pressure > 0.0
    if not bears.any():
        place = points[0] if len(points) else np.zeros(3)
        return RegionPressure(name, 0.0, 0.0, 0.0, 0.0, place)
    touching, force = float(area[bears].sum()), float((pressure * area).sum()) / 1e3
    worst = int(np.argmax(pressure))
    peak, place = float(pressure[worst]), points[worst]
    mean = 1e3 * force / touching if touching > 0.0 else 0.0
    return RegionPressure(name, mean, peak, touching, force, place)


def _places(
    positive: PositiveModel, care: SkinCare
) -> tuple[list[tuple[str, FloatArray, float]], tuple[str, ...]]:
    """Name, centre and radius of the discs to be left free; names of those not seen."""
    size = min(1.0, positive.limb.foot_length / REFERENCE_FOOT)
    marks, up = positive.landmarks, positive.shank_axis
    wanted = [
        ("fibular_head", "fibular_head", FIBULAR_MM + care.fibular_margin_mm, 0.0),
        ("lateral_malleolus", "lateral_malleolus", MALLEOLAR_MM, 0.0),
        ("medial_malleolus", "medial_malleolus", MALLEOLAR_MM, 0.0),
    ]
    if care.electrode:
        wanted.append(("electrode", "fibular_head", ELECTRODE_MM, ELECTRODE_BELOW_MM))
    places = [
        (name, marks.position(mark) - size * below * up, size * radius)
        for name, mark, radius, below in wanted
        if mark in marks
    ]
    return places, tuple(name for name, mark, _, _ in wanted if mark not in marks)


def _zone(
    name: str, centre: FloatArray, radius: float, cases: list[CasePressure], bed: Cushion
) -> FreeZone:
    """The worst pressure on a disc. Skin is known by where it is at rest."""
    inside = np.linalg.norm(bed.points - centre, axis=1) <= radius
    worst = max((c.pressure_kpa[bed.nodes[inside]].max(initial=0.0) for c in cases), default=0.0)
    return FreeZone(name, centre, radius, float(worst), float(bed.area[inside].sum()))
