"""Upper: the two landmarks below the knee, which a scan shows or does not."""

from __future__ import annotations

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.landmarks import Landmark, Landmarks, Source
from afo_designer.limb.snap import nearest_on_mesh

# Height between malleoli and knee: synthetic legs 0.875 ± 0.02 and 0.89 ± 0.03, the imaged leg
# 0.936 and 0.917; the means of both.
UPPER = {"fibular_head": 0.905, "tibial_tuberosity": 0.903}
# Skin that ends this much below a place (share of the shank) does not show it.
_RIM = 0.02


def with_upper_marks(
    marks: Landmarks, mesh: TriMesh, ankle: FloatArray, knee: FloatArray, unlike: float
) -> Landmarks:
    """Fibular head and tuberosity put on the skin at their height, or left out where it ends.

    Limb frame, mm. The expectation's height holds for legs like the tuning ones, the share of the
    shank for others (`unlike`, 0 to 1). Picked ones stay as they are.
    """
    shank = float(np.linalg.norm(knee - ankle))
    axis = (knee - ankle) / shank
    kept = dict(marks)
    for name, share in UPPER.items():
        mark = kept[name]
        if mark.source is Source.GIVEN:
            continue
        height = float((mark.position - ankle) @ axis)
        place = mark.position + unlike * (share * shank - height) * axis
        nearest = nearest_on_mesh(mesh, place[None])[0][0]
        if (place - nearest) @ axis > _RIM * shank:
            del kept[name]
        else:
            kept[name] = Landmark(nearest, Source.DETECTED, mark.confidence)
    return Landmarks(kept)
