"""The mark: where it is written, which way it reads, and when it is refused."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from known_shells import made
from scipy.spatial import cKDTree

from afo_designer.shell.glyphs import CAP, WIDTH, alphabet, outlines, text_length
from afo_designer.shell.mark import KEEP_MM, Lettering, Mark, MarkRefused, wall_under
from afo_designer.shell.parameters import Marking
from afo_designer.shell.shell import Shell, marked

LEAF, LOW = "posterior_leaf_spring", "supramalleolar"
TEXT = "A1B2C3D4L"


def lettered(who: str, family: str = LEAF, text: str = TEXT, **marking: object) -> Shell:
    changed = replace(Marking(), **marking)  # type: ignore[arg-type]
    return marked(made(who, family).shell, Lettering(text, changed))


def mark_of(shell: Shell) -> Mark:
    assert shell.mark is not None
    return shell.mark


def test_every_figure_and_both_sides_have_a_glyph_with_wide_strokes() -> None:
    assert set(alphabet()) == set("0123456789ABCDEFLR")
    for glyph in alphabet():
        outline, *counters = outlines(glyph)
        assert outline.min() >= 0.0
        assert outline[:, 0].max() <= WIDTH
        assert outline[:, 1].max() == CAP
        for counter in counters:
            assert np.ptp(counter, axis=0).min() >= 1.0
            # no stroke is thinner than nine tenths of one stroke
            after = np.roll(outline, -1, axis=0)
            share = np.linspace(0.0, 1.0, 40)[:, None, None]
            ring = (outline + share * (after - outline)).reshape(-1, 2)
            assert cKDTree(ring).query(counter)[0].min() >= 0.9


@pytest.mark.parametrize("who", ["man", "mirrored man"])
@pytest.mark.parametrize(("family", "place"), [(LEAF, "calf"), (LEAF, "calf_round"), (LOW, "calf")])
def test_it_reads_from_left_to_right_from_outside(who: str, family: str, place: str) -> None:
    shell = lettered(who, family, place=place)
    mark, face = mark_of(shell), shell.outer_surface
    patches = [patch for _, patch in mark.patches(face, shell.chart.outward)]
    for one, after in pairwise(patches):
        step = after.origin - one.origin
        assert step @ one.first == pytest.approx(4.0, abs=0.15)  # five strokes of 0.8 mm
        assert abs(step @ one.second) < 0.4
        # seen from outside, up is left of the direction of reading: letters are no mirror images
        outwards = one.origin - shell.chart.spine.centre(one.at[0])
        assert np.cross(one.first, one.second) @ outwards > 0.0


def test_a_mirrored_leg_is_marked_at_the_mirrored_place() -> None:
    one, twin = (mark_of(lettered(who)) for who in ("man", "mirrored man"))
    np.testing.assert_allclose(one.places, twin.places, atol=1e-4)


def test_it_keeps_from_edges_and_slots() -> None:
    shell = lettered("man", cap_mm=5.0)
    places = shell.chart.point(*mark_of(shell).places.T)
    for loop in (shell.trim.boundary, *(opening.loop for opening in shell.openings)):
        gap = cKDTree(shell.chart.point(*loop.T)).query(places)[0].min()
        assert gap >= KEEP_MM + 2.5


def test_letters_are_as_large_as_asked() -> None:
    shell = lettered("man", text="8", cap_mm=6.0)
    face = shell.outer_surface
    (relief,) = mark_of(shell).reliefs(face, shell.chart.outward)
    corners = face(*relief.contours[0].T)
    ((_, patch),) = mark_of(shell).patches(face, shell.chart.outward)
    drawn = (corners - patch.origin) @ np.column_stack([patch.first, patch.second])
    np.testing.assert_allclose(np.ptp(drawn, axis=0), [6.0 * WIDTH / CAP, 6.0], atol=1e-6)


def test_sunk_letters_leave_less_wall() -> None:
    raised, sunk = lettered("man"), lettered("man", style="engraved", depth_mm=0.8)
    plain = wall_under(mark_of(raised), raised.thickness)
    assert wall_under(mark_of(sunk), sunk.thickness) == pytest.approx(plain - 0.8)
    assert lettered("man", style="none").mark is None


def test_a_text_that_does_not_fit_is_refused_with_both_lengths() -> None:
    asked = text_length(TEXT, 10.0)
    with pytest.raises(MarkRefused, match=rf"is {asked:.1f} mm long .* has room for \d\d\.\d mm"):
        lettered("man", LOW, cap_mm=10.0, place="calf_lateral")


def test_a_letter_without_a_glyph_is_refused() -> None:
    with pytest.raises(MarkRefused, match="'A1 B2' cannot be written"):
        lettered("man", text="A1 B2")


def test_nothing_is_written_in_a_sharp_hollow() -> None:
    """Where hollows bear little more than the wall, the mark goes elsewhere or is refused."""
    shell = made("man", "solid").shell
    mark = marked(shell, Lettering("A7L", Marking())).mark
    ceiling = shell.thickness.ceiling
    assert mark is not None
    assert ceiling is not None
    low = replace(
        ceiling, most=np.full_like(ceiling.most, 1.1 * shell.parameters.calf.thickness_mm)
    )
    hollow = replace(shell, mark=None, thickness=replace(shell.thickness, ceiling=low))
    with pytest.raises(MarkRefused, match=r"has room for 0\.0 mm"):
        marked(hollow, Lettering("A7L", Marking()))
