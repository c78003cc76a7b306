"""Cleaning a scan's surface, on shapes whose answer is known."""

import numpy as np
import pytest

from afo_designer.geometry.frame import Frame
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.cloud import sampled
from afo_designer.limb.snap import nearest_on_mesh
from afo_designer.limb.surface import leg_surface, outward, welded, without_spikes


def tube(around=40, along=30, radius=50.0, length=400.0, capped=False):
    turn = 2.0 * np.pi * np.arange(around) / around
    z = np.linspace(0.0, length, along)
    ring = radius * np.column_stack([np.cos(turn), np.sin(turn)])
    vertices = np.column_stack([np.tile(ring, (along, 1)), np.repeat(z, around)])
    row, column = np.meshgrid(np.arange(along - 1), np.arange(around), indexing="ij")
    a = (row * around + column).ravel()
    b = (row * around + (column + 1) % around).ravel()
    cells = np.vstack(
        [np.column_stack([a, b, b + around]), np.column_stack([a, b + around, a + around])]
    )
    return TriMesh(vertices, cells)


def test_tube_is_outward_to_begin_with():
    mesh = tube()
    centres = mesh.corners.mean(axis=1) * [1.0, 1.0, 0.0]
    assert np.all((centres * mesh.triangle_normals).sum(axis=1) > 0.0)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_outward_mends_any_mix_of_windings(step):
    mesh = tube()
    triangles = mesh.triangles.copy()
    triangles[::step] = triangles[::step, ::-1]
    mended = outward(TriMesh(mesh.vertices, triangles))
    assert mended.triangle_normals == pytest.approx(mesh.triangle_normals, abs=1e-12)


def test_weld_undoes_loose_triangles_and_doubles():
    mesh = tube()
    count = 3 * len(mesh.triangles)
    loose = TriMesh(mesh.corners.reshape(-1, 3), np.arange(count).reshape(-1, 3))
    doubled = TriMesh(loose.vertices, np.vstack([loose.triangles, loose.triangles[:50]]))
    joined = welded(doubled)
    assert len(joined.vertices) == len(mesh.vertices)
    assert len(joined.triangles) == len(mesh.triangles)
    assert joined.areas.sum() == pytest.approx(mesh.areas.sum())


def test_weld_leaves_a_sound_mesh_alone():
    mesh = tube()
    same = welded(mesh)
    assert np.array_equal(same.vertices, mesh.vertices)
    assert np.array_equal(same.triangles, mesh.triangles)


def test_spikes_are_drawn_back_and_edges_stay():
    mesh = tube()
    assert without_spikes(mesh)[1] == 0
    vertices = mesh.vertices.copy()
    vertices[[500, 700]] *= [1.5, 1.5, 1.0]
    mended, count = without_spikes(mesh.with_vertices(vertices))
    assert count == 2
    assert np.abs(mended.vertices - mesh.vertices).max() < 1.0


def test_floor_joined_to_a_tube_is_cut_away():
    mesh = tube(around=60, along=50)
    radii = np.linspace(50.0, 300.0, 30)
    turn = 2.0 * np.pi * np.arange(60) / 60
    rings = [np.column_stack([r * np.cos(turn), r * np.sin(turn), 0.0 * turn]) for r in radii]
    base = len(mesh.vertices)
    around = np.arange(60)
    cells = []
    for row in range(29):
        a = base + row * 60 + around
        b = base + row * 60 + (around + 1) % 60
        cells += [np.column_stack([a, a + 60, b + 60]), np.column_stack([a, b + 60, b])]
    whole = TriMesh(np.vstack([mesh.vertices, *rings]), np.vstack([mesh.triangles, *cells]))
    surface = leg_surface(whole)
    assert any("floor" in note for note in surface.notes)
    left = surface.pieces[0]
    assert np.linalg.norm(left.vertices[:, :2], axis=1).max() < 51.0
    assert left.vertices[:, 2].max() == 400.0


def horn():
    """A tube without any symmetry: tapering, bent, flattened, thicker on one side."""
    mesh = tube()
    x, y, z = mesh.vertices.T
    taper = 1.0 - 0.001 * z
    bent = np.column_stack([x * taper + 0.0005 * z**2, 0.7 * y * taper + 0.002 * x**2, z])
    return mesh.with_vertices(bent)


def test_sample_is_even():
    mesh = tube()
    cloud = sampled(mesh, 4000)
    assert np.abs(np.linalg.norm(cloud.points[:, :2], axis=1) - 50.0).max() < 0.5
    counts = np.histogram(cloud.points[:, 2], bins=8, range=(0.0, 400.0))[0]
    assert counts.min() > 0.9 * 500


def test_sample_is_blind_to_order_winding_pose_and_mirror():
    mesh = horn()
    points = sampled(mesh, 4000).points
    random = np.random.default_rng(3)
    faces = random.permutation(len(mesh.triangles))
    names = random.permutation(len(mesh.vertices))
    vertices = np.empty_like(mesh.vertices)
    vertices[names] = mesh.vertices
    shuffled = TriMesh(vertices, names[np.roll(mesh.triangles[faces], 1, axis=1)])
    motion = Frame.about_axis([10.0, 20.0, -30.0], [1.0, 2.0, -1.0], 2.0)
    moved = mesh.with_vertices(motion.apply(mesh.vertices))
    assert np.allclose(sampled(mesh.flipped(), 4000).points, points, atol=1e-6)
    assert np.allclose(sampled(shuffled, 4000).points, points, atol=1e-6)
    assert np.allclose(sampled(moved, 4000).points, motion.apply(points), atol=1e-6)
    mirrored = sampled(mesh.mirrored_y(), 4000).points
    assert np.allclose(mirrored * [1.0, -1.0, 1.0], points, atol=1e-6)


def test_nearest_on_mesh_of_a_square():
    square = TriMesh([[0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0]], [[0, 1, 2], [0, 2, 3]])
    points = np.array([[3.0, 2.0, 5.0], [-3.0, 5.0, 4.0], [13.0, 14.0, 0.0]])
    nearest, distance = nearest_on_mesh(square, points)
    assert nearest == pytest.approx(np.array([[3, 2, 0], [0, 5, 0], [10, 10, 0]], dtype=float))
    assert distance == pytest.approx([5.0, 5.0, 5.0])
