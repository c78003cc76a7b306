"""Upper: the two landmarks below the knee, which a scan shows or does not."""

from __future__ import annotations

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.landmarks import Landmark, Landmarks, Source
from afo_designer.limb.snap import nearest_on_mesh

# Height between malleoli and knee: synthetic legs 0.875 ± 0.02 and 0.89 ± 0.03, the imaged leg
# 0.936 and 0.917.
UPPER = {"fibular_head": 0.89, "tibial_tuberosity": 0.90}
# Their error is some 13 mm on an adult (benchmarks/landmarks.py): a place to palpate, no more.
_CONFIDENCE = 0.25
# Skin that ends this much below a place (share of the shank) does not show it.
_RIM = 0.02


def with_upper_marks(
    marks: Landmarks, mesh: TriMesh, ankle: FloatArray, knee: FloatArray
) -> Landmarks:
    """Fibular head and tuberosity put on the skin at their height, or left out where it ends.

    Limb frame, mm. The expectation gives the place around the shank, the estimated knee its
    height. Picked ones stay as they are.
    """
    shank = float(np.linalg.norm(knee - ankle))
    axis = (knee - ankle) / shank
    kept = dict(marks)
    for name, share in UPPER.items():
        mark = kept[name]
        if mark.source is Source.GIVEN:
            continue
        height = float((mark.position - ankle) @ axis)
        place = mark.position + (share * shank - height) * axis
        nearest = nearest_on_mesh(mesh, place[None])[0][0]
        if (place - nearest) @ axis > _RIM * shank:
            del kept[name]
        else:
            kept[name] = Landmark(nearest, Source.DETECTED, _CONFIDENCE)
    return Landmarks(kept)
