"""Writes what docs/families/*.md take from templates and measured rows: facts and stiffness.

Run it as `python docs/families.py` after a change of a template or after `benchmarks/families.py`;
without rows the tables stay as they are. A template without a page gets one: the prose between the
generated places is written by hand. Pictures: `python docs/pictures/families.py`.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from afo_designer.design.parameters import Chosen
from afo_designer.design.template import Template
from afo_designer.runs.catalogue import load_material, load_template, template_names

PAGES = Path(__file__).with_suffix("")
ROWS = Path(__file__).parents[1] / "benchmarks" / "results" / "families.jsonl"
BODIES = {
    "child": "child of 7, 1220 mm, 23 kg",
    "small woman": "small woman, 1520 mm, 52 kg",
    "man": "man, 1750 mm, 78 kg",
    "tall man": "tall man, 1950 mm, 102 kg",
}
NONE = "–"
LEVERS = ("width_mm", "trim_anterior_mm")
NEW = """# {title}

![{title}: lateral, medial, posterior, from the front](../pictures/family_{name}.png)

<!-- facts -->
<!-- /facts -->

## Stiffness

<!-- stiffness -->
Not measured yet: `python benchmarks/families.py --family {name}`.
<!-- /stiffness -->
"""


def page(name: str, text: str, rows: Sequence[dict[str, Any]]) -> str:
    """The page of a template with its generated places made anew."""
    template = load_template(name)[0]
    text = _placed(text, "facts", facts(template))
    own = [row for row in rows if row["family"] == name]
    return _placed(text, "stiffness", stiffness(template, own)) if own else text


def facts(template: Template) -> str:
    """What the template says of itself."""
    rows = (
        ("class", template.classification),
        ("for", template.indication),
        ("limits", template.limits),
        ("template", f"`templates/{template.name}.toml`"),
    )
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {said} |" for name, said in rows)])


def stiffness(template: Template, rows: Sequence[dict[str, Any]]) -> str:
    """The range over wall and width or trim, by body and material, and the man's in full."""
    materials = list(dict.fromkeys(row["material"] for row in rows))
    titles = [load_material(name)[0].name for name in materials]
    lines = [said(template.chosen, rows), "", "| body | " + " | ".join(titles) + " |"]
    lines.append("|---" * (1 + len(materials)) + "|")
    for body, words in BODIES.items():
        cells = [
            _span([r for r in rows if (r["body"], r["material"]) == (body, m)]) for m in materials
        ]
        if any(cell != NONE for cell in cells):
            lines.append(f"| {words} | " + " | ".join(cells) + " |")
    grid = [r for r in rows if (r["body"], r["material"]) == ("man", materials[0])]
    if grid:
        lines += ["", *_grid(grid, titles[0])]
    refused = list(dict.fromkeys(row["reason"] for row in rows if row["reason"]))
    lines += [f"\nRefused on some of these legs: {reason}" for reason in refused]
    return "\n".join(lines)


def said(chosen: Chosen, rows: Sequence[dict[str, Any]]) -> str:
    """On which bench, over which levers."""
    tuning, leaf = chosen.parameters.tuning, chosen.parameters.shell.leaf
    wall = f"a wall of {tuning.thickness_low_mm:g} to {tuning.thickness_high_mm:g} mm at the ankle"
    edge = (
        "of a trim that is the hinge's own"
        if not any(key in rows[0] for key in LEVERS)
        else f"a leaf of {tuning.width_low_mm:g} to {tuning.width_high_mm:g} mm of width"
        if leaf.edge == "width"
        else f"an ankle trim {tuning.trim_low_mm:g} to {tuning.trim_high_mm:g} mm in front of the "
        "malleolar apices"
    )
    plane = (
        "turned about x through the ankle centre, inversion and eversion alike"
        if rows[0]["plane"] == "frontal"
        else "in the sagittal plane"
    )
    hinged = chosen.parameters.shell.hinge.kind != "none"
    stop = ", the shank pressed against the stop" if hinged else ""
    return (
        f"N·m/deg, tangent at neutral {plane}, linear, sliding cuff, sole clamped{stop}; over "
        f"{wall} and {edge} (an adult's; lengths follow a smaller foot, and a leaf keeps behind "
        "the malleoli). A material that is softer across its layers is taken as in them: an upper "
        "bound, where a design is computed with its layers. An isolated brace on a rigid foot, "
        "physically unvalidated: ±25–30 %."
    )


def _span(rows: Sequence[dict[str, Any]]) -> str:
    known = [row["stiffness"] for row in rows if row["stiffness"] is not None]
    return f"{_two(min(known))} to {_two(max(known))}" if known else NONE


def _two(value: float) -> str:
    """Two figures, whole numbers from a hundred on."""
    return f"{value:.2g}" if value < 99.5 else f"{value:.0f}"


def _grid(rows: Sequence[dict[str, Any]], material: str) -> list[str]:
    """The man's figures by wall and width or trim."""
    other = next((key for key in LEVERS if key in rows[0]), None)
    if other is None:
        cells = [
            (f"{r['thickness_mm']:g}", NONE if r["stiffness"] is None else f"{r['stiffness']:.2f}")
            for r in rows
        ]
        lines = [f"| {wall} | {value} |" for wall, value in sorted(set(cells))]
        return [f"The man's, {material}:", "", "| wall, mm | N·m/deg |", "|---|---|", *lines]
    known = {(r["thickness_mm"], r[other]): r["stiffness"] for r in rows}
    walls, edges = (sorted({at[k] for at in known}) for k in (0, 1))
    name = "width" if other == "width_mm" else "trim"
    lines = [
        f"The man's, {material}:",
        "",
        f"| wall, mm | {' | '.join(f'{name} {e:g} mm' for e in edges)} |",
    ]
    lines.append("|---" * (1 + len(edges)) + "|")
    for wall in walls:
        values = [known.get((wall, edge)) for edge in edges]
        cells = [NONE if value is None else f"{value:.2f}" for value in values]
        lines.append(f"| {wall:g} | " + " | ".join(cells) + " |")
    return lines


def _placed(text: str, name: str, content: str) -> str:
    place = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", re.DOTALL)
    found = place.search(text)
    if found is None:
        raise ValueError(f"the page has no place for {name!r}")
    return f"{text[: found.start()]}{content}\n{text[found.end() :]}"


def measured_rows() -> list[dict[str, Any]]:
    """The newest row of every solve; none where nothing was measured here."""
    if not ROWS.exists():
        return []
    rows = [json.loads(line) for line in ROWS.read_text("utf-8").splitlines() if line]
    current = {name: load_template(name)[1].sha256[:12] for name in template_names()}
    newest = {row["key"]: row for row in rows if row["template"] == current.get(row["family"])}
    return list(newest.values())


def pages() -> dict[Path, str]:
    """Every page's file and text."""
    rows, made = measured_rows(), {}
    for name in template_names():
        path = PAGES / f"{name}.md"
        text = path.read_text("utf-8") if path.exists() else None
        if text is None:
            text = NEW.format(name=name, title=load_template(name)[0].title)
        made[path] = page(name, text, rows)
    return made


if __name__ == "__main__":
    PAGES.mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, "utf-8")
