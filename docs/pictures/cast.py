"""Renders the pictures of docs/cast.md: re-posing, modifications, their map.

Run it as `python docs/pictures/cast.py`; the same version makes the same bytes. Legs are generated,
their landmarks the generator's own.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from afo_designer.apps.render import SKIN, ColourScale, Image, Layer, png_bytes
from afo_designer.apps.views import four_views, lettered, side_by_side, with_colour_bar
from afo_designer.cast.modification import modify_cast
from afo_designer.cast.offset import LocalOffset
from afo_designer.cast.parameters import CastParameters, Pose, Relief
from afo_designer.cast.positive import PositiveModel
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.generator import LimbShape, generate_limb
from afo_designer.limb.limb import Limb
from afo_designer.limb.locate import locate_limb
from afo_designer.limb.scan import Scan

FOLDER = Path(__file__).parent
SIDES = ("lateral", "medial", "posterior", "front")
MM_PER_PX = 0.9
TOP_MM = 230.0
HANGING = LimbShape(ankle_angle_deg=-28.0)
INVERTED = LimbShape(ankle_angle_deg=-12.0, inversion_deg=14.0)
MODIFIED = CastParameters(
    arch_support_mm=5.0,
    relief=Relief(instep_mm=-2.0, pretibial_mm=-2.0, tibial_crest_mm=3.0, heel_mm=3.0),
)
CORN = LocalOffset("corn", 5.0, 3.0, 10.0, landmark="fifth_metatarsal_head_lateral")


def main() -> None:
    """All pictures."""
    for name, shape, pose in (
        ("cast_dorsiflexion", HANGING, Pose()),
        ("cast_inversion", INVERTED, Pose(inversion_deg=0.0)),
    ):
        limb = located(shape)
        write(name, reposed(limb, modify_cast(limb, 0.0, 0.0, CastParameters(pose=pose))))
    limb = located(replace(HANGING, ankle_angle_deg=-5.0))
    write("cast_modification", [changed(modify_cast(limb, 0.0, 8.0, MODIFIED, offsets=(CORN,)))])


def located(shape: LimbShape) -> Limb:
    made = generate_limb(shape)
    return locate_limb(Scan(made.mesh, "", "ply", "mm", "given", 1.0), made.side)


def reposed(limb: Limb, positive: PositiveModel) -> list[Image]:
    """Rows: as scanned, re-posed, and the largest stretch of the skin by it."""
    strain = ColourScale("skin drawn out to, re-posed over scanned", "", 0.9, 1.7)
    return [
        row([Layer(below(limb.mesh), SKIN)], limb, "as scanned"),
        row([Layer(below(positive.skin), SKIN)], limb, "re-posed"),
        with_colour_bar(
            row([coloured(positive.skin, positive.strain.most, strain)], limb, ""), strain
        ),
    ]


def changed(positive: PositiveModel) -> Image:
    """The modified cast, coloured by its distance from the skin."""
    scale = ColourScale("cast outside (+) or inside (-) the skin", "mm", -8.0, 8.0, "RdBu_r")
    layer = coloured(positive.mesh, positive.change, scale)
    names = ("lateral", "medial", "front", "plantar")
    return with_colour_bar(row([layer], positive.limb, "", names), scale)


def coloured(mesh: TriMesh, values: np.ndarray, scale: ColourScale) -> Layer:
    keep = mesh.corners[:, :, 2].mean(axis=1) < TOP_MM
    return Layer(mesh.kept(keep), scalars=values[mesh.triangles].mean(axis=1)[keep], scale=scale)


def below(mesh: TriMesh) -> TriMesh:
    """The leg to a little above the ankle."""
    return mesh.kept(mesh.corners[:, :, 2].mean(axis=1) < TOP_MM)


def row(layers: list[Layer], limb: Limb, words: str, names: Sequence[str] = SIDES) -> Image:
    views = four_views(layers, limb.side, MM_PER_PX, scale_bar=False, names=names)
    return lettered(side_by_side(views, 10), words, (6, 6), 16)


def write(name: str, rows: list[Image]) -> None:
    width = max(one.shape[1] for one in rows)
    padded = [
        np.pad(one, ((0, 6), (0, width - one.shape[1]), (0, 0)), constant_values=255)
        for one in rows
    ]
    picture = png_bytes(np.vstack(padded))
    (FOLDER / f"{name}.png").write_bytes(picture)
    print(f"{name}.png: {len(picture) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
