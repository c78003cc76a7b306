"""Reliefs: full at the bone, nothing beyond the feather, smooth where they meet."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from afo_designer.cast.parameters import CastParameters
from afo_designer.cast.relief import CORE_MM, JOIN, ReliefSite, relief_sites
from afo_designer.geometry.parameter import leaves, with_value
from afo_designer.limb.landmarks import NAMES, Landmark, Landmarks, Source
from afo_designer.limb.limb import Limb
from afo_designer.limb.scan import Side

ALL = tuple(CORE_MM)
BONES = tuple(
    leaf.key.removesuffix("_mm")
    for leaf, value in leaves(CastParameters().relief)
    if leaf.key != "feather_mm" and value != 0.0
)
NEW = ("navicular", "fifth_metatarsal_base", "tibial_crest")


def without(limb: Limb, *names: str) -> Limb:
    marks = {name: mark for name, mark in limb.landmarks.items() if name not in names}
    return replace(limb, landmarks=Landmarks(marks))


def site(x: float, room: float, core: float = 6.0, feather: float = 12.0) -> ReliefSite:
    return ReliefSite("navicular", np.array([[x, 0.0, 0.0]]), room, core, feather, False)


def line(x: np.ndarray) -> np.ndarray:
    return np.column_stack([x, np.zeros((len(x), 2))])


def test_profile_by_hand() -> None:
    """Full to 6 mm, half at the middle of the feather, none from 18 mm on."""
    room = site(0.0, 4.0).room(line(np.array([0.0, 6.0, 12.0, 18.0, 40.0])))
    np.testing.assert_allclose(room, [4.0, 4.0, 2.0, 0.0, 0.0], atol=1e-12)


@given(apart=st.floats(0.0, 60.0), first=st.floats(0.5, 6.0), second=st.floats(0.5, 6.0))
def test_overlap_is_a_rounded_maximum(apart: float, first: float, second: float) -> None:
    """Never below the larger, never a tenth above it: 2^(1/8) = 1.09."""
    points = line(np.linspace(-30.0, apart + 30.0, 400))
    sites = site(0.0, first), site(apart, second)
    larger = np.maximum(*(one.room(points) for one in sites))
    both = sum(one.room(points) ** JOIN for one in sites) ** (1.0 / JOIN)
    assert np.all(both >= larger - 1e-9)
    assert np.all(both <= 1.0906 * larger + 1e-9)


def test_a_strip_fades_with_height() -> None:
    path = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 50.0], [0.0, 0.0, 100.0]])
    strip = ReliefSite("achilles", path, 2.0, 8.0, 12.0, False, fade_z=(50.0, 100.0))
    points = np.array([[0.0, 5.0, 20.0], [0.0, 5.0, 75.0], [0.0, 0.0, 100.0], [0.0, 21.0, 20.0]])
    np.testing.assert_allclose(strip.room(points), [2.0, 1.0, 0.0, 0.0], atol=1e-12)


def sites_of(limb: Limb, parameters: CastParameters | None = None) -> dict[str, ReliefSite]:
    found = relief_sites(
        limb.mesh.vertices,
        limb.mesh.vertex_normals,
        limb.landmarks,
        limb.side,
        limb.foot_length,
        parameters or CastParameters(),
    )
    return {one.name: one for one in found}


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
@pytest.mark.parametrize("height", [1150.0, 1755.0])
def test_estimated_bones_lie_where_anatomy_has_them(made_limb, side: Side, height: float) -> None:
    limb: Limb = without(made_limb(0.0, side, height), *NEW)
    sites, length = sites_of(limb), limb.foot_length
    navicular, base = sites["navicular"], sites["fifth_metatarsal_base"]
    assert navicular.estimated
    assert base.estimated
    assert navicular.position[1] * side.lateral_y < 0.0 < base.position[1] * side.lateral_y
    assert 0.36 < navicular.position[0] / length < 0.50
    assert 0.10 < navicular.position[2] / length < 0.21
    assert 0.33 < base.position[0] / length < 0.48
    assert 0.02 < base.position[2] / length < 0.12


def test_sites_are_vertices_of_the_skin(made_limb) -> None:
    limb: Limb = made_limb(0.0)
    vertices = {tuple(v) for v in limb.mesh.vertices.tolist()}
    for one in sites_of(limb).values():
        assert {tuple(v) for v in one.path.tolist()} <= vertices


@pytest.mark.parametrize("bone", ["navicular", "fifth_metatarsal_base"])
def test_a_bone_that_was_found_is_not_estimated(made_limb, bone: str) -> None:
    limb: Limb = made_limb(0.0)
    if bone not in NAMES:
        pytest.skip("the scans' landmarks do not name this bone")
    place = limb.mesh.vertices[4321]
    given = Landmarks({**limb.landmarks, bone: Landmark(place, Source.GIVEN, 1.0)})
    site = sites_of(replace(limb, landmarks=given))[bone]
    assert not site.estimated
    np.testing.assert_array_equal(site.position, place)


@pytest.mark.parametrize("bone", sorted(set(ALL) - set(BONES)))
@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_what_is_not_usual_is_made_when_asked_for(made_limb, bone: str, side: Side) -> None:
    limb: Limb = made_limb(0.0, side)
    parameters = with_value(CastParameters(), f"relief.{bone}_mm", 2.0)
    path = sites_of(limb, parameters)[bone].path
    ankle, length = limb.ankle_centre, limb.foot_length
    if bone in ("tibial_crest", "pretibial", "instep"):
        assert (path[:, 0] > ankle[0] - 0.05 * length).all()
    if bone in ("tibial_crest", "pretibial", "fibular_head"):
        assert (path[:, 2] > ankle[2] + 0.1 * length).all()
    if bone in ("pretibial", "fibular_head"):
        assert (path[:, 1] * side.lateral_y > 0.0).all()
    if bone == "heel":
        assert path[0, 0] < 0.02 * length


def test_pressure_is_a_relief_below_nothing() -> None:
    room = site(0.0, -3.0).room(line(np.array([0.0, 12.0, 18.0])))
    np.testing.assert_allclose(room, [-3.0, -1.5, 0.0], atol=1e-12)


def test_cores_grow_with_the_foot(made_limb) -> None:
    man, child = (sites_of(made_limb(0.0, Side.RIGHT, height)) for height in (1755.0, 1150.0))
    for bone in BONES:
        assert child[bone].core_mm < man[bone].core_mm


@pytest.mark.parametrize("bone", BONES)
def test_a_relief_of_nothing_is_no_site(made_limb, bone: str) -> None:
    parameters = with_value(CastParameters(), f"relief.{bone}_mm", 0.0)
    assert set(sites_of(made_limb(0.0), parameters)) == set(BONES) - {bone}
