"""The prescription's sheet: one self-contained HTML file, and the same as PDF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from afo_designer.apps.prescribed import assumption_groups, prescription_part, source_list
from afo_designer.apps.report import chart_files, html_page, pdf_pages
from afo_designer.apps.wording import (
    MISSING,
    compact,
    deep,
    finite,
    mapping,
    number,
    text,
)
from afo_designer.design.software import software_version

DISCLAIMER = "Research software, not clinically validated."
EXAMINED = (
    ("Cause", "cause", ""),
    ("Course", "course", ""),
    ("Dorsiflexors", "dorsiflexor_mmt", "grade"),
    ("Calf tone", "spasticity_mas", "modified Ashworth"),
    ("Passive dorsiflexion", "dorsiflexion_range_deg", ""),
)


def prescription_sheets(record: Mapping[str, Any]) -> dict[str, bytes]:
    """prescription.html and prescription.pdf of what `afo prescribe --json` prints."""
    content = prescription_content(record)
    return {
        "prescription.html": html_page("prescription.html", sheet=content).encode(),
        "prescription.pdf": pdf_pages("prescription.typ", {"sheet": content}, chart_files(content)),
    }


def prescription_content(record: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the templates print, as strings, lists and mappings of strings."""
    side = str(deep(record.get("person"), "side") or "").upper()
    return {
        "side": side if side in ("LEFT", "RIGHT") else "SIDE UNKNOWN",
        "identity": identity_rows(mapping(record.get("person"))),
        **prescription_part(record),
        "assumptions": assumption_groups(record),
        "sources": source_list(record),
        "disclaimer": DISCLAIMER,
        "version": software_version(),
    }


def identity_rows(person: Mapping[str, Any]) -> list[list[str]]:
    """[name, value]: who, what was examined, the goals, who prescribes."""
    about = [
        text(deep(person, "id")),
        number(deep(person, "age_years"), 0, "years"),
        text(deep(person, "sex")),
        number(deep(person, "mass_kg"), 0, "kg"),
        number(deep(person, "height_mm"), 0, "mm"),
    ]
    rows = [["Person", "; ".join(part for part in about if part != MISSING)]]
    seen = mapping(person.get("examination"))
    found = []
    for name, key, unit in EXAMINED:
        value = seen.get(key)
        if value is not None:
            words = f"{compact(value)}°" if finite(value) is not None else str(value)
            found.append(f"{name.lower()} {f'{unit} {words}'.strip()}")
    prescriber = deep(person, "prescriber")
    goals = ", ".join(mapping(person.get("prescription")).get("goals") or ())
    rows.append(["Examined", "; ".join(found)])
    rows.append(["Goals", goals or "swing clearance, loading control (both, none was chosen)"])
    rows.append(["Prescriber", text(prescriber) if prescriber else ""])
    return rows
