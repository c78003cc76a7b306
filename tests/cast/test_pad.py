"""A pad's recess: as deep as the pad on top of the relief, as wide, and said to whoever fits it."""

import numpy as np
import pytest

from afo_designer.cast.modification import modify_cast
from afo_designer.cast.parameters import CastParameters, Pad
from afo_designer.limb.limb import Limb


@pytest.mark.parametrize("bone", ["medial_malleolus", "fifth_metatarsal_base"])
def test_the_recess_is_the_pads_thickness_on_top_of_the_relief(made_limb, bone: str) -> None:
    limb: Limb = made_limb(0.0)
    plain = modify_cast(limb, 0.0, 8.0, CastParameters())
    pad = Pad(**{f"{bone}_mm": 3.0}, radius_mm=10.0)
    padded = modify_cast(limb, 0.0, 8.0, CastParameters(pad=pad))
    (site,) = (site for site in padded.reliefs if site.name == f"{bone}_pad")
    away = np.linalg.norm(padded.skin.vertices - site.position, axis=1)
    change = padded.offset - plain.offset
    known = np.isfinite(change)
    np.testing.assert_allclose(change[known & (away < 10.0)], 3.0, atol=1e-9)
    np.testing.assert_array_equal(change[known & (away > 10.0 + site.feather_mm)], 0.0)
    (step,) = (step for step in padded.steps if step.key == f"cast.pad.{bone}_mm")
    assert step.amount == 3.0
    # the relief under it is what it was
    names = [relief.name for relief in plain.reliefs]
    assert [relief.name for relief in padded.reliefs if relief.name != site.name] == names


def test_the_pad_is_said_and_one_without_its_place_too(made_limb) -> None:
    limb: Limb = made_limb(0.0)
    said = modify_cast(limb, 0.0, 8.0, CastParameters(pad=Pad(heel_mm=2.0))).notes
    assert "The recess over heel holds a pad 2 mm thick and 28 mm across: glue it in" in said[-1]
    assert modify_cast(limb, 0.0, 8.0, CastParameters()).notes == ()
