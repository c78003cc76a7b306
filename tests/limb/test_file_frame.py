"""File frames: rigid but for the unit, never mirrored, the limb frame by default."""

import numpy as np
import pytest

from afo_designer.limb.file_frame import FileFrame, file_matrix


def matrix(seed: int = 1, **values: object) -> np.ndarray:
    return file_matrix(FileFrame(**values), np.random.default_rng(seed))


def test_by_default_the_file_has_the_limb_frame() -> None:
    assert np.array_equal(matrix(), np.eye(4))


@pytest.mark.parametrize(("unit", "mm"), [("mm", 1.0), ("cm", 10.0), ("m", 1000.0), ("inch", 25.4)])
@pytest.mark.parametrize("axes", ["z_up", "y_up", "x_up", "z_down"])
@pytest.mark.parametrize("pose", ["limb", "random"])
def test_a_file_is_the_leg_moved_and_scaled(unit: str, mm: float, axes: str, pose: str) -> None:
    turn = matrix(unit=unit, axes=axes, pose=pose)[:3, :3] * mm
    assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("axes", "up"),
    [("z_up", [0, 0, 1]), ("y_up", [0, 1, 0]), ("x_up", [1, 0, 0]), ("z_down", [0, 0, -1])],
)
def test_axes_say_which_way_is_up(axes: str, up: list[int]) -> None:
    assert np.array_equal(matrix(axes=axes)[:3, :3] @ [0.0, 0.0, 1.0], up)


def test_distance_is_in_millimetres_whatever_the_unit() -> None:
    far = matrix(distance_mm=9000.0, unit="m")
    assert np.linalg.norm(far[:3, 3]) == pytest.approx(9.0)


def test_poses_are_drawn_by_seed() -> None:
    assert np.array_equal(matrix(3, pose="random"), matrix(3, pose="random"))
    assert not np.allclose(matrix(3, pose="random"), matrix(4, pose="random"))
