"""Trees: what is written comes back as it was; what was never declared is refused by name."""

import copy
import json
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest

from afo_designer.cast.relief import ReliefSite
from afo_designer.cast.step import Relieved, Step
from afo_designer.geometry.bspline import BSplineSurface, clamped_knots
from afo_designer.limb.landmarks import Landmark, Landmarks, Source
from afo_designer.limb.stance import Angle, Knee, Loading, Stance
from afo_designer.runs.tree import TreeRefused, kinds, read, written

KNOTS = clamped_knots(0.0, 10.0, 6)
SURFACE = BSplineSurface(KNOTS, KNOTS, np.random.default_rng(1).normal(size=(9, 9, 3)))
SITE = ReliefSite("heel", np.eye(3), 3.0, float("inf"), 12.0, False, (1.0, 2.0))
STANCE = Stance(
    *(Angle(0.1, 0.02), Angle(-0.1, 0.03), None, Angle(0.3, 0.1), Angle(0.0, 0.1), None),
    *(next(iter(Knee)), next(iter(Loading))),
)
MARKS = Landmarks({"heel_plantar": Landmark([1.0, 2.0, 3.0], Source.GIVEN, 0.5)})
WHOLE = [SURFACE, SITE, STANCE, MARKS, Relieved("heel", "cast.relief.heel_mm", 3.0, SITE, True)]


def through_json(value: Any) -> tuple[Any, dict[str, np.ndarray]]:
    node, arrays = written(value)
    return json.loads(json.dumps(node, allow_nan=False)), arrays


def same(one: Any, two: Any) -> bool:
    if is_dataclass(one):
        names = [item.name for item in fields(one)]
        return type(one) is type(two) and all(
            same(getattr(one, name), getattr(two, name)) for name in names
        )
    if isinstance(one, np.ndarray):
        return one.dtype == two.dtype and one.shape == two.shape and one.tobytes() == two.tobytes()
    if isinstance(one, dict):
        return list(one) == list(two) and all(same(one[key], two[key]) for key in one)
    return type(one) is type(two) and one == two


@pytest.mark.parametrize("value", WHOLE, ids=lambda value: type(value).__name__)
def test_what_is_written_comes_back(value: Any) -> None:
    node, arrays = through_json(value)
    assert same(read(type(value), node, arrays), value)


def test_a_base_class_stands_for_all_its_kinds() -> None:
    assert {"Relieved", "Sock", "ReliefSite"} <= set(kinds(Step))
    node, arrays = through_json(WHOLE[-1])
    assert same(read(Step, node, arrays), WHOLE[-1])


def test_equal_arrays_are_kept_once_and_even_ones_not_at_all() -> None:
    node, arrays = written(SURFACE)
    assert list(arrays) == ["control_points"]  # knots are few enough to stand in the tree
    flat = replace(SURFACE, control_points=np.zeros((9, 9, 3)))
    assert written(flat)[1] == {}
    assert same(read(BSplineSurface, *through_json(flat)), flat)
    assert node["fields"]["knots_s"] == node["fields"]["knots_theta"]


def test_a_new_field_comes_along_and_a_function_is_named() -> None:
    @dataclass(frozen=True, slots=True)
    class Wider:
        surface: BSplineSurface
        vents: tuple[float, ...]

    assert set(written(Wider(SURFACE, (1.0, 2.0)))[0]["fields"]) == {"surface", "vents"}
    with pytest.raises(TypeError, match=r"vents\.1 is a function"):
        written(Wider(SURFACE, (1.0, lambda: 2.0)))


DAMAGE = {
    "lacks the field 'degree'": lambda node: node["fields"].pop("degree"),
    "unknown field 'evil'": lambda node: node["fields"].update(evil=1),
    "degree is '3', not int": lambda node: node["fields"].update(degree="3"),
    "degree is True, not int": lambda node: node["fields"].update(degree=True),
    "unknown here": lambda node: node.update(of="Popen"),
    "means nothing": lambda node: node["fields"].update(degree={"eval": "1"}),
    "cannot be: array has shape": lambda node: node["fields"].update(degree=4),
    "that is not there": lambda node: node["fields"].update(control_points={"array": "no"}),
    "that is too much": lambda node: node["fields"].update(
        control_points={"even": 0.0, "dtype": "<f8", "shape": [10**6, 10**6, 3]}
    ),
    "array of '|O'": lambda node: node["fields"].update(
        control_points={"small": [1], "dtype": "|O", "shape": [1]}
    ),
    "not 3 numbers": lambda node: node["fields"].update(
        knots_s={"small": [1, "x", 3], "dtype": "<f8", "shape": [3]}
    ),
}


@pytest.mark.parametrize("sentence", DAMAGE)
def test_what_was_never_declared_is_refused(sentence: str) -> None:
    node, arrays = through_json(SURFACE)
    changed = copy.deepcopy(node)
    DAMAGE[sentence](changed)
    with pytest.raises(TreeRefused) as refusal:
        read(BSplineSurface, changed, arrays)
    assert sentence in str(refusal.value)
