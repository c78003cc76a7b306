"""Parameters: dotted keys, ranges that include their ends, refusals that help."""

import dataclasses
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afo_designer.geometry.parameter import (
    ParameterRefused,
    allowed,
    choice,
    group,
    leaves,
    quantity,
    quantity_or,
    with_value,
)
from afo_designer.geometry.refusal import InputRefused


@dataclass(frozen=True, slots=True)
class Leaf:
    thickness_mm: float = quantity(3.0, "mm", 2.0, 6.0, "wall of the leaf")
    shape: str = choice("flat", ("flat", "curved"), "section of the leaf")


@dataclass(frozen=True, slots=True)
class Shell:
    leaf: Leaf = group(Leaf)
    height_mm: float = quantity(300.0, "mm", 100.0, 500.0, "height of the calf edge")


def test_leaves_come_in_declared_order_with_all_they_carry():
    found = list(leaves(Shell()))
    assert [leaf.key for leaf, _ in found] == ["leaf.thickness_mm", "leaf.shape", "height_mm"]
    thickness, value = found[0]
    assert (thickness.unit, thickness.low, thickness.high, thickness.default) == ("mm", 2, 6, 3)
    assert value == 3.0
    assert found[1][0].choices == ("flat", "curved")
    assert all(leaf.about for leaf, _ in found)


@settings(max_examples=50, derandomize=True, deadline=None)
@given(value=st.floats(2.0, 6.0))
def test_a_value_in_range_is_set_and_nothing_else(value):
    before = Shell()
    after = with_value(before, "leaf.thickness_mm", value)
    assert after.leaf.thickness_mm == value
    assert dataclasses.replace(after, leaf=before.leaf) == before
    assert before == Shell()


@settings(max_examples=50, derandomize=True, deadline=None)
@given(value=st.floats().filter(lambda v: not 2.0 <= v <= 6.0))
def test_a_value_out_of_range_is_refused_with_the_range(value):
    with pytest.raises(ParameterRefused, match=r"it may be 2 to 6 mm"):
        with_value(Shell(), "leaf.thickness_mm", value)


def test_both_ends_are_allowed_and_text_is_read():
    assert with_value(Shell(), "leaf.thickness_mm", "2").leaf.thickness_mm == 2.0
    assert with_value(Shell(), "leaf.thickness_mm", 6).leaf.thickness_mm == 6.0
    assert with_value(Shell(), "leaf.shape", "curved").leaf.shape == "curved"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("leaf.thicknes_mm", 3, "Did you mean 'leaf.thickness_mm'"),
        ("height", 3, "Did you mean 'height_mm'"),
        ("leaf", 3, "no parameter 'leaf'"),
        ("leaf.thickness_mm", "three", "not a number"),
        ("leaf.thickness_mm", None, "not a number"),
        ("leaf.thickness_mm", True, "it may be"),
        ("leaf.shape", "round", "it may be flat, curved"),
    ],
)
def test_refusals_name_what_may_be(key, value, said):
    with pytest.raises(InputRefused, match=said):
        with_value(Shell(), key, value)


@dataclass(frozen=True, slots=True)
class Open:
    angle_deg: float | str = quantity_or("as_found", "deg", -10.0, 20.0, "angle, or as it is")


def test_a_number_may_be_left_open_by_a_word():
    leaf, value = next(iter(leaves(Open())))
    assert value == leaf.default == "as_found"
    assert allowed(leaf) == "-10 to 20 or as_found"
    assert with_value(Open(), "angle_deg", "7.5").angle_deg == 7.5
    assert with_value(Open(5.0), "angle_deg", "as_found") == Open()
    for wrong, words in (("30", "-10 to 20 deg"), ("as_lost", "not a number nor as_found")):
        with pytest.raises(ParameterRefused, match=words):
            with_value(Open(), "angle_deg", wrong)


def test_what_is_allowed_is_said_in_words():
    thickness, shape = (leaf for leaf, _ in leaves(Leaf()))
    assert (allowed(thickness), allowed(shape)) == ("2 to 6", "flat, curved")
