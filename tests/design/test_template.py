"""Templates: what a family's file may hold, and that those we ship are whole."""

import copy

import pytest

from afo_designer.design.template import TEXTS, Template, TemplateRefused
from afo_designer.geometry.parameter import ParameterRefused
from afo_designer.runs.catalogue import load_template, template_names

LEAST = {key: key for key in TEXTS}


def test_texts_alone_are_the_defaults() -> None:
    template = Template.from_mapping("bare", LEAST)
    assert template.name == "bare"
    assert template.chosen.sources == {}


def test_nested_tables_are_dotted_keys() -> None:
    template = Template.from_mapping(
        "one", {**LEAST, "set": {"shell": {"leaf": {"width_mm": 33.0}}, "cast.clearance_mm": 2.0}}
    )
    assert template.chosen.parameters.shell.leaf.width_mm == 33.0
    assert template.chosen.sources == {
        "shell.leaf.width_mm": "template",
        "cast.clearance_mm": "template",
    }


@pytest.mark.parametrize("key", TEXTS)
def test_a_missing_text_is_named(key: str) -> None:
    mapping = copy.copy(LEAST)
    del mapping[key]
    with pytest.raises(TemplateRefused, match=f"lacks '{key}'"):
        Template.from_mapping("one", mapping)


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(TemplateRefused, match="unknown key 'familly'"):
        Template.from_mapping("one", {**LEAST, "familly": "leaf"})


def test_a_value_out_of_range_is_refused() -> None:
    with pytest.raises(ParameterRefused, match="it may be 18 to 120 mm"):
        Template.from_mapping("one", {**LEAST, "set": {"shell": {"leaf": {"width_mm": 5.0}}}})


def test_a_set_that_is_no_table_is_refused() -> None:
    with pytest.raises(TemplateRefused, match="set"):
        Template.from_mapping("one", {**LEAST, "set": 3})


@pytest.mark.parametrize("name", template_names())
def test_shipped_families_differ_in_trim_and_wall_only(name: str) -> None:
    template, entry = load_template(name)
    assert template.name == entry.name == name
    assert all(getattr(template, text).strip() for text in TEXTS)
    kinds = {key.split(".")[0] for key in template.chosen.sources}
    # the anterior shell lies over the shin's crest, which the calf part of the others leaves free
    assert kinds <= {"shell", "tuning", *(["cast"] if name == "ground_reaction" else [])}
    leaf, limits = template.chosen.parameters.shell.leaf, template.chosen.parameters.tuning
    if limits.goal == "none":
        return
    assert limits.thickness_low_mm <= leaf.thickness_mm <= limits.thickness_high_mm
    if leaf.edge == "width":
        assert limits.width_low_mm <= leaf.width_mm <= limits.width_high_mm
    else:
        assert limits.trim_low_mm <= leaf.trim_anterior_mm <= limits.trim_high_mm


def test_the_families_are_there() -> None:
    assert set(template_names()) >= {
        "posterior_leaf_spring",
        "dorsal_leaf",
        "semi_solid",
        "hinged",
        "solid",
        "ground_reaction",
        "supramalleolar",
    }
