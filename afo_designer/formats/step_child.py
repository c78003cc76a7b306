"""The part of the STEP export that needs the geometry kernel: a script run in a process of its own.

Input: an `.npz` with two spline faces and the pieces of their rims (written by `formats.step`), the
file to write and the file for the answer. It imports nothing of the package, so that starting it
costs the kernel alone. Faces, edges and vertices are put together by hand: every edge is shared by
its two faces from the start, so nothing has to be sewn, cut or healed.

With a `.step` file as input it reads that and writes its surface, meshed, as an `.npz`.

Conventions: face parameters are (s, θ); rim faces (length, φ), φ from the inner (0) to the outer
face (1). Every rim piece runs with the material on its left seen from the side of X_s × X_θ.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

FACE_TOLERANCE_MM = 1e-6  # faces lie on their own surfaces
READ_DEFLECTION_MM = 0.1  # of the mesh that a file read back is measured by
SMALL_MM, SMALL_DEFLECTION_MM = 50.0, 3e-3  # the same for a pin, whose diagonal is less
READ_BYTES = 8_000_000_000  # of memory that reading a file may take
VOLUME_AGREEMENT = 0.002  # of the solid and the mesh, which stands off by up to 0.05 mm
# Gauss points of the volume's integrals: on a span of an edge, and across a cell of a surface.
EDGE_POINTS, NODES = (np.polynomial.legendre.leggauss(count) for count in (3, 4))


class KernelRefused(Exception):
    """The kernel's answer is not one valid closed solid."""


def main(source: str, target: str, answer: str) -> int:
    """Build, check and write; the answer file says what came out or what went wrong."""
    try:
        if Path(source).suffix == ".npz":
            report = _export(dict(np.load(source)), target)
        else:
            report = _read(source, target)
    except ImportError as error:
        report = {"unavailable": str(error)}
    except KernelRefused as error:
        report = {"refused": str(error)}
    Path(answer).write_text(json.dumps(report), encoding="utf-8")
    return 0


def _export(data: dict[str, Any], target: str) -> dict[str, Any]:
    turned = "profile" in data
    if turned:
        shape, reliefs = _turned(data), 0
    else:
        builder = _Builder(data)
        shape, reliefs = builder.solid(), builder.relief_faces
    report = _checked(shape, float(data["volume"]), turned)
    report["relief_faces"] = reliefs
    _write(shape, target, str(data["product_name"]), float(data["profile_zone"]))
    return report


def _turned(data: dict[str, Any]) -> Any:
    """The solid that a profile (n, 3), from the axis to the axis, sweeps about it."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakePolygon
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeRevol
    from OCP.gp import gp_Ax1, gp_Dir, gp_Pnt

    outline = BRepBuilderAPI_MakePolygon()
    for point in data["profile"].tolist():
        outline.Add(gp_Pnt(*point))
    outline.Close()
    axis = gp_Ax1(gp_Pnt(*data["origin"].tolist()), gp_Dir(*data["axis"].tolist()))
    face = BRepBuilderAPI_MakeFace(outline.Wire()).Face()
    return BRepPrimAPI_MakeRevol(face, axis).Shape()


class _Builder:
    """Collects vertices and edges once and hands them to every face that needs them."""

    def __init__(self, data: dict[str, Any]) -> None:
        from OCP.BRep import BRep_Builder
        from OCP.TopLoc import TopLoc_Location

        self.data = data
        self.builder = BRep_Builder()
        self.nowhere = TopLoc_Location()
        self.tolerance = float(data["edge_tolerance"])
        self.right_handed = bool(data["right_handed"])
        self.relief_faces = 0
        knots = data["knots_s"], data["knots_theta"]
        self.surfaces = [
            _surface(data[name], *knots, degree=int(data["degree"])) for name in ("inner", "outer")
        ]

    def solid(self) -> Any:
        from OCP.TopAbs import TopAbs_FORWARD, TopAbs_REVERSED
        from OCP.TopoDS import TopoDS_Shell, TopoDS_Solid

        # Seen from the side of X_s × X_θ the loops run counter-clockwise: on a right-handed chart
        # that side is outward on the outer face and on the rims, inward on the inner face.
        outward, inward = TopAbs_FORWARD, TopAbs_REVERSED
        if not self.right_handed:
            outward, inward = inward, outward
        wires: tuple[list[Any], list[Any]] = ([], [])
        shell = TopoDS_Shell()
        self.builder.MakeShell(shell)
        for count in self._loops():
            for face in self._rim(count, wires):
                self.builder.Add(shell, face.Oriented(outward))
        reliefs = self._reliefs(wires[1])
        self.relief_faces = len(reliefs)
        for face, side in reliefs:
            self.builder.Add(shell, face.Oriented((inward, outward)[side]))
        for surface, boundary, side in zip(self.surfaces, wires, (inward, outward), strict=True):
            self.builder.Add(shell, self._face(surface, boundary).Oriented(side))
        shell.Closed(True)
        solid = TopoDS_Solid()
        self.builder.MakeSolid(solid)
        self.builder.Add(solid, shell)
        return solid

    def _loops(self) -> list[list[int]]:
        """Numbers of the rim pieces, loop by loop, the outer boundary first."""
        owner = self.data["piece_loop"]
        return [np.flatnonzero(owner == loop).tolist() for loop in range(int(owner.max()) + 1)]

    def _rim(self, pieces: list[int], wires: tuple[list[Any], list[Any]]) -> list[Any]:
        """The rim faces of one loop; appends the wires it gives the inner and the outer face."""
        rims = [
            _surface(self._array(i, "rim"), self._knots(i), self.data["arc_knots"]) for i in pieces
        ]
        ends = [self._ends(i) for i in pieces]
        arcs = [self._arc(i, *ends[position]) for position, i in enumerate(pieces)]
        bounds: tuple[list[Any], list[Any]] = ([], [])
        faces = []
        for position, i in enumerate(pieces):
            after = (position + 1) % len(pieces)
            knots, rim = self._knots(i), rims[position]
            low, high = float(knots[0]), float(knots[-1])
            longs = []
            for side, name in enumerate(("inner", "outer")):
                edge = self._edge(
                    _curve(self._array(i, name), knots), ends[position][side], ends[after][side]
                )
                flat = _flat_curve(self._array(i, "flat"), knots)
                self._lay(edge, flat, self.surfaces[side])
                self._lay(edge, _flat_line((0.0, float(side)), (1.0, 0.0), low, high), rim)
                bounds[side].append(edge)
                longs.append(edge)
            self._lay(arcs[position], _flat_line((low, 0.0), (0.0, 1.0), 0.0, 1.0), rim)
            self._lay(arcs[after], _flat_line((high, 0.0), (0.0, 1.0), 0.0, 1.0), rim)
            around = [longs[0], arcs[after], longs[1].Reversed(), arcs[position].Reversed()]
            faces.append(self._face(rim, [self._wire(around)]))
        for side in (0, 1):
            wires[side].append(self._wire(bounds[side]))
        return faces

    def _reliefs(self, wires: list[Any]) -> list[tuple[Any, int]]:
        """Faces of the letters: upright sides (0), tops and islands within them (1).

        Appends the wires of the letters' feet to those of the outer face. Contours have the outer
        face on their left, so tops are bounded by them the other way round.
        """
        owner, relief = self.data["side_contour"], self.data["contour_relief"]
        faces: list[tuple[Any, int]] = []
        for number in range(int(relief.max()) + 1 if len(relief) else 0):
            knots = (self.data[f"top_knots_{axis}_{number}"] for axis in ("s", "theta"))
            top = _surface(self.data[f"top_{number}"], *knots)
            caps = []
            for position, contour in enumerate(np.flatnonzero(relief == number).tolist()):
                face = self._island(top) if position else self.surfaces[1]
                sides = np.flatnonzero(owner == contour).tolist()
                low, high = self._sides(sides, face, top, faces)
                caps.append(self._wire([edge.Reversed() for edge in high[::-1]]))
                if position:
                    faces.append((self._face(face, [self._wire(low)]), 1))
                else:
                    wires.append(self._wire(low))
            faces.append((self._face(top, caps), 1))
        return faces

    def _island(self, top: Any) -> Any:
        """The part of the outer face's surface that lies under a top, so that files stay small."""
        knots = self.data["knots_s"], self.data["knots_theta"]
        bounds = top.Bounds()
        spans, cut = [], []
        for axis, line in enumerate(knots):
            low, high = bounds[2 * axis : 2 * axis + 2]
            first = int(np.searchsorted(line, low, side="right")) - 4
            last = int(np.searchsorted(line, high, side="left")) + 4
            spans.append(slice(first, last - 4))
            cut.append(line[first:last])
        part = _surface(self.data["outer"][spans[0], spans[1]], *cut)
        part.Segment(*bounds)
        return part

    def _sides(
        self, sides: list[int], face: Any, top: Any, faces: list[tuple[Any, int]]
    ) -> tuple[list[Any], list[Any]]:
        """The edges along a contour on the face and on the top; appends the faces between."""
        line = np.repeat([0.0, 1.0], 4)
        ends = [
            [self._vertex(self.data[f"side_{name}_{k}"][0]) for name in ("low", "high")]
            for k in sides
        ]
        uprights = []
        for k, (foot, head) in zip(sides, ends, strict=True):
            a, b = self.data[f"side_low_{k}"][0], self.data[f"side_high_{k}"][0]
            poles = a + np.linspace(0.0, 1.0, 4)[:, None] * (b - a)
            uprights.append(self._edge(_curve(poles, line), foot, head))
        rows: tuple[list[Any], list[Any]] = ([], [])
        for position, k in enumerate(sides):
            after = (position + 1) % len(sides)
            knots = self.data[f"side_knots_{k}"]
            curves = [self.data[f"side_{name}_{k}"] for name in ("low", "high")]
            wall = _surface(np.stack(curves, axis=1), knots, np.array([0.0, 0.0, 1.0, 1.0]), 3, 1)
            flat = _flat_curve(self.data[f"side_flat_{k}"], line)
            for level, surface in enumerate((face, top)):
                edge = self._edge(
                    _curve(curves[level], knots), ends[position][level], ends[after][level]
                )
                self._lay(edge, flat, surface)
                self._lay(edge, _flat_line((0.0, float(level)), (1.0, 0.0), 0.0, 1.0), wall)
                rows[level].append(edge)
            self._lay(uprights[position], _flat_line((0.0, 0.0), (0.0, 1.0), 0.0, 1.0), wall)
            self._lay(uprights[after], _flat_line((1.0, 0.0), (0.0, 1.0), 0.0, 1.0), wall)
            around = [
                rows[0][-1],
                uprights[after],
                rows[1][-1].Reversed(),
                uprights[position].Reversed(),
            ]
            faces.append((self._face(wall, [self._wire(around)]), 0))
        return rows

    def _array(self, piece: int, name: str) -> Any:
        return self.data[f"{name}_{piece}"]

    def _knots(self, piece: int) -> Any:
        return self.data[f"knots_{piece}"]

    def _ends(self, piece: int) -> list[Any]:
        """Vertices where the piece starts on the inner and on the outer face."""
        return [self._vertex(self._array(piece, name)[0]) for name in ("inner", "outer")]

    def _vertex(self, point: Any) -> Any:
        from OCP.gp import gp_Pnt
        from OCP.TopoDS import TopoDS_Vertex

        vertex = TopoDS_Vertex()
        self.builder.MakeVertex(vertex, gp_Pnt(*map(float, point)), self.tolerance)
        return vertex

    def _arc(self, piece: int, low: Any, high: Any) -> Any:
        """The half-round line across the rim where the piece starts."""
        return self._edge(_curve(self._array(piece, "rim")[0], self.data["arc_knots"]), low, high)

    def _edge(self, curve: Any, start: Any, end: Any) -> Any:
        from OCP.TopAbs import TopAbs_FORWARD, TopAbs_REVERSED
        from OCP.TopoDS import TopoDS_Edge

        edge = TopoDS_Edge()
        self.builder.MakeEdge(edge, curve, self.tolerance)
        self.builder.Add(edge, start.Oriented(TopAbs_FORWARD))
        self.builder.Add(edge, end.Oriented(TopAbs_REVERSED))
        self.builder.Range(edge, curve.FirstParameter(), curve.LastParameter())
        self.builder.SameRange(edge, True)
        self.builder.SameParameter(edge, True)
        return edge

    def _lay(self, edge: Any, flat: Any, surface: Any) -> None:
        """Gives the edge its curve in the surface's parameters."""
        self.builder.UpdateEdge(edge, flat, surface, self.nowhere, self.tolerance)

    def _wire(self, edges: list[Any]) -> Any:
        from OCP.TopoDS import TopoDS_Wire

        wire = TopoDS_Wire()
        self.builder.MakeWire(wire)
        for edge in edges:
            self.builder.Add(wire, edge)
        wire.Closed(True)
        return wire

    def _face(self, surface: Any, wires: list[Any]) -> Any:
        from OCP.TopoDS import TopoDS_Face

        face = TopoDS_Face()
        self.builder.MakeFace(face, surface, self.nowhere, FACE_TOLERANCE_MM)
        for wire in wires:
            self.builder.Add(face, wire)
        return face


def _surface(
    poles: Any, knots_u: Any, knots_v: Any, degree: int = 3, degree_v: int | None = None
) -> Any:
    from OCP.Geom import Geom_BSplineSurface
    from OCP.gp import gp_Pnt
    from OCP.TColgp import TColgp_Array2OfPnt

    table = TColgp_Array2OfPnt(1, poles.shape[0], 1, poles.shape[1])
    for i, row in enumerate(poles.tolist(), start=1):
        for j, point in enumerate(row, start=1):
            table.SetValue(i, j, gp_Pnt(*point))
    (u, m_u), (v, m_v) = _knots(knots_u), _knots(knots_v)
    return Geom_BSplineSurface(
        table, u, v, m_u, m_v, degree, degree if degree_v is None else degree_v
    )


def _curve(poles: Any, knots: Any) -> Any:
    from OCP.Geom import Geom_BSplineCurve
    from OCP.gp import gp_Pnt
    from OCP.TColgp import TColgp_Array1OfPnt

    table = TColgp_Array1OfPnt(1, len(poles))
    for i, point in enumerate(poles.tolist(), start=1):
        table.SetValue(i, gp_Pnt(*point))
    return Geom_BSplineCurve(table, *_knots(knots), 3)


def _flat_curve(poles: Any, knots: Any) -> Any:
    from OCP.Geom2d import Geom2d_BSplineCurve
    from OCP.gp import gp_Pnt2d
    from OCP.TColgp import TColgp_Array1OfPnt2d

    table = TColgp_Array1OfPnt2d(1, len(poles))
    for i, point in enumerate(poles.tolist(), start=1):
        table.SetValue(i, gp_Pnt2d(*point))
    return Geom2d_BSplineCurve(table, *_knots(knots), 3)


def _flat_line(
    origin: tuple[float, float], direction: tuple[float, float], low: float, high: float
) -> Any:
    from OCP.Geom2d import Geom2d_Line, Geom2d_TrimmedCurve
    from OCP.gp import gp_Dir2d, gp_Pnt2d

    return Geom2d_TrimmedCurve(Geom2d_Line(gp_Pnt2d(*origin), gp_Dir2d(*direction)), low, high)


def _knots(flat: Any) -> tuple[Any, Any]:
    """Distinct knots and how often each is repeated."""
    from OCP.TColStd import TColStd_Array1OfInteger, TColStd_Array1OfReal

    values, counts = np.unique(flat, return_counts=True)
    knots = TColStd_Array1OfReal(1, len(values))
    repeats = TColStd_Array1OfInteger(1, len(values))
    for i, (value, count) in enumerate(zip(values.tolist(), counts.tolist(), strict=True), start=1):
        knots.SetValue(i, value)
        repeats.SetValue(i, count)
    return knots, repeats


def _checked(shape: Any, volume: float, turned: bool) -> dict[str, Any]:
    """Raises `KernelRefused` unless the shape is one valid closed solid of the volume expected.

    The kernel's own volume integral is off by up to 5 % on large spline faces, and its mesh costs
    more than all the rest; `_volume` integrates the faces it holds, within the bounds it holds.
    Of the planes, cylinders and cones of a `turned` body the kernel's own is right.
    """
    from OCP.BRepCheck import BRepCheck_Analyzer
    from OCP.ShapeAnalysis import ShapeAnalysis_ShapeTolerance
    from OCP.TopAbs import TopAbs_FACE

    if not BRepCheck_Analyzer(shape).IsValid():
        raise KernelRefused("the kernel calls the solid invalid")
    faces = _faces(shape, TopAbs_FACE)
    open_edges = _open_edges(shape)
    if open_edges:
        raise KernelRefused(f"the solid has {open_edges} open edges")
    held = _own_volume(shape) if turned else _volume(faces)
    if not abs(held - volume) <= VOLUME_AGREEMENT * volume:
        raise KernelRefused(f"the solid holds {held:.0f} mm³, the mesh {volume:.0f} mm³")
    tolerance = ShapeAnalysis_ShapeTolerance().Tolerance(shape, 1)
    return {"faces": len(faces), "max_tolerance": tolerance, "volume": held}


def _faces(shape: Any, kind: Any) -> list[Any]:
    from OCP.TopoDS import TopoDS

    return [TopoDS.Face_s(found) for found in _found(shape, kind)]


def _open_edges(shape: Any) -> int:
    """How many edges are not shared by two faces."""
    from OCP.TopAbs import TopAbs_EDGE, TopAbs_FACE
    from OCP.TopExp import TopExp
    from OCP.TopTools import TopTools_IndexedDataMapOfShapeListOfShape

    shared = TopTools_IndexedDataMapOfShapeListOfShape()
    TopExp.MapShapesAndAncestors_s(shape, TopAbs_EDGE, TopAbs_FACE, shared)
    counts = [shared.FindFromIndex(i).Extent() for i in range(1, shared.Extent() + 1)]
    return sum(count != 2 for count in counts)


def _own_volume(shape: Any) -> float:
    from OCP.BRepGProp import BRepGProp
    from OCP.GProp import GProp_GProps

    found = GProp_GProps()
    BRepGProp.VolumeProperties_s(shape, found)
    return float(found.Mass())


def _volume(faces: list[Any]) -> float:
    """Volume (mm³) within the faces as the kernel holds them: ∮ z n_z dA (divergence theorem).

    Over a face ∬ z (x_u y_v − x_v y_u) du dv is, by Green's theorem, −∮ G du along its edges'
    curves in (u, v), G the integrand's integral over v. Gauss points in every span of the curves;
    in every cell of the surface the integrand, of degree 8, is interpolated at 4² points. More
    points in both change the volume by 5e-6 of it.
    """
    from OCP.BRep import BRep_Tool
    from OCP.TopAbs import TopAbs_EDGE, TopAbs_FORWARD
    from OCP.TopoDS import TopoDS

    total = 0.0
    for face in faces:
        integral = _Integral(BRep_Tool.Surface_s(face))
        along = TopoDS.Face_s(face.Oriented(TopAbs_FORWARD))
        for found in _found(along, TopAbs_EDGE):
            edge = TopoDS.Edge_s(found)
            points, du = _laid(edge, along, integral.knots_u)
            sign = 1.0 if edge.Orientation() == face.Orientation() else -1.0
            if len(points):
                total -= sign * float(integral(points) @ du)
    return total


def _laid(edge: Any, face: Any, knots: Any) -> tuple[Any, Any]:
    """An edge's Gauss points (n, 2) in the face's (u, v), and their weights times du."""
    from OCP.BRepAdaptor import BRepAdaptor_Curve2d
    from OCP.GeomAbs import GeomAbs_BSplineCurve
    from OCP.gp import gp_Pnt2d, gp_Vec2d

    curve = BRepAdaptor_Curve2d(edge, face)
    low, high = curve.FirstParameter(), curve.LastParameter()
    if curve.GetType() == GeomAbs_BSplineCurve:
        spline = curve.BSpline()
        inner = np.array([spline.Knot(i) for i in range(1, spline.NbKnots() + 1)])
    else:  # a line: it passes the surface's knots at an even pace
        ends = curve.Value(low).X(), curve.Value(high).X()
        if ends[0] == ends[1]:
            return np.zeros((0, 2)), np.zeros(0)
        inner = low + (knots - ends[0]) / (ends[1] - ends[0]) * (high - low)
    inner = np.sort(inner[(inner > low) & (inner < high)])
    line = np.concatenate([[low], inner, [high]])
    step = np.diff(line)
    at, weight = EDGE_POINTS
    places = line[:-1, None] + 0.5 * step[:, None] * (1.0 + at)
    weights = 0.5 * step[:, None] * weight
    point, slope, rows = gp_Pnt2d(), gp_Vec2d(), []
    for place in places.ravel().tolist():
        curve.D1(place, point, slope)
        rows.append((point.X(), point.Y(), slope.X()))
    table = np.array(rows)
    return table[:, :2], table[:, 2] * weights.ravel()


class _Integral:
    """G(u, v) of a spline surface: z (x_u y_v − x_v y_u) integrated over v from its low end."""

    def __init__(self, surface: Any) -> None:
        u, v = surface.NbUPoles(), surface.NbVPoles()
        held = [surface.Pole(i, j) for i in range(1, u + 1) for j in range(1, v + 1)]
        poles = np.array([(p.X(), p.Y(), p.Z()) for p in held]).reshape(u, v, 3)
        flat_u = _flat_knots(surface.UKnot, surface.UMultiplicity, surface.NbUKnots())
        flat_v = _flat_knots(surface.VKnot, surface.VMultiplicity, surface.NbVKnots())
        self.knots_u, self.knots_v = np.unique(flat_u), np.unique(flat_v)
        self.nodes = 0.5 * (1.0 + NODES[0])
        self.powers = np.linalg.inv(np.vander(self.nodes, increasing=True))  # (power, node)
        at_u, slope_u = _basis(flat_u, surface.UDegree(), self._places(self.knots_u))
        at_v, slope_v = _basis(flat_v, surface.VDegree(), self._places(self.knots_v))
        x, y, z = np.moveaxis(poles, 2, 0)
        normal = (slope_u @ x @ at_v.T) * (at_u @ y @ slope_v.T)
        normal -= (at_u @ x @ slope_v.T) * (slope_u @ y @ at_v.T)
        cells = (at_u @ z @ at_v.T) * normal
        # (u span, u node, v span, v node), and what the cells below hold
        count = len(self.nodes)
        self.cells = cells.reshape(len(self.knots_u) - 1, count, len(self.knots_v) - 1, count)
        self.cells = self.cells * np.diff(self.knots_v)[:, None]
        whole = self.cells @ self._weights(np.ones(1), 1)[0]
        self.below = np.concatenate([np.zeros_like(whole[..., :1]), whole.cumsum(axis=2)], axis=2)

    def __call__(self, points: Any) -> Any:
        (i, across), (j, share) = (
            self._local(line, at)
            for line, at in zip((self.knots_u, self.knots_v), points.T, strict=True)
        )
        begun = np.einsum("nab,nb->na", self.cells[i, :, j], self._weights(share, 1))
        return np.einsum("na,na->n", self.below[i, :, j] + begun, self._weights(across, 0))

    def _places(self, line: Any) -> Any:
        return (line[:-1, None] + np.diff(line)[:, None] * self.nodes).ravel()

    def _local(self, line: Any, at: Any) -> tuple[Any, Any]:
        span = np.clip(np.searchsorted(line, at, side="right") - 1, 0, len(line) - 2)
        return span, (at - line[span]) / (line[span + 1] - line[span])

    def _weights(self, share: Any, order: int) -> Any:
        """(n, node): the nodes' Lagrange polynomials, or (1) their integrals from 0, at shares."""
        power = np.arange(len(self.nodes))
        rising = share[:, None] ** (power + order) / (power + 1.0) ** order
        return rising @ self.powers


def _flat_knots(knot: Any, repeats: Any, count: int) -> Any:
    numbers = range(1, count + 1)
    return np.repeat([knot(i) for i in numbers], [repeats(i) for i in numbers])


def _basis(knots: Any, degree: int, at: Any) -> tuple[Any, Any]:
    """(n, functions) twice: the B-splines and their slopes at places within spans (Cox–de Boor)."""

    def ratio(above: Any, width: Any) -> Any:
        return above / np.where(width > 0.0, width, np.inf)

    rows = ((knots[:-1] <= at[:, None]) & (at[:, None] < knots[1:])).astype(float)
    lower = rows
    for k in range(1, degree + 1):
        width = knots[k:] - knots[:-k]
        lower = ratio(rows, width)
        rising = (at[:, None] - knots[: -k - 1]) * lower[:, :-1]
        rows = rising + (knots[k + 1 :] - at[:, None]) * lower[:, 1:]
    return rows, degree * (lower[:, :-1] - lower[:, 1:])


def _read(source: str, target: str) -> dict[str, Any]:
    """A file's shape: its surface meshed, solids, faces, whether the kernel calls it valid."""
    import resource

    from OCP.BRepCheck import BRepCheck_Analyzer
    from OCP.IFSelect import IFSelect_RetDone
    from OCP.Message import Message
    from OCP.STEPControl import STEPControl_Reader
    from OCP.TopAbs import TopAbs_FACE, TopAbs_SOLID

    resource.setrlimit(resource.RLIMIT_AS, (READ_BYTES, READ_BYTES))
    for printer in list(Message.DefaultMessenger_s().Printers()):
        Message.DefaultMessenger_s().RemovePrinter(printer)
    reader = STEPControl_Reader()
    if reader.ReadFile(source) != IFSelect_RetDone or reader.TransferRoots() < 1:
        raise KernelRefused("the kernel cannot read it")
    shape = reader.OneShape()
    faces = _found(shape, TopAbs_FACE)
    if not faces:
        raise KernelRefused("it holds no face")
    small = _diagonal(shape) < SMALL_MM
    points, corners = _meshed(shape, faces, SMALL_DEFLECTION_MM if small else READ_DEFLECTION_MM)
    np.savez(target, vertices=points, triangles=corners)
    valid = bool(BRepCheck_Analyzer(shape).IsValid())
    return {"faces": len(faces), "solids": len(_found(shape, TopAbs_SOLID)), "valid": valid}


def _diagonal(shape: Any) -> float:
    """Of the shape's box, mm."""
    from OCP.Bnd import Bnd_Box
    from OCP.BRepBndLib import BRepBndLib

    box = Bnd_Box()
    BRepBndLib.Add_s(shape, box)
    return float(np.sqrt(box.SquareExtent()))


def _meshed(shape: Any, faces: list[Any], deflection: float) -> tuple[Any, Any]:
    """Vertices (n, 3) and outward triangles (m, 3) of the faces, each face by itself."""
    from OCP.BRep import BRep_Tool
    from OCP.BRepMesh import BRepMesh_IncrementalMesh
    from OCP.TopAbs import TopAbs_REVERSED
    from OCP.TopLoc import TopLoc_Location
    from OCP.TopoDS import TopoDS

    BRepMesh_IncrementalMesh(shape, deflection, False, 0.5, False)
    points, corners, start = [], [], 0
    for found in faces:
        face, place = TopoDS.Face_s(found), TopLoc_Location()
        mesh = BRep_Tool.Triangulation_s(face, place)
        if mesh is None:
            raise KernelRefused("the kernel cannot mesh a face")
        moved = place.Transformation()
        nodes = [mesh.Node(i).Transformed(moved) for i in range(1, mesh.NbNodes() + 1)]
        named = [mesh.Triangle(i).Get() for i in range(1, mesh.NbTriangles() + 1)]
        triangles = np.array(named) - 1
        if face.Orientation() == TopAbs_REVERSED:
            triangles = triangles[:, ::-1]
        points.append(np.array([(p.X(), p.Y(), p.Z()) for p in nodes]))
        corners.append(triangles + start)
        start += len(nodes)
    return np.concatenate(points), np.concatenate(corners)


def _found(shape: Any, kind: Any) -> list[Any]:
    from OCP.TopExp import TopExp_Explorer

    found, explorer = [], TopExp_Explorer(shape, kind)
    while explorer.More():
        found.append(explorer.Current())
        explorer.Next()
    return found


def _write(shape: Any, target: str, product_name: str, profile_zone: float) -> None:
    """AP242 in millimetres, with a header that carries neither time, person nor path.

    `profile_zone` (mm): width of the tolerance zone about the whole surface; 0: none.
    """
    from OCP.APIHeaderSection import APIHeaderSection_MakeHeader
    from OCP.IFSelect import IFSelect_RetDone
    from OCP.Interface import Interface_Static
    from OCP.Message import Message
    from OCP.StepBasic import StepBasic_Product
    from OCP.STEPCAFControl import STEPCAFControl_Writer
    from OCP.STEPControl import STEPControl_AsIs, STEPControl_Controller
    from OCP.TCollection import TCollection_HAsciiString as Text

    for printer in list(Message.DefaultMessenger_s().Printers()):
        Message.DefaultMessenger_s().RemovePrinter(printer)
    STEPControl_Controller.Init_s()
    # The schema and the unit count from the moment the writer is made.
    Interface_Static.SetCVal_s("write.step.schema", "AP242DIS")
    Interface_Static.SetCVal_s("write.step.unit", "MM")
    writer = STEPCAFControl_Writer()
    writer.SetDimTolMode(True)
    if not writer.Transfer(_document(shape, profile_zone), STEPControl_AsIs):
        raise KernelRefused("the kernel cannot translate the solid to STEP")
    model = writer.ChangeWriter().Model()
    for product in (model.Value(i) for i in range(1, model.NbEntities() + 1)):
        if isinstance(product, StepBasic_Product):  # the kernel appends a running number
            product.SetId(Text(product_name))
            product.SetName(Text(product_name))
    header = APIHeaderSection_MakeHeader(model)
    header.SetName(Text(product_name))
    header.SetTimeStamp(Text("1980-01-01T00:00:00"))
    header.SetAuthorValue(1, Text(""))
    header.SetOrganizationValue(1, Text(""))
    header.SetOriginatingSystem(Text("afo_designer"))
    header.SetAuthorisation(Text(""))
    header.SetDescriptionValue(1, Text("ankle-foot orthosis"))
    if writer.Write(target) != IFSelect_RetDone:
        raise KernelRefused("the kernel cannot write the file")


def _document(shape: Any, profile_zone: float) -> Any:
    """The kernel's document of one shape and, with a zone, the profile tolerance it bears."""
    from OCP.TCollection import TCollection_ExtendedString
    from OCP.TDocStd import TDocStd_Document
    from OCP.XCAFDimTolObjects import (
        XCAFDimTolObjects_GeomToleranceObject,
        XCAFDimTolObjects_GeomToleranceType,
    )
    from OCP.XCAFDoc import XCAFDoc_DocumentTool, XCAFDoc_GeomTolerance

    document = TDocStd_Document(TCollection_ExtendedString("XmlXCAF"))
    label = XCAFDoc_DocumentTool.ShapeTool_s(document.Main()).AddShape(shape, False)
    if profile_zone > 0.0:
        tool = XCAFDoc_DocumentTool.DimTolTool_s(document.Main())
        place = tool.AddGeomTolerance()
        tool.SetGeomTolerance(label, place)
        tolerance = XCAFDimTolObjects_GeomToleranceObject()
        kind = XCAFDimTolObjects_GeomToleranceType
        tolerance.SetType(kind.XCAFDimTolObjects_GeomToleranceType_ProfileOfSurface)
        tolerance.SetValue(profile_zone)
        XCAFDoc_GeomTolerance.Set_s(place).SetObject(tolerance)
    return document


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
