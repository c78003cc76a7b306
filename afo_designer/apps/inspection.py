"""Inspection: a scan's grade, landmarks and measures, in words and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from textwrap import wrap
from typing import Any

import numpy as np
from rich.console import Console

from afo_designer.apps.render import SKIN, Image, Layer, png_bytes
from afo_designer.apps.views import VIEWS, four_views, lettered, side_by_side
from afo_designer.design.checks.tape import tape_checks
from afo_designer.design.person import Person
from afo_designer.design.record import scan_record, stance_lines
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.coverage import ViewMissing, check_views, limb_coverage
from afo_designer.limb.grading import holes
from afo_designer.limb.landmarks import SURE
from afo_designer.limb.limb import Limb

DOUBTFUL = 0.7
_MEANINGS = {"sure": "sure", "fair": "fair, look", "doubtful": "doubtful, or the rim of a hole"}
_COLOURS = {"sure": (0.05, 0.45, 0.30), "fair": (0.90, 0.60, 0.05), "doubtful": (0.80, 0.10, 0.10)}


def inspection_pictures(limb: Limb) -> dict[str, bytes]:
    """limb.png: five views with the landmarks, coloured by confidence; rims of holes in red.

    Beneath them the grade, what the colours mean, and what was found with what to do about it.
    """
    radius = 0.016 * limb.foot_length
    layers = [Layer(limb.mesh, SKIN)]
    for mark in limb.landmarks.values():
        ball = _ball(mark.position, radius)
        layers.append(Layer(ball, _COLOURS[_certainty(mark.confidence)]))
    rims = holes(limb.mesh, limb.top_height)
    if rims:
        beads = [_ball(point, 0.3 * radius) for rim in rims for point in rim]
        layers.append(Layer(_joined(beads), _COLOURS["doubtful"]))
    pictures = four_views(layers, limb.side, names=(*VIEWS, "front"))
    return {"limb.png": png_bytes(_captioned(side_by_side(pictures), limb))}


def _captioned(image: Image, limb: Limb) -> Image:
    """The picture over the words that belong to it, a dot of its colour before each meaning."""
    size = max(14, image.shape[1] // 90)
    step, left = round(1.5 * size), size
    across = max(20, int(image.shape[1] / (0.62 * size)))
    told = [line for note in limb.notes for line in wrap(f"· {note}", across)]
    canvas = np.full((image.shape[0] + step * (len(told) + 3), *image.shape[1:]), 255, np.uint8)
    canvas[: image.shape[0]] = image
    top = image.shape[0] + step // 2
    canvas = lettered(canvas, f"Grade {limb.grade}, {limb.side} leg. Landmarks:", (left, top), size)
    left += round(0.62 * size * 33)
    for name, words in _MEANINGS.items():
        dot = np.rint(255.0 * np.array(_COLOURS[name])).astype(np.uint8)
        canvas[top + size // 4 : top + size, left : left + 3 * size // 4] = dot
        canvas = lettered(canvas, words, (left + size, top), size)
        left += round(0.62 * size * (len(words) + 4))
    for row, line in enumerate(told):
        canvas = lettered(canvas, line, (size, top + step * (row + 1)), size)
    return canvas


def inspection_record(limb: Limb, person: Person | None = None) -> dict[str, Any]:
    """`scan`, `landmarks` and `limb` as in design.json, and what else was found.

    `coverage`: share seen by region; `stop`: why no orthosis can be designed from the scan, None
    where one can; `tape`: the person file's measures beside the scan's.
    """
    try:
        check_views(limb)
        stop = None
    except ViewMissing as missing:
        stop = str(missing)
    return {
        **scan_record(limb),
        "coverage": limb_coverage(limb),
        "stop": stop,
        "tape": [] if person is None else [asdict(c) for c in tape_checks(limb, person.tape_mm)],
    }


def say_inspection(record: Mapping[str, Any], out: Console) -> None:
    """Grade first, then measures, landmarks and remarks."""
    scan, limb = record["scan"], record["limb"]

    def line(text: str, style: str | None = None) -> None:
        out.print(text, style=style, markup=False)

    line(f"Grade {scan['grade']}: {scan['side']} leg ({scan['side_source']}).", "bold")
    line(f"Unit {scan['unit']} ({scan['unit_source']}), {scan['triangles']} triangles.")
    for text in stance_lines(limb):
        line(text)
    line(
        f"Foot {limb['foot_length_mm']:.0f} mm, ankle girth {limb['ankle_girth_mm']:.0f} mm, "
        f"calf girth {limb['calf_girth_mm']:.0f} mm."
    )
    for name, mark in record["landmarks"].items():
        x, y, z = mark["position_mm"]
        line(
            f"  {name:<30} {x:7.1f} {y:7.1f} {z:7.1f} mm  {mark['source']}, confidence "
            f"{mark['confidence']:.2f} ({_certainty(mark['confidence'])})"
        )
    seen = {name: share for name, share in record["coverage"].items() if share < 0.995}
    if seen:
        parts = ", ".join(f"{n.replace('_', ' ')} {100 * x:.0f} %" for n, x in seen.items())
        line(f"Seen: {parts}; all other regions whole.")
    for check in record.get("tape", []):
        what = check["id"].removeprefix("tape_").replace("_", " ")
        off = f"{check['value']:+.1f} %"
        if check["verdict"] == "pass":
            line(f"Tape, {what}: the scan differs by {off}.")
        else:
            line(f"Tape, {what}: the scan differs by {off}. {check['message']}", "yellow")
    for repair in scan["repairs"]:
        line(f"Repaired: {repair}")
    for note in scan["notes"]:
        line(f"Note: {note}", "yellow")
    if record.get("stop"):
        line(f"Stop: {record['stop']}", "red")


def _certainty(confidence: float) -> str:
    if confidence >= SURE:
        return "sure"
    return "fair" if confidence >= DOUBTFUL else "doubtful"


def _joined(pieces: list[TriMesh]) -> TriMesh:
    starts = np.cumsum([0] + [len(piece.vertices) for piece in pieces[:-1]])
    return TriMesh(
        np.vstack([piece.vertices for piece in pieces]),
        np.vstack([piece.triangles + start for piece, start in zip(pieces, starts, strict=True)]),
    )


def _ball(centre: np.ndarray, radius: float) -> TriMesh:
    """An octahedron divided twice: round enough for a dot."""
    vertices = np.vstack([np.eye(3), -np.eye(3)])
    triangles = np.array(
        [[0, 1, 2], [1, 3, 2], [3, 4, 2], [4, 0, 2], [1, 0, 5], [3, 1, 5], [4, 3, 5], [0, 4, 5]]
    )
    for _ in range(2):
        corners = vertices[triangles]
        middles = 0.5 * (corners + np.roll(corners, -1, axis=1))
        count = len(vertices)
        at = count + np.arange(middles.shape[0] * 3).reshape(-1, 3)
        vertices = np.vstack([vertices, middles.reshape(-1, 3)])
        a, b, c = triangles.T
        ab, bc, ca = at.T
        triangles = np.concatenate(
            [np.column_stack(t) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
        )
    unit = vertices / np.linalg.norm(vertices, axis=1, keepdims=True)
    return TriMesh(centre + radius * unit, triangles)
