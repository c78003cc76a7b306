"""Coverage: how much of each region of the leg the scanner saw, and which view was missed.

Parallel rays fall on a region from outside. Where the first skin they meet faces them it was seen;
where they meet its inside they came through a hole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray, cross, unit
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.rays import first_hits
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.landmarks import Landmark
from afo_designer.limb.limb import Limb

# Share of a region below which the view has to be scanned again. A hole of 40 mm under an adult's
# heel leaves two thirds of its sole and nine tenths of the whole one; 28 mm behind a child's, 0.43.
LEAST_SEEN = 0.4
# A region with less than this is named among the reasons of the grade.
FULLY_SEEN = 0.9
_RAYS = 24
_REACH = 400.0


class ViewMissing(InputRefused):
    """A region without which no orthosis can be designed was not scanned."""


@dataclass(frozen=True, slots=True)
class Region:
    """A patch seen along `direction`: `centre` (3,), half sizes (mm) along two square axes."""

    name: str
    direction: FloatArray
    centre: FloatArray
    axes: FloatArray
    sizes: tuple[float, float]


def coverage(
    mesh: TriMesh,
    marks: Mapping[str, Landmark],
    ankle: FloatArray,
    knee: FloatArray,
    top: float,
    length: float,
) -> dict[str, float]:
    """The share seen, 0 to 1, of each region by name; 0 where no ray met any skin.

    `mesh`, landmarks, joint centres (3,), `top` and foot `length` are in the limb frame, mm.
    """
    regions = _regions(mesh, marks, ankle, unit(knee - ankle), top, length)
    origins = np.concatenate([_places(region) - _REACH * region.direction for region in regions])
    count = _RAYS * _RAYS
    ways = np.repeat([region.direction for region in regions], count, axis=0)
    distance, triangle = first_hits(mesh, origins, ways)
    met = np.isfinite(distance)
    facing = np.zeros(len(met), dtype=bool)
    corners = mesh.vertices[mesh.triangles[triangle[met]]]
    normals = cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    facing[met] = np.einsum("ij,ij->i", normals, ways[met]) < 0.0
    shown = facing.reshape(-1, count).sum(axis=1) / np.maximum(
        met.reshape(-1, count).sum(axis=1), 1
    )
    return {region.name: float(share) for region, share in zip(regions, shown, strict=True)}


def limb_coverage(limb: Limb) -> dict[str, float]:
    """`coverage` of a located limb."""
    ankle, knee = limb.ankle_centre, limb.knee_centre
    return coverage(limb.mesh, limb.landmarks, ankle, knee, limb.top_height, limb.foot_length)


def check_views(limb: Limb) -> None:
    """Refuse (`ViewMissing`) a scan without its sole, its heel or both malleoli."""
    seen = limb_coverage(limb)
    missed = {name for name, share in seen.items() if not share >= LEAST_SEEN}
    ankles = ["lateral_malleolus", "medial_malleolus"]
    missing: list[str] = [name for name in ("sole", "heel") if name in missed]
    missing += ankles if missed.issuperset(ankles) else []
    if missing:
        raise ViewMissing(
            "; ".join(missed_words(name, seen[name]) for name in missing)
            + ". No orthosis can be designed without."
        )


def missed_words(name: str, share: float) -> str:
    """What a missed region is called, the share that was seen, and how to scan it again."""
    shown = f"the scan shows {100.0 * share:.0f} % of the {name.replace('_', ' ')}"
    return f"{shown}: {AGAIN[name]}"


AGAIN = {
    "sole": "scan again from below, the foot hanging free or on a glass plate",
    "heel": "scan again from behind and below, the heel clear of the support",
    "medial_malleolus": "scan again from the inner side of the ankle",
    "lateral_malleolus": "scan again from the outer side of the ankle",
    "instep": "scan again from in front and above",
    "calf": "scan again from behind, up to the knee",
}


def _regions(
    mesh: TriMesh,
    marks: Mapping[str, Landmark],
    ankle: FloatArray,
    up: FloatArray,
    top: float,
    length: float,
) -> list[Region]:
    foot = mesh.vertices[mesh.vertices[:, 2] < 0.2 * length]
    low, high = np.percentile(foot[:, 1], [5.0, 95.0])
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    shank = max(top - float(ankle[2]), 1.0)
    x, y, z = np.eye(3)
    level, behind, beside = np.array([x, y]), np.array([y, z]), np.array([x, z])
    calf = ankle + 0.5 * shank * up / max(up[2], 0.3)
    ball = 0.08 * length
    regions = [
        Region(
            "sole", z, np.array([0.42 * length, middle, 0.0]), level, (0.36 * length, 0.8 * half)
        ),
        Region("heel", x, np.array([0.0, 0.0, 0.14 * length]), behind, (ball, 0.1 * length)),
        Region(
            "instep",
            -unit(x + z),
            np.array([0.55 * length, middle, 0.2 * length]),
            behind,
            (0.5 * half, ball),
        ),
        Region("calf", x, calf, behind, (0.12 * length, 0.45 * shank)),
    ]
    for name in ("medial_malleolus", "lateral_malleolus"):
        place = marks[name].position
        regions.append(Region(name, -np.sign(place[1] - ankle[1]) * y, place, beside, (ball, ball)))
    return regions


def _places(region: Region) -> FloatArray:
    """A grid of points (n, 3) over a region."""
    steps = (np.arange(_RAYS) + 0.5) / _RAYS * 2.0 - 1.0
    a, b = (side.ravel() for side in np.meshgrid(*(steps * size for size in region.sizes)))
    return region.centre + a[:, None] * region.axes[0] + b[:, None] * region.axes[1]
