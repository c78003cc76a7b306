"""Chosen parameters: where a value came from, and what a small foot does to it."""

import pytest

from afo_designer.design.parameters import (
    ADULT_FOOT_MM,
    LEAST,
    SCALED,
    Chosen,
    DesignParameters,
    parameter_record,
)
from afo_designer.geometry.parameter import ParameterRefused, leaves

CHOSEN = Chosen(DesignParameters(), {})


def values(chosen: Chosen) -> dict[str, float | str]:
    return {leaf.key: value for leaf, value in leaves(chosen.parameters)}


def test_every_value_says_where_it_came_from() -> None:
    chosen = CHOSEN.with_values({"shell.leaf.width_mm": 36.0}, "template")
    chosen = chosen.with_values({"shell.leaf.width_mm": "44", "cast.clearance_mm": 2}, "user")
    record = parameter_record(chosen)
    assert record["shell.leaf.width_mm"] == {"value": 44.0, "unit": "mm", "source": "user"}
    assert record["cast.clearance_mm"]["source"] == "user"
    assert record["shell.leaf.thickness_mm"]["source"] == "default"
    assert set(record) == {leaf.key for leaf, _ in leaves(DesignParameters())}
    assert values(CHOSEN)["shell.leaf.width_mm"] == 40.0  # the first one is untouched


@pytest.mark.parametrize("foot", [ADULT_FOOT_MM, 300.0])
def test_an_adult_foot_changes_nothing(foot: float) -> None:
    assert CHOSEN.scaled_to(foot) == CHOSEN


def test_a_childs_foot_shortens_lengths_not_walls() -> None:
    before, after = values(CHOSEN), values(CHOSEN.scaled_to(0.6 * ADULT_FOOT_MM))
    for key in SCALED:
        low = next(leaf.low for leaf, _ in leaves(CHOSEN.parameters) if leaf.key == key)
        least = LEAST.get(key, low)
        assert after[key] == pytest.approx(
            min(float(before[key]), max(0.6 * float(before[key]), least))
        )
    assert after["shell.calf.band_height_mm"] == LEAST["shell.calf.band_height_mm"]
    kept = set(before) - set(SCALED)
    kept -= {
        "shell.calf.band_height_mm",
        "shell.straps.calf_strap_width_mm",
        "shell.straps.calf_strap_below_top_mm",
    }
    assert {key: after[key] for key in kept} == {key: before[key] for key in kept}


def test_the_strap_keeps_its_distance_from_the_bands_edges() -> None:
    def margins(chosen: Chosen) -> tuple[float, float]:
        calf, straps = chosen.parameters.shell.calf, chosen.parameters.shell.straps
        above = straps.calf_strap_below_top_mm - 0.5 * straps.calf_strap_width_mm
        return above, calf.band_height_mm - above - straps.calf_strap_width_mm

    assert margins(CHOSEN.scaled_to(170.0)) == pytest.approx(margins(CHOSEN))


def test_what_the_user_set_is_not_scaled() -> None:
    chosen = CHOSEN.with_values(
        {"shell.leaf.width_mm": 42.0, "shell.calf.band_height_mm": 58.0}, "user"
    ).scaled_to(160.0)
    assert chosen.parameters.shell.leaf.width_mm == 42.0
    assert chosen.parameters.shell.calf.band_height_mm == 58.0


def test_a_distance_behind_the_malleoli_shrinks_towards_them() -> None:
    chosen = CHOSEN.with_values({"shell.leaf.trim_anterior_mm": -10.0}, "template")
    leaf = chosen.scaled_to(0.5 * ADULT_FOOT_MM).parameters.shell.leaf
    assert leaf.trim_anterior_mm == pytest.approx(-5.0)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("shell.leaf.thicknes_mm", 3, "Did you mean 'shell.leaf.thickness_mm'"),
        ("shell.leaf.thickness_mm", 30, "it may be 1.5 to 10 mm"),
        ("shell.leaf.thickness_mm", "thick", "not a number"),
        ("shell.leaf.thickness_mm", "nan", "it may be"),
        ("shell.leaf.edge", "straight", "it may be width, malleolus"),
    ],
)
def test_bad_values_are_refused(key: str, value: object, said: str) -> None:
    with pytest.raises(ParameterRefused, match=said):
        CHOSEN.with_values({key: value}, "user")
