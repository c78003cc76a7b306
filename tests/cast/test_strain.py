"""Strain: known maps have known stretches; limits speak and refuse."""

import numpy as np
import pytest

from afo_designer.cast.strain import (
    LEAST,
    MOST,
    Strain,
    StrainRefused,
    check_strain,
    skin_strain,
    strain_notes,
)
from afo_designer.geometry.mesh import TriMesh


def sheet() -> TriMesh:
    x, y = np.meshgrid(np.linspace(0.0, 40.0, 9), np.linspace(0.0, 30.0, 7), indexing="ij")
    points = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    corner = (np.arange(8)[:, None] * 7 + np.arange(6)).ravel()
    quads = np.stack([corner, corner + 7, corner + 8, corner + 1], axis=1)
    return TriMesh(points, np.vstack([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]))


def normals(mesh: TriMesh) -> np.ndarray:
    return np.tile([0.0, 0.0, 1.0], (len(mesh.vertices), 1))


def test_a_stretched_sheet() -> None:
    """1.3 along x, 0.8 along y, 0.5 through it: these are the principal values, 0.52 the volume."""
    mesh = sheet()
    found = skin_strain(mesh, normals(mesh), lambda p: p * [1.3, 0.8, 0.5])
    np.testing.assert_allclose(found.most, 1.3, atol=1e-9)
    np.testing.assert_allclose(found.least, 0.8, atol=1e-9)
    np.testing.assert_allclose(found.volume, 0.52, atol=1e-9)
    assert found.area.sum() == pytest.approx(1200.0)


def test_simple_shear() -> None:
    """x + γ y: stretches √(1 + γ²/4) ± γ/2, whose product is one."""
    mesh, gamma = sheet(), 0.6
    found = skin_strain(mesh, normals(mesh), lambda p: p + gamma * p[:, [1]] * [1.0, 0.0, 0.0])
    np.testing.assert_allclose(found.most, np.sqrt(1.09) + 0.3, atol=1e-9)
    np.testing.assert_allclose(found.most * found.least, 1.0, atol=1e-9)


def test_a_rotation_strains_nothing() -> None:
    mesh = sheet()
    turn = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    found = skin_strain(mesh, normals(mesh), lambda p: p @ turn.T + 5.0)
    for values in (found.least, found.most, found.volume):
        np.testing.assert_allclose(values, 1.0, atol=1e-9)


def strained(least: float, most: float, area: float = 500.0, volume: float = 1.0) -> Strain:
    """Strained skin of an area beside ten times as much at rest."""
    ones = np.ones(10)
    return Strain(
        least=np.append(ones, least),
        most=np.append(ones, most),
        volume=np.append(ones, volume),
        area=np.append(ones * area, area),
    )


def test_mild_strain_says_nothing() -> None:
    assert strain_notes(strained(LEAST[0] + 0.01, MOST[0] - 0.01)) == []


@pytest.mark.parametrize(("least", "most"), [(LEAST[0] - 0.01, 1.0), (1.0, MOST[0] + 0.01)])
def test_much_strain_is_said(least: float, most: float) -> None:
    strain = strained(least, most)
    check_strain(strain)
    assert "new scan" in strain_notes(strain)[0]


@pytest.mark.parametrize(
    ("least", "most", "volume"),
    [(LEAST[1] - 0.01, 1.0, 1.0), (1.0, MOST[1] + 0.01, 1.0), (1.0, 1.0, -0.1)],
)
def test_too_much_strain_and_folds_are_refused(least: float, most: float, volume: float) -> None:
    with pytest.raises(StrainRefused, match="scan the leg nearer"):
        check_strain(strained(least, most, volume=volume))


def test_a_spot_is_forgiven() -> None:
    assert strain_notes(strained(0.1, 3.0, area=50.0)) == []
