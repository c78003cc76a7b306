"""Renders docs/pictures/family_*.png: every family on a man's leg, from four sides.

Run it as `python docs/pictures/families.py [NAME]…`; the same version makes the same bytes. The
walls are the templates' own, before tuning.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from families import BODIES, cast_of

from afo_designer.apps.render import Layer, ghost, png_bytes
from afo_designer.apps.views import four_views, side_by_side
from afo_designer.design.pipeline import bodies_of
from afo_designer.geometry.solid import closed_mesh
from afo_designer.runs.catalogue import load_template, template_names
from afo_designer.shell.shell import form_shell

HERE = Path(__file__).parent
VIEWS = ("lateral", "medial", "posterior", "front_medial")
COLOURS = ((0.36, 0.56, 0.76), (0.84, 0.60, 0.32))
MM_PER_PX = 0.95
ABOVE_MM = 30.0


def main(names: list[str]) -> None:
    """A row of four pictures for each name."""
    body = "man"
    assert body in BODIES
    for name in names or template_names():
        positive = cast_of(body, name)
        chosen = load_template(name)[0].chosen.scaled_to(positive.limb.foot_length)
        shell = form_shell(positive, chosen.parameters.shell)
        meshes = [closed_mesh(one.solid) for _, one in bodies_of(shell, positive)]
        layers = [
            Layer(mesh, colour) if len(meshes) > 1 else Layer(mesh)
            for mesh, colour in zip(meshes, COLOURS, strict=False)
        ]
        bounds = np.array(
            [
                np.min([mesh.bounds[0] for mesh in meshes], axis=0),
                np.max([mesh.bounds[1] for mesh in meshes], axis=0),
            ]
        )
        bounds[1, 2] += ABOVE_MM
        views = four_views(
            [*layers, ghost(positive.skin)],
            positive.limb.side,
            MM_PER_PX,
            bounds=bounds,
            names=VIEWS,
        )
        content = png_bytes(side_by_side(views))
        (HERE / f"family_{name}.png").write_bytes(content)
        print(f"family_{name}.png: {len(content) / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
