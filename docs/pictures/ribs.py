"""Renders docs/pictures/ribs.png: two ribs on a semi-solid orthosis of the demonstration limb.

Run it as `python docs/pictures/ribs.py`; the same version makes the same bytes.
"""

from pathlib import Path

import numpy as np

from afo_designer.apps.render import Layer, ghost, png_bytes
from afo_designer.apps.views import four_views, side_by_side
from afo_designer.cast.modification import modify_cast
from afo_designer.geometry.solid import closed_mesh
from afo_designer.runs.catalogue import load_template
from afo_designer.runs.reading import read_limb
from afo_designer.shell.shell import form_shell

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Forms the shell without tuning and renders it at 0.8 mm a pixel."""
    limb = read_limb(ROOT / "scans" / "demo_limb.ply")
    asked = load_template("semi_solid")[0].chosen.with_values({"shell.ribs.number": "two"}, "user")
    parameters = asked.scaled_to(limb.foot_length).parameters
    positive = modify_cast(limb, float(np.radians(3.0)), 8.0, parameters.cast)
    shell = form_shell(positive, parameters.shell)
    layers = [Layer(closed_mesh(shell.solid)), ghost(positive.skin)]
    views = four_views(layers, limb.side, 0.8, three_quarter=True, scale_bar=False)
    del views["plantar"]
    picture = png_bytes(side_by_side(views))
    (Path(__file__).parent / "ribs.png").write_bytes(picture)
    print(f"ribs.png: {len(picture) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
