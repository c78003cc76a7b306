"""The orthotist's sheet: one self-contained HTML file, and the same as PDF.

Both print what `sheet.sheet_content` says; HTML through jinja2 (everything escaped), PDF through
typst (text from JSON, never markup). No date, no host, no system font: the same bytes every time.
"""

from __future__ import annotations

import base64
import json
import struct
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from afo_designer.apps.sheet import sheet_content

TEMPLATES = Path(__file__).parent / "sheets"
PAGE_WIDTH_MM = 190.0
VIEWS_HEIGHT_MM = 100.0
VIEWS_HEIGHT_UNDER_BANNER_MM = 72.0
MAPS_HEIGHT_MM, SKIN_MAPS_HEIGHT_MM = 50.0, 64.0
# Warnings and checks from which the last page needs the room.
MANY = 9
CHARTS = ("chart", "interval_chart", "wall_chart")
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"


def report_html(record: Mapping[str, Any], images: Mapping[str, bytes]) -> str:
    """One HTML file, printable on A4, that needs nothing beside itself.

    `record`: design.json's content, any part of which may be absent. `images`: PNG bytes by name
    (lateral, medial, posterior, plantar; thickness, clearance, stress), any of them absent.
    """
    content = sheet_content(record, images)
    return html_page("sheet.html", sheet=content, **_pictures(content, images))


def report_pdf(record: Mapping[str, Any], images: Mapping[str, bytes]) -> bytes:
    """The sheet as PDF by typst, with the fonts that come with matplotlib and typst."""
    content = sheet_content(record, images)
    placed = _pictures(content, images)
    for pictures in placed.values():
        for picture in pictures:
            del picture["uri"]
    names = [picture["name"] for pictures in placed.values() for picture in pictures]
    charts = {chart: content[chart] for chart in CHARTS}
    files = {f"{name}.png": images[name] for name in names}
    return pdf_pages(
        "sheet.typ",
        {**placed, "sheet": content},
        {**files, **chart_files({**charts, **content["prescribed"], **content["fitting"]})},
    )


def html_page(template: str, **values: Any) -> str:
    """A template of `sheets/` filled in, everything escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values)


def chart_files(content: Mapping[str, Any]) -> dict[str, bytes]:
    """Every chart of a sheet's content as an SVG file."""
    return {
        f"{name}.svg": str(value).encode()
        for name, value in content.items()
        if name.endswith("chart")
    }


def pdf_pages(template: str, values: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """A template of `sheets/` as PDF; `values` is what it finds in sheet.json."""
    import typst
    from matplotlib import get_data_path

    # typst reads pictures from files only: a folder of its own, gone afterwards.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in sorted(TEMPLATES.glob("*.typ")):
            (folder / path.name).write_bytes(path.read_bytes())
        (folder / "sheet.json").write_text(json.dumps(values), "utf-8")
        for path_name, content in files.items():
            (folder / path_name).write_bytes(content)
        return bytes(
            typst.compile(
                str(folder / template),
                root=str(folder),
                font_paths=[f"{get_data_path()}/fonts/ttf"],
                ignore_system_fonts=True,
                format="pdf",
            )
        )


def png_size(png: bytes) -> tuple[int, int]:
    """Width and height in px from a PNG's first chunk. Raises `ValueError` for anything else."""
    if len(png) < 24 or png[:8] != _PNG_HEAD:
        raise ValueError("a picture for the sheet is not a PNG file")
    width, height = struct.unpack(">II", png[16:24])
    return int(width), int(height)


def _pictures(
    content: Mapping[str, Any], images: Mapping[str, bytes]
) -> dict[str, list[dict[str, str]]]:
    """Views and maps with their sizes, smaller where words need the room."""
    crowded = content["failed"] or content["override"]
    height = VIEWS_HEIGHT_UNDER_BANNER_MM if crowded else VIEWS_HEIGHT_MM
    many = len(content["warnings"]) + len(content["checks"]) > MANY
    skin = MAPS_HEIGHT_MM if many else SKIN_MAPS_HEIGHT_MM
    return {
        "views": _placed(content["views"], images, height, same_scale=True),
        "maps": _placed(content["maps"], images, MAPS_HEIGHT_MM, same_scale=False),
        "skin_maps": _placed(content["skin_maps"], images, skin, same_scale=False),
    }


def _placed(
    named: Sequence[Sequence[str]],
    images: Mapping[str, bytes],
    height_mm: float,
    same_scale: bool,
) -> list[dict[str, str]]:
    """Pictures with their size on paper: together no wider than the page, none too high.

    With `same_scale` a pixel is as large in every picture.
    """
    sizes = {name: png_size(images[name]) for name, _ in named}
    if not sizes:
        return []
    gaps = 4.0 * (len(sizes) - 1)
    tallest = max(height for _, height in sizes.values())
    scale = {
        name: height_mm / (tallest if same_scale else height) for name, (_, height) in sizes.items()
    }
    widest = sum(scale[name] * width for name, (width, _) in sizes.items())
    shrink = min(1.0, (PAGE_WIDTH_MM - gaps) / widest)
    return [
        {
            "name": name,
            "caption": caption,
            "uri": f"data:image/png;base64,{base64.b64encode(images[name]).decode('ascii')}",
            "width": f"{sizes[name][0] * scale[name] * shrink:.2f}",
            "height": f"{sizes[name][1] * scale[name] * shrink:.2f}",
        }
        for name, caption in named
    ]
