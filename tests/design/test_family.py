"""Family: who is recommended what, and what is never recommended."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afo_designer.design.family import FAMILIES
from afo_designer.design.person import person_from_mapping
from afo_designer.design.prescription import Prescription, prescribe, prescription_record

ROOT = Path(__file__).parents[2]


def met_with(choices: dict[str, Any] | None = None, **seen: Any) -> Prescription:
    return prescribe(
        person_from_mapping(
            {
                "person": {"mass_kg": 70, "height_mm": 1720, "side": "left"},
                "examination": {"dorsiflexor_mmt": "2", **seen},
                "prescription": choices or {},
            }
        )
    )


def first(met: Prescription) -> str | None:
    return met.recommended[0].family.name if met.recommended else None


@pytest.mark.parametrize(
    ("seen", "family"),
    [
        ({"spasticity_mas": "0"}, "posterior_leaf_spring"),
        ({"spasticity_mas": "1"}, "posterior_leaf_spring"),
        ({"spasticity_mas": "1+"}, "semi_solid"),
        ({"hindfoot": "varus"}, "semi_solid"),
        ({"evertor_mmt": "1"}, "semi_solid"),
        ({"knee_in_stance": "recurvatum"}, "semi_solid"),
        ({"spasticity_mas": "2"}, "solid"),
        ({"spasticity_mas": "2", "dorsiflexion_range_deg": 3}, "solid"),
        ({"surgery": "ankle fusion"}, None),
        ({"plantarflexor_mmt": "2"}, None),
        ({"knee_in_stance": "crouch"}, None),
        ({"dorsiflexor_mmt": "5"}, None),
    ],
)
def test_findings_lead_to_a_family(seen: dict[str, Any], family: str | None) -> None:
    assert first(met_with(**seen)) == family


def test_a_blocked_second_rocker_leads_to_the_hinge() -> None:
    met = met_with({"stiffness_nm_per_deg": 2.0}, spasticity_mas="0")
    assert first(met) == "hinged"
    assert any("second rocker" in reason for reason in met.recommended[0].reasons)
    assert "hinge" in " ".join(met.stops[0].ways_out + met.stops[1].ways_out)


def test_a_stiffness_that_a_leaf_cannot_have_goes_to_the_next() -> None:
    assert first(met_with({"stiffness_nm_per_deg": 1.8}, spasticity_mas="0")) == "semi_solid"


def test_a_stiffness_that_the_family_asked_for_does_not_have_is_said() -> None:
    soft = met_with({"stiffness_nm_per_deg": 0.4}, spasticity_mas="2", dorsiflexion_range_deg=3)
    assert any("solid ankle-foot orthosis (2 to 6" in text for text in soft.warnings)
    assert not any("findings ask" in text for text in met_with(spasticity_mas="0").warnings)


def test_the_ranges_of_the_families_scale_with_the_person() -> None:
    for one in FAMILIES:
        low, high = one.span(35.0)
        assert (low, high) == (one.low / 2.0, one.high / 2.0)
        assert one.beyond(one.high + 0.5, 70.0) == pytest.approx(0.5)
        assert one.beyond(one.low, 70.0) == 0.0


def test_what_a_leaf_takes_for_granted_is_said() -> None:
    (leaf, *_) = met_with(hindfoot="neutral").recommended
    assert any("the invertors and the evertors, not examined" in text for text in leaf.reasons)


GRADES = ["0", "1", "2", "3", "4-", "4", "4+", "5"]


@settings(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries(
        {"dorsiflexor_mmt": st.sampled_from(GRADES)},
        optional={
            "plantarflexor_mmt": st.sampled_from(GRADES),
            "spasticity_mas": st.sampled_from(["0", "1", "1+", "2", "3", "4"]),
            "knee_in_stance": st.sampled_from(["normal", "recurvatum", "crouch"]),
            "hindfoot": st.sampled_from(["neutral", "varus", "valgus"]),
            "cause": st.sampled_from(["nerve root", "muscle", "brain or spinal cord"]),
            "dorsiflexion_range_deg": st.floats(-60, 50),
        },
    )
)
def test_never_supramalleolar_and_ground_reaction_only_for_calf_or_crouch(
    seen: dict[str, Any],
) -> None:
    met = met_with(**seen)
    names = [one.family.name for one in met.recommended]
    assert "supramalleolar" not in names
    assert "ground_reaction" not in names
    below, reaction = met.advice("supramalleolar"), met.advice("ground_reaction")
    assert below is not None
    assert not below.suited
    weak = seen.get("plantarflexor_mmt") in ("0", "1", "2", "3")
    assert reaction is not None
    assert reaction.suited is (weak or seen.get("knee_in_stance") == "crouch")
    suited = {one.family for one in met.families if one.suited}
    assert set(names) <= suited
    assert len(names) == len(set(names))
    assert all(one.reasons for one in met.recommended)
    assert all(one.suited or one.reasons for one in met.families)


def test_the_record_carries_first_and_others() -> None:
    record = prescription_record(met_with(spasticity_mas="0"))
    best = record["recommended_family"]
    assert set(best) == {"name", "title", "classification", "made_here", "reasons"}
    assert [one["name"] for one in record["runners_up"]] == ["semi_solid", "hinged", "solid"]
    assert prescription_record(met_with(dorsiflexor_mmt="5"))["recommended_family"] is None


def test_a_family_that_has_a_template_is_named_as_the_template() -> None:
    by_name = {one.name: one for one in FAMILIES}
    found = sorted((ROOT / "templates").glob("*.toml"))
    assert found
    for file in found:
        texts = tomllib.loads(file.read_text("utf-8"))
        if file.stem in by_name:
            assert by_name[file.stem].title == texts["title"]
            assert by_name[file.stem].classification == texts["classification"]
    made = {one.name for one in FAMILIES if one.made}
    assert made == {file.stem for file in found} & set(by_name)
