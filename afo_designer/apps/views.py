"""The views an orthotist judges a shape from: lateral, medial, posterior, plantar, three-quarter.

Limb frame: +x anterior, +y the person's left, +z proximal. Every picture of one call has the same
scale and, unless told otherwise, a bar that shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.apps.axes import signed, ticks
from afo_designer.apps.render import (
    Camera,
    ColourScale,
    Image,
    Layer,
    ghost,
    png_bytes,
    render_alike,
    render_many,
)
from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.scan import Side

VIEWS = ("lateral", "medial", "posterior", "plantar")
THREE_QUARTER = "three_quarter"
OUTSIDE = ("posterior", "lateral", "medial")
INSIDE = ("front_lateral", "front", "front_medial")
FOOTER_MM = 20.0
_MARGIN_MM = 5.0
_INK = (45, 50, 58)


def directions(side: Side | str) -> Mapping[str, tuple[FloatArray, FloatArray]]:
    """View name → (from the eye into the scene, up), limb frame.

    The lateral side is −y on a right leg, +y on a left one. The posterior view has the person's
    right at its right edge; the plantar view has the toes at its top.
    """
    lateral = Side(side).lateral_y
    up = np.array([0.0, 0.0, 1.0])
    return {
        "lateral": (np.array([0.0, -lateral, 0.0]), up),
        "medial": (np.array([0.0, lateral, 0.0]), up),
        "posterior": (np.array([1.0, 0.0, 0.0]), up),
        "plantar": (np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0])),
        "front": (np.array([-1.0, 0.0, -0.25]), up),
        "front_lateral": (np.array([-0.75, -0.66 * lateral, -0.25]), up),
        "front_medial": (np.array([-0.75, 0.66 * lateral, -0.25]), up),
        THREE_QUARTER: (np.array([0.62, -0.70 * lateral, -0.35]), up),
    }


def four_views(
    layers: Sequence[Layer],
    side: Side | str,
    mm_per_px: float = 0.4,
    three_quarter: bool = False,
    bounds: FloatArray | None = None,
    scale_bar: bool = True,
    names: Sequence[str] = VIEWS,
) -> dict[str, Image]:
    """Pictures by view name, all at `mm_per_px`.

    `bounds` (2, 3) in mm limits what is shown, by default everything in `layers`;
    `three_quarter` adds a view from behind, above and lateral; `names` chooses among the views.
    A mirrored limb of the other side gives the mirrored pictures (but for the bar's lettering).
    """
    wanted = [*names, THREE_QUARTER] if three_quarter else list(names)
    images = render_many(layers, _shots(layers, side, mm_per_px, wanted, bounds))
    if scale_bar:
        images = [with_scale_bar(image, mm_per_px) for image in images]
    return dict(zip(wanted, images, strict=True))


def _shots(
    layers: Sequence[Layer],
    side: Side | str,
    mm_per_px: float,
    names: Sequence[str],
    bounds: FloatArray | None,
) -> list[tuple[Camera, tuple[int, int]]]:
    """Cameras that see all of `bounds`, by default of the layers, and the size in px."""
    if bounds is None:
        each = np.array([layer.mesh.bounds for layer in layers])
        bounds = np.array([each[:, 0].min(axis=0), each[:, 1].max(axis=0)])
    corners = np.array(np.meshgrid(*np.transpose(bounds))).reshape(3, -1).T
    shots = []
    for name in names:
        forward, up = directions(side)[name]
        camera = Camera(forward, up, corners.mean(axis=0), mm_per_px, side == "left")
        reach = np.abs((corners - camera.centre) @ camera.axes[:2].T).max(axis=0) + _MARGIN_MM
        width, height = (8 * int(np.ceil(2.0 * mm / mm_per_px / 8.0)) for mm in reach)
        shots.append((camera, (width, height)))
    return shots


@dataclass(frozen=True, slots=True)
class Maps:
    """Coloured layers by name, of one mesh, over a common `ground`, seen from `views`."""

    coloured: Mapping[str, Layer]
    views: Sequence[str] = OUTSIDE
    ground: tuple[Layer, ...] = ()


def sheet_pictures(
    shell: TriMesh,
    limb: TriMesh | None,
    side: Side | str,
    maps: Sequence[Maps],
    mm_per_px: float = 0.4,
) -> dict[str, bytes]:
    """Every picture of the sheet as PNG: the four views with the limb ghosted, and the `maps`.

    The limb is shown to 40 mm above the shell, the maps without it.
    """
    bounds = shell.bounds
    layers = [Layer(shell)]
    if limb is not None:
        layers.append(ghost(limb))
        low, high = np.minimum(bounds[0], limb.bounds[0]), np.maximum(bounds[1], limb.bounds[1])
        high[2] = min(high[2], bounds[1, 2] + 40.0)
        bounds = np.array([low, high])
    views = four_views(layers, side, mm_per_px, bounds=bounds)
    pictures = {name: png_bytes(image) for name, image in views.items()}
    for one in maps:
        drawn = map_pictures(one, side, 1.5 * mm_per_px)
        pictures |= {name: png_bytes(image) for name, image in drawn.items()}
    return pictures


def fitted_scale(
    values: ArrayLike, label: str, unit: str, palette: str = "viridis_r"
) -> ColourScale:
    """A scale with round ends around the middle 98 % of the finite `values`."""
    array = np.asarray(values, dtype=np.float64)
    array = array[np.isfinite(array)]
    if not len(array):
        return ColourScale(label, unit, 0.0, 1.0, palette)
    low, high = (float(end) for end in np.percentile(array, [1.0, 99.0]))
    room = max(0.25 * (high - low), 0.02 * abs(high), 1e-6)
    while True:
        marks = ticks(low - room, high + room, 12)
        below = [mark for mark in marks if mark <= low + 1e-9]
        above = [mark for mark in marks if mark >= high - 1e-9 and mark not in below[-1:]]
        if below and above:
            return ColourScale(label, unit, below[-1], above[0], palette)
        room *= 2.0


def with_scale_bar(image: Image, mm_per_px: float) -> Image:
    """`image` with a footer that holds a bar of 10, 20 or 50 mm and its length in figures."""
    footer = max(18, round(FOOTER_MM / mm_per_px))
    room = 0.45 * image.shape[1] * mm_per_px
    length = max((mm for mm in (10, 20, 50) if mm <= room), default=10)
    canvas = np.full((image.shape[0] + footer, *image.shape[1:]), 255, dtype=np.uint8)
    canvas[: image.shape[0]] = image
    bar = max(2, footer // 14)
    left, top = footer // 4, image.shape[0] + footer // 4
    right = min(left + round(length / mm_per_px), image.shape[1])
    canvas[top : top + bar, left:right] = _INK
    for end in (left, right - bar):
        canvas[top - bar : top + 2 * bar, end : end + bar] = _INK
    return lettered(canvas, f"{length} mm", (left, top + 3 * bar), round(0.42 * footer))


def map_pictures(maps: Maps, side: Side | str, mm_per_px: float = 0.6) -> dict[str, Image]:
    """By name: views of a coloured shell in one row over the bar that explains the colours.

    Raises `ValueError` for a layer without a colour scale and for layers of several meshes.
    """
    if not maps.coloured:
        return {}
    sets = [[layer, *maps.ground] for layer in maps.coloured.values()]
    shots = _shots(sets[0], side, mm_per_px, maps.views, None)
    pictures = {}
    for (name, layer), images in zip(maps.coloured.items(), render_alike(sets, shots), strict=True):
        if layer.scale is None:
            raise ValueError(f"the map {name!r} has no colour scale")
        row = side_by_side(dict(zip(maps.views, images, strict=True)), round(4.0 / mm_per_px))
        pictures[name] = with_colour_bar(row, layer.scale)
    return pictures


def with_colour_bar(image: Image, scale: ColourScale) -> Image:
    """`image` with a footer: the scale's colours from low to high, figures, label and unit."""
    width = image.shape[1]
    letters = max(12, width // 26)
    margin, bar = letters * 2, letters
    footer = bar + round(3.9 * letters)
    canvas = np.full((image.shape[0] + footer, width, 3), 255, dtype=np.uint8)
    canvas[: image.shape[0]] = image
    top = image.shape[0] + letters // 2
    values = np.linspace(scale.low, scale.high, width - 2 * margin)
    canvas[top : top + bar, margin : width - margin] = np.rint(scale.colours(values) * 255.0)
    span = max(scale.high - scale.low, 1e-12)
    for value in ticks(scale.low, scale.high, 5):
        x = margin + round((value - scale.low) / span * (width - 2 * margin - 1))
        canvas[top + bar : top + bar + letters // 4, x] = _INK
        place = (x, top + bar + letters // 4)
        canvas = lettered(canvas, signed(value), place, letters, centred=True)
    place = (width // 2, top + bar + round(1.5 * letters))
    unit = f", {scale.unit}" if scale.unit else ""
    return lettered(canvas, f"{scale.label}{unit}", place, letters, centred=True)


def lettered(
    image: Image, words: str, place: tuple[int, int], size_px: int, centred: bool = False
) -> Image:
    """`image` with `words`, their upper left corner (or upper middle) at `place` (right, down)."""
    from matplotlib import get_data_path
    from PIL import Image as Pillow
    from PIL import ImageDraw, ImageFont

    picture = Pillow.fromarray(image)
    # The font that comes with matplotlib: the same letters on every machine.
    font = ImageFont.truetype(
        f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf", size_px, layout_engine=ImageFont.Layout.BASIC
    )
    anchor = "ma" if centred else "la"
    ImageDraw.Draw(picture).text(place, words, fill=_INK, font=font, anchor=anchor)
    return np.array(picture)


def side_by_side(images: Mapping[str, Image], gap_px: int = 24) -> Image:
    """All pictures in one row, bottoms aligned."""
    pictures = list(images.values())
    height = max(picture.shape[0] for picture in pictures)
    width = sum(picture.shape[1] for picture in pictures) + gap_px * (len(pictures) - 1)
    sheet = np.full((height, width, 3), 255, dtype=np.uint8)
    left = 0
    for picture in pictures:
        sheet[height - picture.shape[0] :, left : left + picture.shape[1]] = picture
        left += picture.shape[1] + gap_px
    return sheet
