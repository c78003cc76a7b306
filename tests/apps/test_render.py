import io
from itertools import permutations

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from afo_designer.apps.render import (
    SHELL,
    Camera,
    ColourScale,
    Layer,
    ghost,
    png_bytes,
    render,
    render_alike,
)
from afo_designer.apps.views import (
    INSIDE,
    VIEWS,
    Maps,
    fitted_scale,
    four_views,
    map_pictures,
    sheet_pictures,
    with_scale_bar,
)
from afo_designer.geometry.mesh import TriMesh

RED, BLUE = (0.9, 0.1, 0.1), (0.1, 0.1, 0.9)


def sphere(radius: float = 20.0, centre: tuple[float, float, float] = (0, 0, 0)) -> TriMesh:
    made = trimesh.creation.icosphere(subdivisions=4, radius=radius)
    return TriMesh(made.vertices + centre, made.faces)


def box(extents: tuple[float, float, float], centre: tuple[float, float, float]) -> TriMesh:
    made = trimesh.creation.box(extents=extents)
    return TriMesh(made.vertices + np.array(centre), made.faces)


def leg() -> TriMesh:
    """A block with a shank behind, a toe in front and a knob on the −y side: nothing symmetric."""
    parts = [
        box((100, 40, 12), (50, 3, 6)),
        box((30, 30, 90), (15, 0, 50)),
        box((10, 12, 14), (18, -20, 40)),
        box((12, 10, 8), (106, 12, 4)),
    ]
    offsets = np.cumsum([0, *(len(part.vertices) for part in parts)])
    triangles = [part.triangles + at for part, at in zip(parts, offsets, strict=False)]
    return TriMesh(np.vstack([part.vertices for part in parts]), np.vstack(triangles))


def camera(forward=(0, 1, 0), up=(0, 0, 1), scale: float = 0.25, **more: bool) -> Camera:
    return Camera(np.array(forward, float), np.array(up, float), np.zeros(3), scale, **more)


def covered(image: np.ndarray) -> np.ndarray:
    return (image.astype(int).sum(axis=2) < 3 * 255 - 3) * 1


@pytest.mark.parametrize("forward", [(0, 1, 0), (1, 0, 0), (-0.6, -0.7, -0.39)])
def test_a_sphere_is_a_disc_of_its_radius(forward) -> None:
    radius, scale = 20.0, 0.25
    disc = covered(render([Layer(sphere(radius))], camera(forward, scale=scale), (240, 200)))
    # A pixel that the outline only touches is covered too: half a pixel more all round.
    measured = np.sqrt(disc.sum() / np.pi) * scale
    assert radius - 0.05 < measured < radius + 0.75 * scale
    rows, columns = np.nonzero(disc)
    assert columns.mean() == pytest.approx(119.5, abs=0.1)
    assert rows.mean() == pytest.approx(99.5, abs=0.1)


def test_the_disc_s_outermost_pixels_are_parts_of_a_pixel() -> None:
    image = render([Layer(sphere())], camera(), (240, 240)).astype(int)[..., 0]
    outermost = [row[np.flatnonzero(row < 250)[0]] for row in image if (row < 250).any()]
    # A quarter, half and three quarters of ink on white, and whole pixels.
    assert len(np.unique(np.digitize(outermost, [80, 125, 170, 215]))) >= 4


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_what_is_nearer_hides_what_is_behind_in_any_order_of_layers(order) -> None:
    near, far = Layer(sphere(8, (0, -30, 0)), RED), Layer(box((60, 10, 60), (0, 20, 0)), BLUE)
    veil = ghost(box((70, 2, 70), (0, 60, 0)))
    layers = [(near, far, veil)[place] for place in order]
    image = render(layers, camera(scale=0.5), (160, 160)).astype(int)
    assert image[80, 80, 0] > image[80, 80, 2] + 60, "red ball in front"
    assert image[80, 40, 2] > image[80, 40, 0] + 60, "blue wall behind it"
    behind = render(layers, camera((0, -1, 0), scale=0.5), (160, 160)).astype(int)
    assert behind[80, 80, 2] > behind[80, 80, 0] + 20, "from behind, the wall hides the ball"


def test_a_ghost_lets_through_what_is_behind_it() -> None:
    wall = Layer(box((60, 10, 60), (0, 30, 0)), BLUE)
    bare = render([wall], camera(scale=0.5), (160, 160)).astype(int)[80, 80]
    veiled = render([wall, ghost(sphere())], camera(scale=0.5), (160, 160)).astype(int)[80, 80]
    alone = render([ghost(sphere())], camera(scale=0.5), (160, 160)).astype(int)[80, 80]
    assert bare[0] < veiled[0] < alone[0]
    assert veiled[2] - veiled[0] > 20, "still blue"


def test_the_same_bytes_every_time() -> None:
    layers = [Layer(leg()), ghost(sphere(30, (20, 0, 40)))]
    first = {name: png_bytes(image) for name, image in four_views(layers, "right", 1.0).items()}
    again = {name: png_bytes(image) for name, image in four_views(layers, "right", 1.0).items()}
    assert first == again


def test_a_png_holds_pixels_and_nothing_else() -> None:
    image = render([Layer(sphere())], camera(), (64, 48))
    png = png_bytes(image)
    kinds, place = [], 8
    while place < len(png):
        length = int.from_bytes(png[place : place + 4], "big")
        kinds.append(png[place + 4 : place + 8])
        place += 12 + length
    assert set(kinds) == {b"IHDR", b"IDAT", b"IEND"}
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png))), image)


@pytest.mark.parametrize("view", VIEWS)
def test_a_mirrored_leg_gives_mirrored_pictures(view: str) -> None:
    right, left = leg(), leg().mirrored_y()
    one = four_views([Layer(right)], "right", 0.7, scale_bar=False)[view].astype(int)
    other = four_views([Layer(left)], "left", 0.7, scale_bar=False)[view].astype(int)
    assert one.shape == other.shape
    difference = np.abs(one - other[:, ::-1]).max(axis=2)
    assert np.mean(difference > 2) < 0.002, "only pixels on an edge may round otherwise"


def test_views_show_the_sides_they_are_named_after() -> None:
    # The knob sits at −y: lateral on a right leg, medial on a left one.
    knob = Layer(box((10, 12, 14), (18, -20, 40)), RED)
    layers = [Layer(leg(), BLUE), knob]
    red = {
        side: {
            name: int((image[..., 0].astype(int) > image[..., 2].astype(int) + 40).sum())
            for name, image in four_views(layers, side, 0.8).items()
        }
        for side in ("right", "left")
    }
    assert red["right"]["lateral"] > 5 * red["right"]["medial"]
    assert red["left"]["medial"] > 5 * red["left"]["lateral"]


def test_lateral_has_the_toes_in_front_and_plantar_has_them_up() -> None:
    views = four_views([Layer(leg())], "right", 0.5, scale_bar=False)
    rows, columns = np.nonzero(covered(views["lateral"]))
    toe = columns > columns.max() - 10
    assert rows[toe].min() > rows.mean(), "a right leg's toes point right, low down"
    rows, columns = np.nonzero(covered(views["plantar"]))
    assert np.ptp(columns[rows < rows.min() + 10]) * 0.5 == pytest.approx(10.0, abs=1.5)


def test_all_views_have_one_scale() -> None:
    solid = box((120, 50, 200), (60, 0, 100))
    views = four_views([Layer(solid)], "left", 0.5, scale_bar=False)
    size = {
        name: [np.ptp(axis) * 0.5 + 0.5 for axis in np.nonzero(covered(image))]
        for name, image in views.items()
    }
    for name, wanted in {
        "lateral": (200, 120),
        "medial": (200, 120),
        "posterior": (200, 50),
        "plantar": (120, 50),
    }.items():
        assert size[name] == pytest.approx(wanted, abs=1.1), name


@pytest.mark.parametrize("scale", [0.25, 0.4, 1.0])
def test_the_scale_bar_is_as_long_as_it_says(scale: float) -> None:
    blank = np.full((100, round(160 / scale), 3), 255, dtype=np.uint8)
    footer = with_scale_bar(blank, scale)[100:]
    bar = (footer.sum(axis=2) < 200).sum(axis=1).max()
    assert bar * scale == pytest.approx(50.0, abs=scale)


def test_scalars_become_the_scale_s_colours() -> None:
    scale = ColourScale("wall", "mm", 0.0, 1.0)
    plate = box((60, 2, 60), (0, 0, 0))
    lit = render(
        [Layer(plate, scalars=(plate.vertices[:, 0] > 0) * 1.0, scale=scale)], camera(), (200, 200)
    ).astype(float)
    for column in (10, 100, 190):
        value = (30.0 + 0.25 * (column - 99.5)) / 60.0
        colour, wanted = lit[100, column], scale.colours([value])[0]
        assert colour / colour.max() == pytest.approx(wanted / wanted.max(), abs=0.06)


def test_a_triangle_keeps_its_own_scalar_and_a_missing_one_is_grey() -> None:
    scale = ColourScale("stress", "MPa", 0.0, 10.0)
    plate = box((60, 2, 60), (0, 0, 0))
    values = np.where(plate.triangle_normals[:, 1] < -0.5, np.nan, 10.0)
    pixel = render([Layer(plate, scalars=values, scale=scale)], camera(), (64, 64))[32, 32]
    assert np.ptp(pixel.astype(int)) <= 1


def test_the_palette_grows_darker_step_by_step() -> None:
    for palette in ("viridis_r", "cividis_r", "YlOrRd"):
        table = ColourScale("x", "", 0.0, 1.0, palette).table()
        grey = table @ [0.299, 0.587, 0.114]
        assert np.all(np.diff(grey) < 0.004)
        assert grey[0] - grey[-1] > 0.4


@given(
    low=st.floats(-1e3, 1e3),
    span=st.floats(0.0, 1e3),
)
def test_a_fitted_scale_holds_any_values(low: float, span: float) -> None:
    values = np.linspace(low, low + span, 50)
    scale = fitted_scale(values, "wall", "mm")
    middle = np.percentile(values, [1.0, 99.0])
    assert scale.low <= middle[0] + 1e-6
    assert scale.high >= middle[1] - 1e-6
    assert scale.low < scale.high


def test_a_fitted_scale_has_round_ends_around_the_values() -> None:
    scale = fitted_scale(np.linspace(2.04, 4.31, 500), "wall", "mm")
    assert scale.low <= 2.07 and scale.high >= 4.28  # noqa: PT018
    assert scale.high - scale.low < 3.0
    assert fitted_scale([np.nan], "wall", "mm").high == 1.0
    flat = fitted_scale(np.full(10, 3.0), "wall", "mm")
    assert flat.low <= 3.0 <= flat.high


def test_pictures_for_the_sheet_are_all_there() -> None:
    shell = leg()
    scale = fitted_scale(shell.vertices[:, 2], "wall", "mm")
    coloured = Layer(shell, scalars=shell.vertices[:, 2], scale=scale)
    pictures = sheet_pictures(
        shell, sphere(60, (20, 0, 60)), "left", [Maps({"wall": coloured})], 1.0
    )
    assert set(pictures) == {*VIEWS, "wall"}
    assert map_pictures(Maps({}), "left") == {}
    with pytest.raises(ValueError, match="no colour scale"):
        map_pictures(Maps({"plain": Layer(shell)}), "left")


def test_alike_layers_give_the_pictures_they_give_alone() -> None:
    ball, shots = sphere(), [(camera(), (200, 160)), (camera((1, 0, 0)), (160, 200))]
    scales = [ColourScale("a", "", -20.0, 20.0), ColourScale("b", "", 0.0, 9.0, "YlOrRd")]
    sets = [
        [Layer(ball, scalars=ball.vertices[:, 2] * k, scale=scale), ghost(ball)]
        for k, scale in enumerate(scales, 1)
    ]
    together = render_alike(sets, shots)
    for layers, pictures in zip(sets, together, strict=True):
        for shot, picture in zip(shots, pictures, strict=True):
            assert np.array_equal(picture, render(layers, *shot))
    with pytest.raises(ValueError, match="share their meshes"):
        render_alike([[Layer(ball)], [Layer(sphere())]], shots)
    with pytest.raises(ValueError, match="share their meshes"):
        render_alike([[Layer(ball)], [Layer(ball), Layer(ball)]], shots)


def test_the_inside_is_seen_from_the_front_and_its_colours_not_from_behind() -> None:
    # A trough open to the front: its inner face red, the outer one 4 mm further out plain.
    angle = np.radians(np.linspace(90.0, 270.0, 61))
    strips = {}
    for radius in (30.0, 34.0):
        ring = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
        rows = [np.column_stack([ring, np.full(len(ring), z)]) for z in (0.0, 120.0)]
        at = np.arange(len(ring) - 1)
        low = np.stack([at, at + 1, at + len(ring)], axis=1)
        high = np.stack([at + 1, at + 1 + len(ring), at + len(ring)], axis=1)
        strips[radius] = TriMesh(np.concatenate(rows), np.concatenate([low, high]))
    inner = Layer(
        strips[30.0], scalars=np.ones(122), scale=ColourScale("p", "", 0.0, 1.0, "YlOrRd")
    )

    def red(names: tuple[str, ...], side: str) -> list[int]:
        layers = [inner, Layer(strips[34.0])]
        views = four_views(layers, side, 0.5, scale_bar=False, names=names).values()
        return [int((v[..., 0].astype(int) - v[..., 2] > 60).sum()) for v in views]

    seen = red(INSIDE, "left")
    assert min(seen) > 3000
    assert seen == pytest.approx(red(INSIDE, "right"), rel=0.01)
    assert red(("posterior",), "left")[0] < 0.02 * seen[1]


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="positive scale"):
        camera(scale=0.0)
    with pytest.raises(ValueError, match="up direction"):
        camera((0, 0, 1), (0, 0, 1))
    with pytest.raises(ValueError, match="5 scalars"):
        Layer(sphere(), scalars=np.zeros(5), scale=ColourScale("x", "", 0, 1))
    with pytest.raises(ValueError, match="colour scale"):
        Layer(sphere(), scalars=np.zeros(len(sphere().vertices)))
    with pytest.raises(ValueError, match="no triangles"):
        render([Layer(TriMesh(np.zeros((3, 3)), np.zeros((0, 3))))], camera(), (64, 64))
    with pytest.raises(ValueError, match="too small"):
        render([Layer(sphere(), SHELL)], camera(), (4, 64))
