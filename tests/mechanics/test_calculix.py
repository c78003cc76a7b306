"""The bench against an independent solver with solid elements, on one coarse part."""

import importlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from afo_designer.design.rig import shell_model
from afo_designer.mechanics.bench import Cuff, supports
from afo_designer.mechanics.stiffness import stiffness_of
from afo_designer.mechanics.sweep import sweep

FOLDER = Path(__file__).parents[2] / "benchmarks"
COARSE, COARSEST = 1.0, 0.4


@pytest.fixture(scope="module")
def benchmark():
    """A function that imports a module of the benchmark."""
    sys.path.insert(0, str(FOLDER))
    yield importlib.import_module
    sys.path.remove(str(FOLDER))


@pytest.fixture(scope="module")
def deck(benchmark):
    return benchmark("calculix_deck")


@pytest.fixture(scope="module")
def part(benchmark):
    parts = benchmark("calculix_parts")
    return parts.make_part(parts.LEGS[0], "posterior_leaf_spring", Path())


@pytest.fixture(scope="module")
def solid(benchmark, part):
    return benchmark("calculix_solids").solids(part, COARSE)


@pytest.fixture
def ccx(deck):
    if deck.available():
        pytest.skip(deck.available())
    return deck


@pytest.mark.parametrize("cuff", list(Cuff))
def test_a_part_is_as_stiff_in_solid_elements(ccx, part, solid, cuff):
    law, bench = part.elasticity, replace(part.bench, cuff=cuff)
    theirs, _ = ccx.linear_stiffness(solid, bench, law.youngs_modulus_mpa, law.poissons_ratio)
    ours = stiffness_of(shell_model(part.shell, bench, law, COARSE), bench)
    assert ours.stiffness_nm_per_deg == pytest.approx(theirs, rel=0.03)


def test_large_rotations_agree_with_solid_elements_both_ways(benchmark, ccx, part):
    law = part.elasticity
    solid = benchmark("calculix_solids").solids(part, COARSEST)
    curve = sweep(shell_model(part.shell, part.bench, law, COARSEST), part.bench, (-10, 10)).curve
    for angle, moment in zip(curve.angles_deg, curve.moments_nm, strict=True):
        if angle:
            theirs = ccx.run(
                solid,
                part.bench,
                law.youngs_modulus_mpa,
                law.poissons_ratio,
                np.radians(angle),
                nonlinear=True,
            )
            assert -moment == pytest.approx(theirs.moment / 1000.0, rel=0.05)


def test_solids_fill_the_wall_and_stand_upright(benchmark, part, solid):
    model = shell_model(part.shell, part.bench, part.elasticity, COARSE)
    mesh = model.mesh
    held = np.isin(np.arange(len(mesh.vertices)), supports(model, part.bench).clamped)
    clamped = np.concatenate([held[cells].all(axis=1) for cells in (mesh.quads, mesh.triangles)])
    whole = np.sum((mesh.areas * model.element_weight)[~clamped])
    kinds = {name: len(nodes) for name, nodes, _ in solid.blocks}
    assert kinds["C3D20R"] <= len(mesh.quads)
    assert kinds.get("C3D15", 0) <= len(mesh.triangles)
    total = 0.0
    for name, nodes, weight in solid.blocks:
        corners = 4 if name == "C3D20R" else 3
        low, high = solid.points[nodes[:, :corners]], solid.points[nodes[:, corners : 2 * corners]]
        middles = 0.5 * (low + high)
        edges = middles[:, 1] - middles[:, 0], middles[:, -1] - middles[:, 0]
        up = np.einsum("ij,ij->i", np.cross(*edges), (high - low)[:, 0])
        assert up.min() > 0.0
        if corners == 4:
            diagonals = middles[:, 2] - middles[:, 0], middles[:, 3] - middles[:, 1]
            total += 0.5 * np.linalg.norm(np.cross(*diagonals), axis=1) @ weight
        else:
            total += 0.5 * np.linalg.norm(np.cross(*edges), axis=1) @ weight
    assert total == pytest.approx(whole, rel=5e-3)


def test_mid_side_nodes_lie_on_the_curved_wall(part, solid):
    _, nodes, _ = solid.blocks[0]
    ends, between = nodes[:, [0, 1, 2, 3]], nodes[:, [8, 9, 10, 11]]
    p, q = solid.points[ends], solid.points[np.roll(ends, -1, axis=1)]
    off, edge = solid.points[between] - 0.5 * (p + q), q - p
    assert np.linalg.norm(off, axis=2).max() > 0.02  # the heel is round
    # an element folds where a mid-side node lies a quarter of the edge from its middle
    along = np.sum(off * edge, axis=2) / np.sum(edge**2, axis=2)
    assert np.abs(along).max() < 0.15


def test_clamp_and_band_hold_whole_fibres(part, solid):
    _, nodes, _ = solid.blocks[0]
    for held in (solid.clamp, solid.band):
        inside = np.zeros(len(solid.points), dtype=bool)
        inside[held] = True
        through = inside[nodes[:, [0, 4, 16]]]
        assert np.all(through == through[:, :1])
        assert 0 < inside.sum() < len(inside)
    assert not set(solid.clamp) & set(solid.band)
    assert len(part.bench.footplate_clamp) == 3


def test_cut_tetrahedra_keep_the_solid_and_lie_on_the_plane(benchmark):
    tets = benchmark("calculix_tetrahedra")
    from afo_designer.mechanics.bench import HalfSpace

    corners = np.array([[x, y, z] for x in (0, 2) for y in (0, 2) for z in (0, 2)], dtype=float)
    cells = np.array([[0, 4, 6, 7], [0, 6, 2, 7], [0, 2, 3, 7], [0, 3, 1, 7], [0, 1, 5, 7]])
    cells = np.vstack([cells, [[0, 5, 4, 7]]])
    mesh = tets.Tetrahedra(corners, cells, np.zeros_like(corners))
    plane = HalfSpace(np.array([0.9, 1.0, 1.0]), np.array([1.0, 0.2, -0.1]))
    kept = np.zeros(len(corners), dtype=np.int64)
    cut, side, _ = tets.cut(mesh, plane, kept)
    corner_sides = side[cut.cells]
    assert not np.any((corner_sides.min(axis=1) < 0) & (corner_sides.max(axis=1) > 0))
    assert np.abs(plane.depth(cut.points[side == 0])).max() < 1e-12
    points, quadratic, _, straightened = tets.quadratic(cut)
    assert straightened == 0
    assert tets.volume(points, quadratic) == pytest.approx(8.0, rel=1e-12)


def test_a_missing_solver_skips_with_a_sentence(benchmark, monkeypatch, capsys):
    command = benchmark("calculix")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "argv", ["calculix.py"])
    assert command.main() == 0
    assert "ccx is not on the path" in capsys.readouterr().out
