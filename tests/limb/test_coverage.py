"""Coverage: regions that were cut out of a whole leg are missed, by name, in either mirror."""

from dataclasses import replace

import numpy as np
import pytest

from afo_designer.limb.coverage import ViewMissing, check_views, limb_coverage


def without(limb, gone):
    return replace(limb, mesh=limb.mesh.kept(~gone(limb.mesh.corners.mean(axis=1))))


def test_a_whole_leg_is_seen_whole(demo_limb):
    check_views(demo_limb)
    assert set(limb_coverage(demo_limb).values()) == {1.0}


@pytest.mark.parametrize(
    ("region", "said", "gone"),
    [
        ("sole", "scan again from below", lambda p: p[:, 2] < 12.0),
        ("heel", "scan again from behind", lambda p: (p[:, 0] < 25.0) & (p[:, 2] < 70.0)),
    ],
)
def test_a_missing_region_stops(demo_limb, region, said, gone):
    cut = without(demo_limb, gone)
    assert limb_coverage(cut)[region] < 0.5
    with pytest.raises(ViewMissing, match=rf"of the {region}: {said}"):
        check_views(cut)


def test_one_malleolus_may_be_missing_but_not_both(demo_limb):
    def around(name):
        place = demo_limb.landmarks.position(name)
        return lambda p: np.linalg.norm(p - place, axis=1) < 32.0

    one = without(demo_limb, around("lateral_malleolus"))
    assert limb_coverage(one)["lateral_malleolus"] < 0.3
    assert limb_coverage(one)["medial_malleolus"] == 1.0
    check_views(one)
    with pytest.raises(ViewMissing, match=r"lateral malleolus: .* medial malleolus: "):
        check_views(without(one, around("medial_malleolus")))
