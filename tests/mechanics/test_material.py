"""Materials: the files that ship, and descriptions that are refused."""

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from afo_designer.mechanics.elasticity import TransverseElasticity
from afo_designer.mechanics.material import Elasticity, Material, MaterialRefused

FILES = sorted((Path(__file__).parents[2] / "templates" / "materials").glob("*.toml"))


def described(name="pa12_mjf"):
    path = next(path for path in FILES if path.stem == name)
    return tomllib.loads(path.read_text(encoding="utf-8"))


def test_every_asked_for_material_ships():
    wanted = {"pa12_mjf", "pa12_sls", "pa11", "pp_printed", "pp_sheet", "petg", "pa12_cf"}
    assert wanted <= {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_material_is_whole_and_sound(path):
    material = Material.from_mapping(tomllib.loads(path.read_text(encoding="utf-8")))
    assert material.fatigue_amplitude_mpa < material.strength_mpa <= material.ultimate_strength_mpa
    # every number has one source, and a recalled one is not called verified
    numbers = {key for key, value in described(path.stem).items() if isinstance(value, dict)}
    numbers -= {"handling"}  # statements and finishes bring their sources with them
    assert {item.key for item in material.provenance} == numbers
    for item in material.provenance:
        assert not (item.verified and "recalled" in item.source)
    assert np.all(np.linalg.eigvalsh(material.elasticity.plane_stress) > 0.0)


def test_strength_is_yield_or_else_a_share_of_the_ultimate():
    printed = Material.from_mapping(described("pa12_mjf"))
    assert printed.strength_mpa == pytest.approx(0.8 * 48.0)
    assert printed.strength_basis == "0.8 × ultimate"
    sheet = Material.from_mapping(described("pp_sheet"))
    assert (sheet.strength_mpa, sheet.strength_basis) == (30.0, "yield")
    assert replace(printed, yield_strength_mpa=40.0).strength_mpa == 40.0


def test_an_unknown_key_is_answered_with_the_nearest():
    mapping = described() | {"youngs_modulus_gpa": {"value": 1.8}}
    with pytest.raises(MaterialRefused, match="Did you mean 'youngs_modulus_mpa'"):
        Material.from_mapping(mapping)


def test_missing_keys_are_named():
    mapping = described()
    del mapping["poissons_ratio"], mapping["name"]
    with pytest.raises(MaterialRefused, match="lacks name, poissons_ratio"):
        Material.from_mapping(mapping)


@pytest.mark.parametrize(
    ("key", "table", "sentence"),
    [
        ("youngs_modulus_mpa", {"value": 1.8}, "lacks source, verified"),
        ("youngs_modulus_mpa", 1800.0, "must be a table"),
        ("youngs_modulus_mpa", {"value": 1.8, "source": "x", "verified": True}, "10 to 300000"),
        ("youngs_modulus_mpa", {"value": True, "source": "x", "verified": True}, "is True"),
        ("poissons_ratio", {"value": 0.5, "source": "x", "verified": True}, "0 to 0.499"),
        ("poissons_ratio", {"value": 0.4, "source": "", "verified": True}, "source ''"),
        ("poissons_ratio", {"value": 0.4, "source": "x", "verified": 1}, "verified 1"),
        ("poissons_ratio", {"value": 0.4, "source": "x", "verifed": True}, "Did you mean 'verif"),
        ("poissons_ratio", {"value": float("nan"), "source": "x", "verified": True}, "nan"),
    ],
)
def test_a_bad_constant_is_refused_with_its_reason(key, table, sentence):
    with pytest.raises(MaterialRefused, match=sentence):
        Material.from_mapping(described() | {key: table})


def test_plane_stress_of_uniaxial_tension():
    law = Elasticity(1800.0, 0.4)
    strain = np.linalg.solve(law.plane_stress, [18.0, 0.0, 0.0, 0.0, 0.0])
    assert strain == pytest.approx([0.01, -0.004, 0.0, 0.0, 0.0])


@pytest.mark.parametrize(("modulus", "ratio"), [(0.0, 0.3), (-5.0, 0.3), (1.0, 0.5), (1.0, -0.1)])
def test_an_impossible_law_is_refused(modulus, ratio):
    with pytest.raises(MaterialRefused):
        Elasticity(modulus, ratio)


def constant(value):
    return {"value": value, "source": "a test", "verified": True}


def test_what_is_known_across_the_layers_ships():
    carbon = Material.from_mapping(described("pa12_cf"))
    assert (carbon.youngs_modulus_mpa, carbon.across_youngs_modulus_mpa) == (7500.0, 2300.0)
    assert carbon.layered
    printed = Material.from_mapping(described())
    assert not printed.layered
    assert printed.pulsating_stress_mpa == 19.0
    assert printed.across_pulsating_stress_mpa == 11.0
    assert Material.from_mapping(described("petg")).across_youngs_modulus_mpa is None
    assert Material.from_mapping(described("pa11")).creep_modulus_share is None


@pytest.mark.parametrize(
    ("name", "strength", "basis"),
    [
        ("pa12_mjf", 38.4, "0.8 × ultimate"),
        ("pa12_sls", 33.6, "0.8 × ultimate, across the layers"),
        ("pa12_cf", 27.2, "0.8 × ultimate, across the layers"),
        ("petg", 20.0, "0.8 × ultimate, across the layers"),
        ("pp_sheet", 30.0, "yield"),
    ],
)
def test_strength_is_that_of_the_weakest_direction(name, strength, basis):
    material = Material.from_mapping(described(name))
    assert material.strength_mpa == pytest.approx(strength)
    assert material.strength_basis == basis
    assert material.layer_strength_mpa >= material.strength_mpa


def test_the_law_is_layered_only_where_the_layers_differ_and_the_direction_is_known():
    carbon = Material.from_mapping(described("pa12_cf"))
    assert carbon.law(None) == carbon.elasticity
    law = carbon.law([0.0, 0.0, 2.0])
    assert isinstance(law, TransverseElasticity)
    assert law.across_modulus_mpa == 2300.0
    assert law.across_poissons_ratio == 0.4
    ratio = (2300.0 / 7500.0) ** 0.5
    assert law.across_shear_modulus_mpa == pytest.approx(
        (7500.0 * 2300.0) ** 0.5 / 2.0 / (1.0 + 0.4 * ratio)
    )
    printed = Material.from_mapping(described())
    assert printed.law([0.0, 0.0, 1.0]) == printed.elasticity


def test_the_shear_estimate_is_the_isotropic_one_for_equal_moduli():
    mapping = described() | {"across_poissons_ratio": constant(0.43001)}
    law = Material.from_mapping(mapping).law([1.0, 0.0, 0.0])
    assert isinstance(law, TransverseElasticity)
    assert law.across_shear_modulus_mpa == pytest.approx(1800.0 / (2.0 * 1.43001))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"pulsating_stress_mpa": 19.0}, "pulsating_stress_mpa without pulsating_stress_ratio"),
        (
            {"across_pulsating_stress_ratio": 0.0, "across_pulsating_cycles": 1e6},
            "without across_pulsating_stress_mpa",
        ),
        ({"across_youngs_modulus_mpa": 9000.0}, "give energy away"),
        ({"creep_modulus_share": 1.2}, "0.05 to 1"),
        (
            {
                "pulsating_stress_mpa": 30.0,
                "pulsating_stress_ratio": 0.1,
                "pulsating_cycles": 1e6,
            },
            "less than one pull",
        ),
    ],
)
def test_constants_that_do_not_fit_each_other_are_refused(given, sentence):
    added = {key: constant(value) for key, value in given.items()}
    with pytest.raises(MaterialRefused, match=sentence):
        Material.from_mapping(described("pp_printed") | added)


def test_it_says_which_constants_were_recalled():
    printed = Material.from_mapping(described())
    assert printed.recalled("creep_modulus_share")
    assert printed.recalled("youngs_modulus_mpa", "min_wall_mm")
    assert not printed.recalled("youngs_modulus_mpa", "fatigue_amplitude_mpa")
