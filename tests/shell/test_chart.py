"""The chart: no folds, two continuous derivatives, the surface it was given, mirror symmetry."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from known_limbs import limb_of
from known_shells import Made, formed

from afo_designer.cast.modification import modify_cast
from afo_designer.cast.parameters import CastParameters
from afo_designer.geometry.frame import Frame
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.generator import LimbShape, generate_limb
from afo_designer.limb.locate import locate_limb
from afo_designer.limb.scan import Scan
from afo_designer.shell.chart import ChartRefused, chart_positive
from afo_designer.shell.outline import plate_outline
from afo_designer.shell.parameters import ShellParameters
from afo_designer.shell.shell import Shell

Make = Callable[[str, str], Made]
LEAF, SOLID = "posterior_leaf_spring", "solid"
FAMILIES = (LEAF, "semi_solid", SOLID)


def inside(shell: Shell) -> tuple[np.ndarray, np.ndarray]:
    """A grid of (s, θ) over the trim region, edges included."""
    s = np.linspace(shell.stations.top, shell.stations.end - 0.5, 300)
    medial, lateral = shell.trim.sides(s)
    share = np.linspace(0.0, 1.0, 61)
    theta = medial[:, None] + share * (lateral - medial)[:, None]
    return np.broadcast_to(s[:, None], theta.shape), theta


def smallest_cell(shell: Shell) -> float:
    """The least signed ‖X_s × X_θ‖ over the trim, in units of a flat cell, ‖X_θ‖.

    1 on a cylinder; 0 where two section planes touch, negative behind a fold. The sign is that of
    the surface's normal against the ray from the spine.
    """
    s, theta = inside(shell)
    chart = shell.chart
    ray = chart.point(s, theta) - chart.spine.centre(s)
    facing = np.einsum("ijk,ijk->ij", chart.normal(s, theta), ray)
    across = np.linalg.norm(chart.surface(s, theta, dtheta=1), axis=-1)
    return float((np.sign(facing) * chart.area_density(s, theta) / across).min())


@pytest.mark.parametrize(
    ("who", "family"),
    [*((who, family) for who in ("man", "child") for family in FAMILIES), ("hanging", SOLID)],
)
def test_no_cell_folds(made_shell: Make, who: str, family: str) -> None:
    assert smallest_cell(made_shell(who, family).shell) > 0.3


@pytest.mark.parametrize("stem", ["makehuman/12_toddler_pf30", "population/017"])
def test_no_cell_folds_on_scanned_limbs(scanned_limb: Callable, stem: str) -> None:
    assert smallest_cell(formed(scanned_limb(stem), SOLID).shell) > 0.3


@given(
    angle=st.floats(-33.0, 8.0),
    inversion=st.floats(-12.0, 18.0),
    height=st.floats(1050.0, 2000.0),
    index=st.floats(17.0, 36.0),
    seed=st.integers(0, 50),
)
@settings(
    max_examples=3, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
def test_no_cell_folds_on_any_generated_limb(
    angle: float, inversion: float, height: float, index: float, seed: int
) -> None:
    shape = LimbShape(
        age_years=7.0 if height < 1350.0 else 40.0,
        height_mm=height,
        mass_kg=index * (height / 1000.0) ** 2,
        ankle_angle_deg=angle,
        inversion_deg=inversion,
        seed=float(seed),
        triangles=6000.0,
    )
    assert smallest_cell(formed(limb_of(generate_limb(shape)), SOLID).shell) > 0.3


def test_two_derivatives_are_continuous(made_shell: Make) -> None:
    surface = made_shell("man", LEAF).shell.chart.surface
    assert surface.degree == 3
    for knots in (surface.knots_s, surface.knots_theta):
        assert (np.diff(knots[3:-3]) > 0.0).all()  # simple interior knots: C² by construction
    s, theta = surface.knots_s[4:-4], surface.knots_theta[4:-4]
    for order in ({"ds": 2}, {"dtheta": 2}):
        below = surface.grid(s - 1e-7, theta - 1e-9, **order)
        above = surface.grid(s + 1e-7, theta + 1e-9, **order)
        scale = np.abs(surface.grid(s, theta, **order)).max()
        assert np.abs(below - above).max() < 1e-5 * scale


def test_an_analytic_limb_is_reproduced(made_shell: Make) -> None:
    """A tube of known radius about the spine, at points between rays and knots."""
    made = made_shell("man", LEAF)
    outline = plate_outline(made.positive, made.parameters, None)
    spine = made.shell.chart.spine
    s = np.arange(0.0, spine.length, 1.0)
    theta = np.radians(np.linspace(-138.0, 138.0, 250))

    def tube(s: np.ndarray, theta: np.ndarray) -> np.ndarray:
        origins, rays = spine.rays(s, theta)
        radius = (
            35.0
            + 4.0 * np.cos(s / 30.0)[:, None] * np.cos(2.0 * theta)
            + 2.0 * np.sin(s / 17.0)[:, None]
        )
        return origins + radius[..., None] * rays

    points = tube(s, theta)
    at = np.arange(len(s) * len(theta)).reshape(len(s), len(theta))
    a, b, c, d = (x.ravel() for x in (at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]))
    mesh = TriMesh(
        points.reshape(-1, 3),
        np.vstack([np.column_stack([a, b, c]), np.column_stack([a, c, d])]),
    )
    outward = mesh.triangle_normals[0] @ (mesh.corners[0].mean(axis=0) - spine.centre(0.5))
    mesh = mesh if outward > 0.0 else mesh.flipped()
    positive = replace(made.positive, mesh=mesh, offset=np.zeros(len(mesh.vertices)))
    chart = chart_positive(positive, outline)
    assert chart.missed < 1e-3
    foot = spine.centre(s)[:, 0] < outline.wall_end - 25.0
    probe_s, probe_theta = s[foot][5::7] + 0.4, np.radians(np.linspace(-118.0, 118.0, 83))
    # Its own spine is the same curve from another height.
    shift = chart.spine.length - spine.length
    found = chart.surface.grid(probe_s + shift, probe_theta)
    error = np.linalg.norm(found - tube(probe_s, probe_theta), axis=-1)
    assert error.max() < 0.1  # waves all over the limb pass for noise in part
    assert np.sqrt((error**2).mean()) < 0.05


def test_mirror_limbs_have_mirror_charts(made_shell: Make) -> None:
    right, left = made_shell("man", SOLID).shell, made_shell("mirrored man", SOLID).shell
    flip = np.array([1.0, -1.0, 1.0])
    one, other = right.chart.surface, left.chart.surface
    np.testing.assert_array_equal(one.knots_s, other.knots_s)
    np.testing.assert_allclose(other.control_points, one.control_points * flip, atol=1e-9)
    assert right.chart.outward == -left.chart.outward
    for name in ("s", "lateral", "medial", "boundary"):
        np.testing.assert_allclose(
            getattr(left.trim, name), getattr(right.trim, name), rtol=0.0, atol=1e-9
        )
    for slot, other in zip(right.openings, left.openings, strict=True):
        loop, twin = slot.loop, other.loop
        np.testing.assert_allclose(twin, loop, rtol=0.0, atol=1e-9)


def test_the_scanners_axes_do_not_matter() -> None:
    made = generate_limb(LimbShape(variation=0.0, triangles=12000.0))
    charts = []
    for motion in (Frame.identity(), Frame.about_axis([90.0, -40.0, 10.0], [1.0, 2.0, -0.5], 1.9)):
        scan = Scan(
            made.mesh.with_vertices(motion.apply(made.mesh.vertices)),
            "0" * 64,
            "ply",
            "mm",
            "declared",
            1.0,
        )
        picked = {name: motion.apply(point) for name, point in made.landmarks.items()}
        positive = modify_cast(locate_limb(scan, None, picked), 0.0, 8.0, CastParameters())
        outline = plate_outline(positive, ShellParameters(), None)
        charts.append(chart_positive(positive, outline))
    one, other = charts
    s, theta = np.linspace(20.0, one.spine.corner[1], 80), np.radians(np.linspace(-110, 110, 45))
    apart = np.linalg.norm(one.surface.grid(s, theta) - other.surface.grid(s, theta), axis=-1)
    assert apart.max() < 0.05


def test_a_shank_without_a_whole_ring_is_refused(made_shell: Make) -> None:
    made = made_shell("man", LEAF)
    mesh = made.positive.mesh
    middle = mesh.corners.mean(axis=1)
    gap = (middle[:, 2] > 60.0) & (middle[:, 1] > 0.0) & (middle[:, 1] < 25.0)
    torn = mesh.kept(~gap)
    count = len(torn.vertices)
    broken = replace(made.positive, mesh=torn, offset=np.zeros(count))
    with pytest.raises(ChartRefused, match="Scan the leg all round"):
        chart_positive(broken, plate_outline(made.positive, made.parameters, None))


def test_a_hole_is_bridged(made_shell: Make) -> None:
    """A hole of 25 mm in the calf's scan moves the surface there by less than half a millimetre."""
    made = made_shell("man", LEAF)
    mesh = made.positive.mesh
    chart = made.shell.chart
    centre = chart.point(0.4 * chart.spine.corner[0], 0.5)
    torn = mesh.kept(np.linalg.norm(mesh.corners.mean(axis=1) - centre, axis=1) > 12.5)
    count = len(torn.vertices)
    broken = replace(made.positive, mesh=torn, offset=np.zeros(count))
    outline = plate_outline(made.positive, made.parameters, None)
    whole, bridged = chart_positive(made.positive, outline), chart_positive(broken, outline)
    assert bridged.missed > whole.missed
    s = np.linspace(0.3, 0.5, 30) * chart.spine.corner[0]
    apart = whole.surface.grid(s, np.linspace(0.1, 0.9, 30)) - bridged.surface.grid(
        s, np.linspace(0.1, 0.9, 30)
    )
    assert np.linalg.norm(apart, axis=-1).max() < 0.5
