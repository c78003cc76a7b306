"""Small leaves behind an ankle, and the bench that holds them, for tests of the mechanics."""

import numpy as np

from afo_designer.geometry.frame import Frame
from afo_designer.geometry.mesh import QuadMesh
from afo_designer.mechanics.bench import Bench, Cuff, HalfSpace
from afo_designer.mechanics.elasticity import Elasticity
from afo_designer.mechanics.model import ShellModel

NYLON = Elasticity(1800.0, 0.4)
BOTTOM, CLAMP, BAND, TOP = -20.0, 0.0, 150.0, 180.0
RADIUS = 30.0


def cells(rows, columns, split=False):
    """Quads of a grid; with `split` every third cell is two triangles."""
    number = np.arange((rows + 1) * (columns + 1)).reshape(rows + 1, columns + 1)
    quads = np.stack([number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]], -1)
    quads = quads.reshape(-1, 4)
    if not split:
        return quads, np.zeros((0, 3), dtype=np.int64)
    cut = np.arange(len(quads)) % 3 == 1
    triangles = quads[cut][:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3)
    return quads[~cut], triangles


def surface(u, v, arc=0.9, lean=0.15, centre=0.5, shift=0.0):
    """Points and outward normals of a leaf behind the ankle.

    `u` upwards and `v` across, 0 to 1. `arc` (rad) bends the section, 0 makes the leaf flat;
    `lean` tilts it; a `centre` off 0.5 makes it lopsided; `shift` swells it.
    """
    height = BOTTOM + (TOP - BOTTOM) * u
    angle = (v - centre) * arc * (1.0 + 0.4 * u)
    bow = 0.002 * lean * height**2 + 2.0 * shift * np.sin(3.0 * u)
    rise = (0.004 * lean * height) + 6.0 * shift * np.cos(3.0 * u) / (TOP - BOTTOM)
    if arc == 0.0:
        points = np.column_stack([-50.0 - bow, 36.0 * (v - centre), height])
        return points, np.column_stack([-np.ones_like(u), 0.0 * u, -rise])
    points = np.column_stack([-20.0 - RADIUS * np.cos(angle) - bow, RADIUS * np.sin(angle), height])
    return points, np.column_stack([-np.cos(angle), np.sin(angle), -rise])


def leaf(
    rows=20,
    columns=4,
    split=False,
    law=NYLON,
    thickness=None,
    weight=None,
    mirror=1.0,
    **form,
):
    """A leaf whose rows lie on the clamp's and the band's border; mirrored left to right by −1."""
    u, v = np.meshgrid(np.linspace(0, 1, rows + 1), np.linspace(0, 1, columns + 1), indexing="ij")
    u, v = u.ravel(), v.ravel()
    flip = np.array([1.0, mirror, 1.0])
    points, outward = surface(u, v, **form)
    back = slice(None, None, int(mirror))
    quads, triangles = cells(rows, columns, split)
    mesh = QuadMesh(points * flip, quads[:, back], np.zeros((len(u), 2)), triangles[:, back])
    wall = 3.0 + u + 0.3 * v if thickness is None else np.broadcast_to(thickness, u.shape)
    if weight is not None:
        weight = np.broadcast_to(weight, len(quads) + len(triangles))
    return ShellModel(mesh, outward * flip, wall, law, weight)


def flat(**more):
    """A flat, upright strip of even thickness."""
    return leaf(arc=0.0, lean=0.0, **{"thickness": 3.0, **more})


def rig(cuff=Cuff.SLIDING, clamp=CLAMP, band=BAND):
    """The sole below the clamp is held, the calf above the band turns about +y."""
    return Bench(
        axis_point=[0.0, 0.0, 0.0],
        axis_direction=[0.0, 1.0, 0.0],
        shank_axis=[0.0, 0.0, 1.0],
        footplate_clamp=(HalfSpace([0.0, 0.0, clamp], [0.0, 0.0, -1.0]),),
        calf_band=(HalfSpace([0.0, 0.0, band], [0.0, 0.0, 1.0]),),
        cuff=cuff,
    )


MOTION = Frame.about_axis([10.0, 20.0, -30.0], [0.3, 1.0, -0.5], 0.8)


def carried(model, motion=MOTION):
    """The model elsewhere in space."""
    old = model.mesh
    mesh = QuadMesh(motion.apply(old.vertices), old.quads, old.parameters, old.triangles)
    return ShellModel(
        mesh,
        motion.turn(model.directors),
        model.thickness,
        model.elasticity,
        model.element_weight,
    )


def carried_bench(bench, motion=MOTION):
    """The bench, carried along."""

    def moved(region):
        return tuple(HalfSpace(motion.apply(h.point), motion.turn(h.normal)) for h in region)

    return Bench(
        motion.apply(bench.axis_point),
        motion.turn(bench.axis_direction),
        motion.turn(bench.shank_axis),
        moved(bench.footplate_clamp),
        moved(bench.calf_band),
        bench.cuff,
    )
