"""Places: the words follow the stations from calf to toes and the sides of the leg."""

import numpy as np
import pytest

from afo_designer.design.place import place_name


@pytest.mark.parametrize(
    ("share", "from_station", "to_station", "part"),
    [
        (0.5, "top", "band", "calf band"),
        (0.5, "band", "leaf", "below the calf band"),
        (0.3, "leaf", "ankle", "leaf above the ankle"),
        (1.0, "leaf", "ankle", "leaf at the ankle"),
        (0.9, "root", "sole", "heel"),
        (0.5, "sole", "heads", "footplate"),
        (0.5, "heads", "end", "toe plate"),
    ],
)
def test_parts_follow_each_other_down_the_leg(demo, share, from_station, to_station, part) -> None:
    shell = demo.design.shell
    start, stop = (getattr(shell.stations, name) for name in (from_station, to_station))
    point = shell.chart.point(start + share * (stop - start), 0.0)
    assert place_name(shell, point) == f"{part}, midline"


@pytest.mark.parametrize(("share", "word"), [(0.5, "side"), (0.95, "edge")])
def test_sides_are_the_legs_own(demo, share, word) -> None:
    shell = demo.design.shell
    s = 0.5 * (shell.stations.leaf + shell.stations.ankle)
    medial, lateral = (float(side[0]) for side in shell.trim.sides(np.array([s])))
    assert place_name(shell, shell.chart.point(s, share * lateral)).endswith(f"lateral {word}")
    assert place_name(shell, shell.chart.point(s, share * medial)).endswith(f"medial {word}")
    # lateral is away from the body: to the person's left on a left leg
    outward = 1.0 if demo.design.limb.side.value == "left" else -1.0
    assert outward * shell.chart.point(s, share * lateral)[1] > 0.0
