"""Creep: a stress against its limit by hand, and silence where the material gives none."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from afo_designer.design.creep import creep
from afo_designer.mechanics.material import Material

FOLDER = Path(__file__).parents[2] / "templates" / "materials"


def shipped(name):
    path = FOLDER / f"{name}.toml"
    return Material.from_mapping(tomllib.loads(path.read_text(encoding="utf-8")))


def field(value):
    tensor = np.zeros((4, 3, 6))
    tensor[2, 0, 0] = value
    return tensor


@pytest.mark.parametrize(("stress", "verdict"), [(4.0, "pass"), (-6.0, "warn")])
def test_stress_against_the_sustained_limit(stress, verdict):
    met = creep(field(stress), shipped("pa12_mjf"))
    assert (met.stress, met.node, met.layer) == (abs(stress), 2, "inner")
    assert met.utilisation == pytest.approx(abs(stress) / 5.0)
    assert met.stiffness_kept == 0.5
    assert met.verdict == verdict
    assert "1000 h of unbroken load leave 50 % of the stiffness; data recalled" in met.sentence


def test_polypropylene_keeps_less():
    kept = [creep(field(1.0), shipped(name)).stiffness_kept for name in ("pp_sheet", "pa12_sls")]
    assert kept == [0.3, 0.5]


def test_a_material_without_data_is_not_judged():
    met = creep(field(1.0), shipped("pa11"))
    assert (met.limit, met.utilisation, met.stiffness_kept) == (None, None, None)
    assert met.verdict == "warn"
    assert "no limit" in met.sentence
    assert "not known" in met.sentence
    assert not met.recalled


def test_it_is_linear_in_the_load():
    material = shipped("pp_printed")
    assert creep(3.0 * field(1.5), material).utilisation == pytest.approx(
        3.0 * (creep(field(1.5), material).utilisation or 0.0)
    )


@pytest.mark.parametrize("tensor", [np.zeros((4, 6)), np.full((4, 3, 6), np.inf)])
def test_what_is_no_field_raises(tensor):
    with pytest.raises(ValueError, match="no finite field"):
        creep(tensor, shipped("pa12_mjf"))
