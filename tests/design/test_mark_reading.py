"""Reading the mark back: every glyph, on either leg, raised and sunk; and what is no glyph."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from known_shells import made

from afo_designer.design.mark_reading import AGREEMENT, _drawn, _samples, read_mark
from afo_designer.design.part import Part
from afo_designer.geometry.solid import closed_mesh
from afo_designer.shell.glyphs import alphabet, outlines
from afo_designer.shell.hinged import shell_parts
from afo_designer.shell.mark import Lettering, Mark
from afo_designer.shell.parameters import Marking
from afo_designer.shell.shell import marked

LEAF = "posterior_leaf_spring"


def part_with(who: str, text: str, family: str = LEAF, style: str = "raised") -> Part:
    shell = marked(made(who, family).shell, Lettering(text, replace(Marking(), style=style)))
    solid = shell.solid
    return Part("", shell, solid, closed_mesh(solid), 0)


def mark_of(part: Part) -> Mark:
    assert part.shell.mark is not None
    return part.shell.mark


@pytest.mark.parametrize(
    ("who", "family", "text", "style"),
    [
        ("man", LEAF, "01234567L", "raised"),
        ("mirrored man", LEAF, "89ABCDEFR", "raised"),
        ("man", LEAF, "89ABCDEFR", "engraved"),
        ("man", "supramalleolar", "3B8D0E69L", "raised"),
    ],
)
def test_what_is_written_is_read(who: str, family: str, text: str, style: str) -> None:
    part = part_with(who, text, family, style)
    assert part.mesh.is_closed
    assert read_mark(part, mark_of(part)) == text


@pytest.mark.parametrize(("who", "text"), [("man", "89ABCDEFR"), ("child", "0123B8D4L")])
def test_the_foot_part_of_a_hinged_one_is_marked_as_well(who: str, text: str) -> None:
    shell = marked(made(who, "hinged").shell, Lettering(text, Marking()))
    (_, calf), (_, foot) = shell_parts(shell)
    assert calf.mark is shell.mark
    solid = foot.solid
    part = Part("foot", foot, solid, closed_mesh(solid), 0)
    assert part.mesh.is_closed
    assert mark_of(part).text == text
    assert read_mark(part, mark_of(part)) == text
    # not under the sole, where it would be walked away
    assert part.solid.outer(*mark_of(part).places.T)[:, 2].min() > 2.0


def test_the_letters_volume_is_their_area_times_their_height() -> None:
    bare = closed_mesh(made("man", LEAF).shell.solid).volume
    area = 0.0
    for glyph in "80AFL":
        for number, contour in enumerate(outlines(glyph)):
            x, y = contour.T
            signed = abs(0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)))
            area += 0.8**2 * (signed if number == 0 else -signed)
    assert part_with("man", "80AFL").mesh.volume - bare == pytest.approx(area, rel=0.03)


def test_a_part_without_its_mark_is_not_read() -> None:
    part = part_with("man", "01234567L")
    bare = replace(part, mesh=closed_mesh(made("man", LEAF).shell.solid))
    assert set(read_mark(bare, mark_of(part))) == {"?"}


def test_no_two_glyphs_are_so_alike_that_one_may_be_read_as_the_other() -> None:
    x, y = _samples()
    ink = {glyph: _drawn(glyph, x, y) for glyph in alphabet()}
    for one in alphabet():
        for other in set(alphabet()) - {one}:
            assert np.mean(ink[one] == ink[other]) < AGREEMENT
