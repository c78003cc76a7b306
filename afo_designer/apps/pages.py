"""Pages: the views, maps and sheets of a design, as files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from afo_designer.apps.render import ColourScale, Layer, png_bytes
from afo_designer.apps.report import report_html, report_pdf
from afo_designer.apps.views import (
    INSIDE,
    THREE_QUARTER,
    Maps,
    fitted_scale,
    four_views,
    sheet_pictures,
)
from afo_designer.design.fit import FIT_ENDS_MM
from afo_designer.design.pipeline import Design
from afo_designer.design.skin import PEAK_KPA
from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.distance import closest_points, signed_clearance
from afo_designer.geometry.mesh import TriMesh
from afo_designer.mechanics.bench import depth
from afo_designer.runs.single import PART_ALONE, Pages
from afo_designer.shell.hinge import seat_share
from afo_designer.shell.shell import flare_of
from afo_designer.shell.standoff import leaf_share

# Fine enough for A4: 200 dots per inch of a view printed at a fifth of its size.
MM_PER_PX = 0.6
# The cast is judged from these sides, and shown so far above the shell.
CAST = ("lateral", "medial", "posterior", "plantar")
ABOVE_MM = 15.0
# Darkest colour of that map: a filled arch would hide the reliefs.
MOST_MM = 8.0
# An orthosis of 400 mm becomes some 256 pixels high, what viewers show in lists.
THUMBNAIL_MM_PER_PX = 1.6


def design_pictures(design: Design) -> dict[str, bytes]:
    """The four views, the maps of wall, clearance, stress and pressure, and the part alone: PNG."""
    limb, part = design.positive.skin, design.part
    side = design.limb.side
    alone = four_views(
        [Layer(part)], side, THUMBNAIL_MM_PER_PX, scale_bar=False, names=[THREE_QUARTER]
    )
    return {
        **sheet_pictures(part, limb, side, _maps(design), MM_PER_PX),
        PART_ALONE: png_bytes(alone[THREE_QUARTER]),
    }


def design_sheets(
    design: Design, record: Mapping[str, Any], pictures: Mapping[str, bytes]
) -> dict[str, bytes]:
    """report.html and, unless the run was a fast one, report.pdf."""
    sheets = {"report.html": report_html(record, pictures).encode()}
    if not design.fast:
        sheets["report.pdf"] = report_pdf(record, pictures)
    return sheets


DESIGN_PAGES = Pages(design_pictures, design_sheets)


def _maps(design: Design) -> tuple[Maps, ...]:
    """Wall, clearance, stress and fit over the outside; the cast; pressure over the inside."""
    outside, inside = _surface(design, 0.5), _surface(design, -0.5)
    fields = {
        "thickness": (design.model.thickness, "wall", "mm", "viridis_r"),
        "clearance": (_clearance(design), "distance to the skin", "mm", "cividis_r"),
    }
    if not all(case.trouble for case in design.verified.cases):
        stress = design.verified.worst_stress
        fields["stress"] = (stress, "largest von Mises stress of all cases", "MPa", "YlOrRd")
    coloured = {
        name: Layer(outside, scalars=values, scale=fitted_scale(values, label, unit, palette))
        for name, (values, label, unit, palette) in fields.items()
    }
    coloured["fit"] = _fit(design, outside, inside)
    cast = Maps(_cast(design), CAST)
    return Maps(coloured), cast, Maps(_pressures(design, inside), INSIDE, (Layer(outside),))


def _fit(design: Design, outside: TriMesh, inside: TriMesh) -> Layer:
    """The shell coloured by how far its inner surface lies off the modified cast.

    Grey where it is off on purpose: the leaf that stands off, the flare, the plate under the toes.
    """
    shell, s = design.shell, design.model.mesh.parameters[:, 0]
    gap = signed_clearance(inside.vertices, design.positive.mesh)
    meant = (leaf_share(shell.stations, shell.parameters, s) > 0.0) & (gap > 0.0)
    if shell.hinge is not None:
        theta = design.model.mesh.parameters[:, 1]
        meant |= (seat_share(shell.hinge, inside.vertices, theta) > 0.0) & (gap > 0.0)
    meant |= flare_of(shell.stations, shell.parameters, s) > 0.0
    meant |= s > shell.stations.heads - FIT_ENDS_MM
    gap = np.where(meant, np.nan, gap)
    label = "inner surface outside (+) or inside (-) the cast"
    return Layer(outside, scalars=gap, scale=ColourScale(label, "mm", -1.0, 1.0, "RdBu_r"))


def _cast(design: Design) -> dict[str, Layer]:
    """The modified cast as far up as the shell reaches: what was built up, how skin was strained.

    Strain is the larger of stretch and the inverse of squeeze, where the limb was re-posed.
    """
    positive = design.positive
    mesh, strain = positive.mesh, positive.strain
    near = mesh.corners[:, :, 2].mean(axis=1) < float(design.part.bounds[1, 2]) + ABOVE_MM
    shown, corners = mesh.kept(near), mesh.triangles[near]
    change = positive.change[corners].mean(axis=1)
    most = float(np.clip(np.ceil(np.percentile(np.abs(change), 99.5)), 2.0, MOST_MM))
    label = "cast outside (+) or inside (-) the skin"
    scale = ColourScale(label, "mm", -most, most, "RdBu_r")
    maps = {"modification": Layer(shown, scalars=change, scale=scale)}
    if strain.drawn > 1.0 + 1e-6:
        larger = np.maximum(strain.most, 1.0 / np.maximum(strain.least, 1e-3))
        scale = ColourScale("skin drawn out or pushed together by re-posing", "times", 1.0, 2.0)
        maps["skin_strain"] = Layer(shown, scalars=larger[corners].mean(axis=1), scale=scale)
    return maps


def _surface(design: Design, walls: float) -> TriMesh:
    """The middle surface as triangles, moved outwards by a share of the wall."""
    model = design.model
    mesh = model.mesh
    halves = (mesh.quads[:, [0, 1, 2]], mesh.quads[:, [0, 2, 3]], mesh.triangles)
    moved = mesh.vertices + walls * model.thickness[:, None] * model.directors
    return TriMesh(moved, np.concatenate(halves))


def _pressures(design: Design, inside: TriMesh) -> dict[str, Layer]:
    """Pressure of every case that was reached, on one scale; grey under the foot: not computed."""
    if design.skin is None:
        return {}
    mesh = design.model.mesh
    under = depth(design.bench.footplate_clamp, mesh.vertices) >= 0.0
    under |= mesh.parameters[:, 0] >= design.shell.stations.sole
    most = 2.0 * PEAK_KPA
    label = f"pressure, kPa: limit {PEAK_KPA:g}, darkest {most:g} and more"
    scale = ColourScale(label, "", 0.0, most, "YlOrRd")
    return {
        f"pressure_{case.case}": Layer(
            inside, scalars=np.where(under, np.nan, case.pressure_kpa), scale=scale
        )
        for case in design.skin.cases
        if not case.message
    }


def _clearance(design: Design) -> FloatArray:
    """(n,) distance of the inner surface to the skin at the nodes of the middle surface."""
    return closest_points(_surface(design, -0.5).vertices, design.positive.skin)[1]
