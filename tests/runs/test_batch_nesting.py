"""Nesting: every box once, inside the machine, none in another."""

import itertools

import numpy as np
import pytest

from afo_designer.runs.batch_nesting import GAP_MM, Box, Nesting, nest

VOLUME = (356.0, 280.0, 356.0)


def extents(box: Box, turned: bool) -> np.ndarray:
    length, width = (box.width, box.length) if turned else (box.length, box.width)
    return np.array([length, width, box.height])


def check(boxes: list[Box], done: Nesting, volume: tuple[float, ...]) -> None:
    by_name = {box.name: box for box in boxes}
    assert sorted([*(one.name for one in done.places), *done.too_large]) == sorted(by_name)
    spans = []
    for place in done.places:
        low = np.array(place.position_mm)
        high = low + extents(by_name[place.name], place.turned)
        assert (low >= 0.0).all()
        assert (high <= np.array(volume) + 1e-9).all()
        assert high[2] <= done.heights_mm[place.build - 1] + 1e-9
        spans.append((place.build, low, high))
    for (b, low, high), (c, other_low, other_high) in itertools.combinations(spans, 2):
        apart = (low >= other_high + GAP_MM - 1e-9) | (other_low >= high + GAP_MM - 1e-9)
        assert b != c or apart.any()


@pytest.mark.parametrize("layered", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_every_box_has_a_place_of_its_own(seed: int, layered: bool) -> None:
    sizes = np.random.default_rng(seed).uniform(20.0, 200.0, (40, 3))
    boxes = [Box(f"b{n}", *size) for n, size in enumerate(sizes)]
    done = nest(boxes, VOLUME, layered)
    check(boxes, done, VOLUME)
    assert done == nest(boxes[::-1], VOLUME, layered)
    assert not done.too_large


def test_by_hand() -> None:
    half = [Box(f"b{n}", 175.0, 135.0, 175.0) for n in range(9)]
    done = nest(half, VOLUME, layered=True)
    assert len(done.heights_mm) == 2  # 2 × 2 × 2 and one more
    assert done.heights_mm == (355.0, 175.0)
    assert len(nest(half, VOLUME, layered=False).heights_mm) == 3
    assert nest([], VOLUME, layered=True).heights_mm == ()


def test_a_box_is_turned_to_fit_and_never_tipped() -> None:
    done = nest([Box("long", 100.0, 340.0, 50.0), Box("high", 50.0, 50.0, 400.0)], VOLUME, True)
    assert [(one.name, one.turned) for one in done.places] == [("long", True)]
    assert done.too_large == ("high",)
