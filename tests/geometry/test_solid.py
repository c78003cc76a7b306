"""The closed mesh of a trimmed shell: topology, orientation, volume, accuracy, symmetry."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from afo_designer.geometry.bspline import BSplineSurface, clamped_knots, fit_surface
from afo_designer.geometry.intersection import self_intersections
from afo_designer.geometry.solid import MOST_TURN, BSplineSolid, RimLoop, closed_mesh


def plate(thickness: float, flip: bool = False) -> tuple[BSplineSurface, BSplineSurface]:
    """Two parallel planes; θ is a length in the plane, scaled to 40 mm per radian."""
    s, theta = np.linspace(0.0, 100.0, 30), np.linspace(-1.0, 1.0, 20)
    knots = clamped_knots(0.0, 100.0, 5), clamped_knots(-1.0, 1.0, 4)
    y = (-40.0 if flip else 40.0) * theta
    low = np.stack(np.broadcast_arrays(s[:, None], y[None, :], 0.0), axis=-1)
    faces = [fit_surface(s, theta, low + np.array([0.0, 0.0, z]), *knots) for z in (0.0, thickness)]
    return faces[0], faces[1]


def circle(s: float, y: float, radius: float, hole: bool = False) -> RimLoop:
    t = np.linspace(0.0, 2.0 * np.pi, 200, endpoint=False)
    return RimLoop(np.column_stack([s + radius * np.cos(t), (y + radius * np.sin(t)) / 40.0]), hole)


@pytest.mark.parametrize("flip", [False, True])
def test_round_plate_with_a_hole_has_the_volume_of_pappus(flip: bool) -> None:
    h, big, small = 4.0, 30.0, 8.0
    solid = BSplineSolid(
        *plate(h, flip), (circle(50.0, 0.0, big), circle(50.0, 5.0, small, hole=True))
    )
    # Half-round bands: area π h²/8, centroid 2h/(3π) beyond the rim (Pappus).
    band = np.pi * h**2 / 8.0
    reach = 2.0 * h / (3.0 * np.pi)
    outer_ring = 2.0 * np.pi * (big + reach) * band
    inner_ring = 2.0 * np.pi * (small - reach) * band
    exact = np.pi * (big**2 - small**2) * h + outer_ring + inner_ring
    mesh = closed_mesh(solid, chord_mm=0.01)
    assert mesh.is_closed
    assert mesh.volume == pytest.approx(exact, rel=1e-3)
    assert solid.is_right_handed is not flip


@pytest.mark.parametrize("lateral", [1.0, -1.0])
@pytest.mark.parametrize("thickness", [2.0, 6.0])
def test_shell_mesh_is_closed_outward_and_well_shaped(bent_tube, lateral, thickness) -> None:
    mesh = closed_mesh(bent_tube(lateral, thickness))
    assert mesh.is_closed
    assert len(mesh.vertices) - len(mesh.triangles) // 2 == 2 - 2 * 2  # two slots
    assert mesh.volume > 0.0
    assert mesh.component_of_vertex.max() == 0
    assert len(mesh.triangles) <= 250_000
    sides = np.linalg.norm(mesh.corners - np.roll(mesh.corners, 1, axis=1), axis=-1)
    quality = 4.0 * np.sqrt(3.0) * mesh.areas / np.sum(sides**2, axis=1)
    assert quality.min() > 0.1
    # Neighbours never fold back on each other.
    assert _sharpest_turn(mesh) > -0.5


def test_volume_does_not_depend_on_the_cells(bent_tube) -> None:
    solid = bent_tube()
    coarse, fine = closed_mesh(solid), closed_mesh(solid, cell_mm=1.2, chord_mm=0.01)
    assert coarse.volume == pytest.approx(fine.volume, rel=1e-3)
    assert len(fine.triangles) <= 500_000


def test_chords_stay_within_the_tolerance(bent_tube) -> None:
    solid = bent_tube(thickness=3.0)
    chord = 0.05  # contract
    corners = closed_mesh(solid, chord_mm=chord).corners[::11]
    measured = 0
    for face in (solid.inner, solid.outer):
        on_face = _distance(face, corners.reshape(-1, 3)).reshape(-1, 3).max(axis=1) < 1e-5
        own = corners[on_face]
        measured += len(own)
        for probes in (own.mean(axis=1), 0.5 * (own[:, 0] + own[:, 2])):
            assert _distance(face, probes).max() <= chord
    assert measured > 0.6 * len(corners)  # the rest belongs to the rims


def test_mirrored_limb_gives_the_mirror_mesh(bent_tube) -> None:
    right, left = closed_mesh(bent_tube(1.0)), closed_mesh(bent_tube(-1.0))
    np.testing.assert_allclose(right.vertices * [1.0, -1.0, 1.0], left.vertices, atol=1e-9)
    np.testing.assert_array_equal(right.triangles[:, ::-1], left.triangles)


def test_rim_is_a_half_circle_tangent_to_both_faces(bent_tube) -> None:
    solid = bent_tube(thickness=4.0)
    loop = solid.loops[0]
    curve = solid.rim_curve(loop)
    grid = solid.rim(curve, curve.x[:-1], 64)
    s, theta = loop.material_on_left.T
    np.testing.assert_allclose(grid[:, 0], solid.inner(s, theta), atol=1e-9)
    np.testing.assert_allclose(grid[:, -1], solid.outer(s, theta), atol=1e-9)
    middle = 0.5 * (grid[:, 0] + grid[:, -1])
    radius = np.linalg.norm(grid - middle[:, None], axis=-1)
    np.testing.assert_allclose(radius, 2.0, atol=0.03)  # the offset surface is itself a fit
    leaving = grid[:, 1] - grid[:, 0]
    leaving = leaving / np.linalg.norm(leaving, axis=1, keepdims=True)
    rise = np.einsum("ij,ij->i", leaving, solid.inner.normal(s, theta))
    assert np.abs(rise).max() < 0.05
    parameters = loop.material_on_left
    beyond = parameters + 0.005 * (parameters - parameters.mean(axis=0))
    bulge = np.einsum("ij,ij->i", grid[:, 32] - middle, solid.middle(beyond) - middle)
    assert bulge.min() > 0.0


def test_round_of_a_hole_narrower_than_the_wall_is_flattened() -> None:
    thickness, small = 8.0, 3.0
    loops = (circle(50.0, 0.0, 30.0), circle(50.0, 0.0, small, hole=True))
    solid = BSplineSolid(*plate(thickness), loops)
    outer, hole = (solid.rim_curve(loop) for loop in loops)
    np.testing.assert_array_equal(outer(outer.x)[:, 2], 1.0)  # its round stands out in full
    rim = solid.rim(hole, hole.x[:-1], 8)
    tip = np.linalg.norm(rim[:, 4, :2] - [50.0, 0.0], axis=1)
    # a half round of 4 mm round a hole of 3 would reach beyond its middle
    np.testing.assert_allclose(tip, (1.0 - MOST_TURN) * small, atol=0.1)
    mesh = closed_mesh(solid)
    assert mesh.is_closed
    assert len(self_intersections(mesh)) == 0


def test_direction_of_a_loop_does_not_matter() -> None:
    first = BSplineSolid(*plate(3.0), (circle(50.0, 0.0, 30.0), circle(50.0, 0.0, 9.0, True)))
    turned = tuple(RimLoop(loop.parameters[::-1], loop.hole) for loop in first.loops)
    second = BSplineSolid(first.inner, first.outer, turned)
    assert closed_mesh(second).volume == pytest.approx(closed_mesh(first).volume, rel=1e-6)


def test_loops_outside_the_chart_are_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        BSplineSolid(*plate(3.0), (circle(80.0, 0.0, 30.0),))
    with pytest.raises(ValueError, match="outer loop first"):
        BSplineSolid(*plate(3.0), (circle(50.0, 0.0, 30.0, hole=True),))


def _sharpest_turn(mesh) -> float:
    """The lowest cosine between the normals of neighbouring triangles."""
    edges = mesh.edges
    owner = np.repeat(np.arange(len(mesh.triangles)), 3)
    order = np.lexsort(np.sort(edges, axis=1).T)
    pairs = owner[order].reshape(-1, 2)
    normals = mesh.triangle_normals
    return float(np.einsum("ij,ij->i", normals[pairs[:, 0]], normals[pairs[:, 1]]).min())


def _distance(face: BSplineSurface, points: np.ndarray) -> np.ndarray:
    """Distance to a face: nearest sample, then three Gauss-Newton steps."""
    (s_low, s_high), (t_low, t_high) = face.domain
    s, theta = np.linspace(s_low, s_high, 300), np.linspace(t_low, t_high, 200)
    start = np.stack(np.meshgrid(s, theta, indexing="ij"), axis=-1).reshape(-1, 2)
    at = start[cKDTree(face.grid(s, theta).reshape(-1, 3)).query(points)[1]]
    for _ in range(3):
        J = np.stack([face(*at.T, ds=1), face(*at.T, dtheta=1)], axis=-1)
        gap = points - face(*at.T)
        normal_matrix = np.swapaxes(J, 1, 2) @ J
        at = at + np.linalg.solve(normal_matrix, np.swapaxes(J, 1, 2) @ gap[..., None])[..., 0]
    return np.linalg.norm(points - face(*at.T), axis=1)
