"""Pages: the views, maps and sheets of a design, as files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from afo_designer.apps.render import Layer
from afo_designer.apps.report import report_html, report_pdf
from afo_designer.apps.views import fitted_scale, sheet_pictures
from afo_designer.design.pipeline import Design
from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.distance import closest_points
from afo_designer.geometry.mesh import TriMesh
from afo_designer.runs.single import Pages

# Fine enough for A4: 300 dots per inch of a view printed at a third of its size.
MM_PER_PX = 0.5


def design_pictures(design: Design) -> dict[str, bytes]:
    """The four views and the maps of thickness, clearance and stress, as PNG."""
    limb, part = design.positive.skin, design.part
    return sheet_pictures(part, limb, design.limb.side, _maps(design), MM_PER_PX)


def design_sheets(
    design: Design, record: Mapping[str, Any], pictures: Mapping[str, bytes]
) -> dict[str, bytes]:
    """report.html and, unless the run was a fast one, report.pdf."""
    sheets = {"report.html": report_html(record, pictures).encode()}
    if not design.fast:
        sheets["report.pdf"] = report_pdf(record, pictures)
    return sheets


DESIGN_PAGES = Pages(design_pictures, design_sheets)


def _maps(design: Design) -> dict[str, Layer]:
    """Thickness, clearance and stress over the outside of the middle surface."""
    mesh = design.model.mesh
    quads = mesh.quads
    outside = mesh.vertices + 0.5 * design.model.thickness[:, None] * design.model.directors
    halves = (quads[:, [0, 1, 2]], quads[:, [0, 2, 3]], mesh.triangles)
    sheet = TriMesh(outside, np.concatenate(halves))
    fields = {
        "thickness": (design.model.thickness, "wall", "mm", "viridis_r"),
        "clearance": (_clearance(design), "distance to the skin", "mm", "cividis_r"),
        "stress": (
            design.verified.worst_stress,
            "largest von Mises stress of all cases",
            "MPa",
            "YlOrRd",
        ),
    }
    return {
        name: Layer(sheet, scalars=values, scale=fitted_scale(values, label, unit, palette))
        for name, (values, label, unit, palette) in fields.items()
    }


def _clearance(design: Design) -> FloatArray:
    """(n,) distance of the inner surface to the skin at the nodes of the middle surface."""
    model = design.model
    inner = model.mesh.vertices - 0.5 * model.thickness[:, None] * model.directors
    return closest_points(inner, design.positive.skin)[1]
