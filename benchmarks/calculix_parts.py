"""Thirty parts to compare solvers on: ten legs, three families, as the template has them.

And parts with forms: slots are in most of the thirty, ribs and windows in these.

Untuned, so that only the geometry and the mechanics are in the comparison.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from afo_designer.cast.modification import modify_cast
from afo_designer.cast.positive import PositiveModel
from afo_designer.design.rig import bench_for
from afo_designer.limb.limb import Limb
from afo_designer.limb.scan import Side
from afo_designer.mechanics.bench import Bench
from afo_designer.mechanics.material import Elasticity
from afo_designer.runs.catalogue import load_material, load_template
from afo_designer.runs.reading import read_limb
from afo_designer.shell.shell import Shell, form_shell

ROOT = Path(__file__).resolve().parents[1]
FAMILIES = ("posterior_leaf_spring", "semi_solid", "solid")
MATERIAL = "pa12_mjf"
METHOD = 1  # rows of another method are solved again


@dataclass(frozen=True)
class Leg:
    """A scan whose side is known; `file` is relative to the folder of shared scans."""

    name: str
    file: str
    side: Side
    about: str


# Feet of 122 to 287 mm, both sides; two are children for certain, two more by size.
LEGS = (
    Leg("demo", "", Side.LEFT, "the demonstration limb"),
    Leg("mh01", "makehuman/01_male_adult_avg_neutral90.ply", Side.LEFT, "man"),
    Leg("mh03", "makehuman/03_male_tall_heavy_neutral90.ply", Side.LEFT, "tall heavy man"),
    Leg("mh05", "makehuman/05_female_short_heavy_neutral90.ply", Side.LEFT, "short heavy woman"),
    Leg("mh10", "makehuman/10_boy_child_thin_neutral90.ply", Side.RIGHT, "thin boy"),
    Leg("mh12", "makehuman/12_toddler_neutral90.ply", Side.RIGHT, "toddler"),
    Leg("p021", "population/021.ply", Side.LEFT, "foot of 284 mm"),
    Leg("p034", "population/034.ply", Side.RIGHT, "foot of 248 mm"),
    Leg("p016", "population/016.ply", Side.RIGHT, "foot of 202 mm"),
    Leg("p054", "population/054.ply", Side.LEFT, "foot of 188 mm"),
)


# What is set beside the template; every form on every family, on a man, a woman, a toddler and a
# long foot.
FORMS: dict[str, dict[str, float | str]] = {
    "ribs": {"shell.ribs.number": "two"},
    "windows": {"shell.windows.pattern": "slots", "shell.windows.free_area_percent": 20.0},
    "both": {
        "shell.ribs.number": "two",
        "shell.windows.pattern": "rounds",
        "shell.windows.free_area_percent": 20.0,
    },
    "folds": {
        "shell.ribs.number": "two",
        "shell.ribs.form": "corrugation",
        "shell.straps.fastening": "loops",
    },
}
# Of a form's measures, those a family or a leg has room for: a leaf for the rib along its midline,
# a toddler's calf for windows of an eighth (a fifth is refused, with both values).
ROOM: dict[str, dict[str, float | str]] = {
    "posterior_leaf_spring": {"shell.ribs.number": "one"},
    "mh12": {"shell.windows.free_area_percent": 13.0},
}
FORMED_LEGS = ("demo", "mh05", "mh12", "p021")


@dataclass(frozen=True)
class Part:
    """An untuned orthosis on its bench."""

    leg: str
    family: str
    shell: Shell
    positive: PositiveModel
    bench: Bench
    elasticity: Elasticity
    form: str = ""

    @property
    def name(self) -> str:
        return name_of(self.leg, self.family, self.form)

    def fingerprint(self, *more: object) -> str:
        """A digest of the solid, the bench and whatever else a run depends on."""
        solid, bench = self.shell.solid, self.bench
        digest = hashlib.sha256(repr((METHOD, self.elasticity, *more)).encode())
        arrays = [solid.inner.control_points, solid.outer.control_points]
        arrays += [loop.parameters for loop in solid.loops]
        arrays += [bench.axis_point, bench.axis_direction, bench.shank_axis]
        for plane in (*bench.footplate_clamp, *bench.calf_band):
            arrays += [plane.point, plane.normal]
        for array in arrays:
            digest.update(array.round(9).tobytes())
        return digest.hexdigest()[:24]


class PartMissing(RuntimeError):
    """A part that cannot be made here; the message says why."""


def name_of(leg: str, family: str, form: str = "") -> str:
    return f"{leg}-{family}" + (f"+{form}" if form else "")


def formed() -> Iterator[tuple[Leg, str, str]]:
    """(leg, family, form) of the parts with forms."""
    for leg in LEGS:
        if leg.name in FORMED_LEGS:
            for family in FAMILIES:
                for form in FORMS:
                    yield leg, family, form


def names() -> Iterator[tuple[Leg, str]]:
    for leg in LEGS:
        for family in FAMILIES:
            yield leg, family


def scan_path(leg: Leg, scans: Path) -> Path:
    return scans / leg.file if leg.file else ROOT / "scans" / "demo_limb.ply"


@lru_cache(maxsize=2)
def _limb(leg: Leg, scans: Path) -> Limb:
    path = scan_path(leg, scans)
    if not path.exists():
        raise PartMissing(f"no scan {path}")
    return read_limb(path, leg.side)


def make_part(leg: Leg, family: str, scans: Path, form: str = "") -> Part:
    """The template on the leg at a right angle, its lengths scaled to the foot, nothing tuned."""
    limb = _limb(leg, scans)
    template, _ = load_template(family)
    material, _ = load_material(MATERIAL)
    asked = FORMS[form] if form else {}
    room = ROOM.get(family, {}) | ROOM.get(leg.name, {})
    values = asked | {key: value for key, value in room.items() if key in asked}
    chosen = template.chosen.with_values(values, "user").scaled_to(limb.foot_length).parameters
    positive = modify_cast(limb, 0.0, 0.0, chosen.cast)
    shell = form_shell(positive, chosen.shell)
    bench = bench_for(shell, positive)
    return Part(leg.name, family, shell, positive, bench, material.elasticity, form)
