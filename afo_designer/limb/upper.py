"""Upper: landmarks of the shank above the ankle, which a scan shows or does not."""

from __future__ import annotations

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.limb.relief import PosedLeg

UPPER = ("fibular_head", "tibial_tuberosity", "tibial_crest")
# Skin that ends this much (foot lengths) below a place does not show it.
_RIM = 0.03
# Half the height of the ring about a place in which its skin is sought.
_RING = 0.04


def shows(leg: PosedLeg, place: FloatArray) -> bool:
    """Whether the leg's skin reaches up to a place on its shank."""
    skin, above = leg.in_shank(leg.points), leg.in_shank(place)
    beside = np.abs(np.arctan2(*(skin[:, :2] @ _turned(above[:2])).T[::-1])) < 0.5
    near = beside & (skin[:, 2] > above[2] - 4.0 * _RING)
    return bool(near.any()) and float(skin[near, 2].max()) > above[2] - _RIM


def _turned(way: FloatArray) -> FloatArray:
    """(2, 2): coordinates along a horizontal way and across it."""
    forward = way / max(float(np.linalg.norm(way)), 1e-9)
    return np.column_stack([forward, [-forward[1], forward[0]]])
