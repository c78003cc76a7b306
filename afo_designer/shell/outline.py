"""Outline: the edge of the footplate seen from below, from the midfoot to its rounded tip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import gaussian_filter1d

from afo_designer.cast.positive import PositiveModel
from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.blend import smoothstep
from afo_designer.shell.parameters import ShellParameters

# The foot's reach is taken from slabs this long and below this share of the foot length.
SLAB_MM = 6.0
INSTEP_SHARE = 0.12
FAIRING_MM = 8.0
# Superellipse exponents of the tip: squarer beside the hallux than beside the fifth toe.
MEDIAL_TIP, LATERAL_TIP = 3.0, 2.2
# The plate and the toes end this far inside the insole's front end (science.md §7, recalled).
FRONT_MM = 3.0
# The heel's bulge lies below this share of the foot length.
HEEL_SHARE = 0.2
LATERAL, MEDIAL = 1.0, -1.0
# The toes' sulcus, of the way from the metatarsal heads to the longest toe's tip: the webs lie near
# 0.82 of the foot's length, the heads near 0.7 (recalled; scans from above do not show it).
SULCUS = 0.4
# A three-quarter plate ends so far behind the heads' line, so that no edge lies under them ([D]).
BEHIND_HEADS_MM = 3.0
# A plate without toes is rounded over this share of the foot length, its walls end there.
ROUNDED = 0.12


@dataclass(frozen=True, slots=True)
class Outline:
    """Reach of the footplate's edge from y = 0 to either side, over x (mm).

    `lateral` and `medial` (n,) are positive towards their own side; `wall_end` is the x where the
    side walls have come down to the plate, `front` the tip.
    """

    x: FloatArray
    lateral: FloatArray
    medial: FloatArray
    wall_end: float
    front: float

    def __post_init__(self) -> None:
        for name in ("x", "lateral", "medial"):
            object.__setattr__(self, name, frozen(getattr(self, name), (None,)))

    def reach(self, x: ArrayLike, side: float) -> FloatArray:
        """Reach (mm) to a side at x."""
        return np.interp(
            np.asarray(x, dtype=np.float64),
            self.x,
            self.lateral if side == LATERAL else self.medial,
        )


def plate_outline(
    positive: PositiveModel, parameters: ShellParameters, room_mm: float | None
) -> Outline:
    """The outline of the footplate under a positive model.

    Full length: the longest toe and the allowance. Sulcus: to the fold under the toes.
    Three-quarter: to just behind the metatarsal heads. Metatarsal: to where a full plate's walls
    end. But where the shoe's length inside is known (`room_mm`, from the counter to the insole's
    end) no further than `FRONT_MM` before that end, the orthosis standing against the counter.
    """
    plate, heads = parameters.footplate, positive.plate.bend_start
    wall_end = heads - plate.wall_end_behind_heads_mm
    toes = float(positive.skin.vertices[:, 0].max())
    tips = {
        "full": toes + plate.toe_allowance_mm,
        "sulcus": heads + SULCUS * (toes - heads),
        "three_quarter": heads - BEHIND_HEADS_MM,
        "metatarsal": wall_end,
    }
    front = tips[plate.length]
    if room_mm is not None:
        front = min(front, room_mm - FRONT_MM - behind_heel(positive, parameters))
    shoulder = heads - 4.0  # where the tip's rounding begins
    if front < heads:
        wall_end = min(wall_end, front - ROUNDED * positive.limb.foot_length)
        shoulder = wall_end

    x = np.linspace(0.0, front, int(np.ceil(front)) + 1)
    reaches = []
    for side, exponent in ((LATERAL, LATERAL_TIP), (MEDIAL, MEDIAL_TIP)):
        skin = _foot_reach(positive, x, side) - plate.inset_mm
        widest = float(np.interp(shoulder, x, skin))
        share = np.clip((x - shoulder) / (front - shoulder), 0.0, 1.0)
        tip_reach = widest * (1.0 - share**exponent) ** (1.0 / exponent)
        mix = smoothstep((x - shoulder + 12.0) / 12.0)
        reaches.append((1.0 - mix) * skin + mix * tip_reach)
    return Outline(x, reaches[0], reaches[1], wall_end, front)


def behind_heel(positive: PositiveModel, parameters: ShellParameters) -> float:
    """How far (mm) the orthosis stands behind the heel: the cast's room and the leaf's wall."""
    vertices = positive.mesh.vertices
    heel = vertices[vertices[:, 2] < HEEL_SHARE * positive.limb.foot_length]
    return parameters.leaf.thickness_mm - float(heel[:, 0].min())


def _foot_reach(positive: PositiveModel, x: FloatArray, side: float) -> FloatArray:
    """How far the skin below the instep reaches to a side, faired over x."""
    sideways = side * positive.limb.side.lateral_y
    vertices = positive.skin.vertices
    low = vertices[vertices[:, 2] < INSTEP_SHARE * positive.limb.foot_length]
    order = np.argsort(low[:, 0], kind="stable")
    along, reach = low[order, 0], sideways * low[order, 1]
    first = np.searchsorted(along, x - SLAB_MM)
    last = np.searchsorted(along, x + SLAB_MM)
    widest = np.array(
        [reach[a:b].max() if b > a else np.nan for a, b in zip(first, last, strict=True)]
    )
    known = np.isfinite(widest)
    filled = np.interp(x, x[known], widest[known])
    return gaussian_filter1d(filled, FAIRING_MM, mode="nearest")
