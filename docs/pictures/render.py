"""Renders docs/pictures/demo.png: the demonstration orthosis on its limb, from four sides.

Run it as `python docs/pictures/render.py`; the same version makes the same bytes.
"""

from pathlib import Path

from afo_designer.apps.render import Layer, ghost, png_bytes
from afo_designer.apps.views import four_views, side_by_side
from afo_designer.design.pipeline import design_afo
from afo_designer.runs.catalogue import (
    DEFAULT_MATERIAL,
    DEFAULT_TEMPLATE,
    load_material,
    load_template,
)
from afo_designer.runs.reading import read_limb, read_person

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Designs the demonstration limb and renders it at 0.7 mm a pixel."""
    person = read_person(ROOT / "scans" / "demo_person.toml")
    limb = read_limb(ROOT / "scans" / "demo_limb.ply")
    template, _ = load_template(DEFAULT_TEMPLATE)
    material, _ = load_material(DEFAULT_MATERIAL)
    design = design_afo(limb, person, template, template.chosen, material, fast=True)
    layers = [Layer(design.part), ghost(design.positive.skin)]
    views = four_views(layers, limb.side, 0.7, three_quarter=True, scale_bar=False)
    del views["plantar"]
    picture = png_bytes(side_by_side(views))
    (Path(__file__).parent / "demo.png").write_bytes(picture)
    print(f"demo.png: {len(picture) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
