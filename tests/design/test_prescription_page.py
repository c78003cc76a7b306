"""The page on the prescription: its tables are the program's own."""

import runpy
from pathlib import Path

from afo_designer.design.person import person_from_mapping
from afo_designer.design.prescription import prescribe

ROOT = Path(__file__).parents[2]


def test_the_tables_of_the_page_are_current() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "prescription.py"), run_name="docs")["page"]
    text = (ROOT / "docs" / "prescription.md").read_text("utf-8")
    assert made(text) == text, "run: python docs/prescription.py"


def test_the_person_worked_by_hand_on_the_page_gets_these_figures() -> None:
    met = prescribe(
        person_from_mapping(
            {
                "person": {"mass_kg": 70, "height_mm": 1720, "side": "left"},
                "examination": {"dorsiflexor_mmt": "3"},
            }
        )
    )
    text = (ROOT / "docs" / "prescription.md").read_text("utf-8")
    swing, loading = met.by_goal
    assert f"{met.strength.norm.peak_nm:.2f} N·m" in text
    assert f"V = u·T = .30 × 5.31 = {0.3 * met.strength.torque_nm:.3f}" in text
    for value in (swing.value, loading.value, met.target_stiffness):
        assert f"**{value:.3f}**".replace("**0.", "**.") in text
    assert f"it is {swing.at[0][1]:.3f}".replace(" 0.", " .") in text
    knee, rocker, push_off = met.limits
    assert f"knee {knee.limit:.2f}, second rocker {rocker.limit:.2f}" in text
    assert f"push-off {push_off.value:.2f} of {push_off.limit:.2f} J" in text
