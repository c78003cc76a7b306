"""STEP read back: the solid that was written, in its place; and what is no STEP file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from afo_designer.formats import step_child, step_reading
from afo_designer.formats.step import StepFailed, StepUnavailable, write_step
from afo_designer.formats.step_reading import READ_DEFLECTION_MM, read_step
from afo_designer.geometry.distance import closest_points
from afo_designer.geometry.solid import BSplineSolid, closed_mesh


def test_the_chord_error_is_the_childs() -> None:
    assert step_reading.READ_DEFLECTION_MM == step_child.READ_DEFLECTION_MM


def test_what_was_written_is_read_where_it_was(
    bent_tube: Callable[..., BSplineSolid], tmp_path: Path
) -> None:
    solid, path = bent_tube(), tmp_path / "afo.step"
    try:
        report = write_step(solid, path, "a part")
    except StepUnavailable as missing:
        pytest.skip(str(missing))
    found, mesh = read_step(path), closed_mesh(solid)
    assert (found.solids, found.faces, found.valid) == (1, report.faces, True)
    assert found.mesh.volume == pytest.approx(mesh.volume, rel=2e-3)
    assert closest_points(found.mesh.vertices[::7], mesh)[1].max() < 0.06
    back = closest_points(mesh.vertices[::23], found.mesh)[1].max()
    assert back < READ_DEFLECTION_MM + 0.06
    cut = tmp_path / "cut.step"
    cut.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(StepFailed):
        read_step(cut)


@pytest.mark.parametrize("content", [b"", b"ISO-10303-21;", b"\0" * 100])
def test_what_is_no_step_file_fails_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "afo.step"
    path.write_bytes(content)
    with pytest.raises((StepFailed, StepUnavailable)) as failure:
        read_step(path)
    assert "\n" not in str(failure.value)
