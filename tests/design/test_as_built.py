"""As built: a printed part against theory, against its neighbours and against nonsense."""

from dataclasses import replace

import numpy as np
import pytest
from demo_run import Demo

from afo_designer.design.as_built import (
    AsBuilt,
    BuiltWall,
    Measurement,
    MeasurementRefused,
    as_built,
    printed_model,
)
from afo_designer.design.built_record import built_record, measurement_of
from afo_designer.design.stiffness_interval import WALL_MM


def built(demo: Demo, change: float | tuple[float, ...], **more: object) -> AsBuilt:
    """The demonstration's part with its walls thicker by `change` mm."""
    nominal = np.array([point.nominal for point in demo.design.critical])
    return as_built(demo.design, Measurement(tuple(map(float, nominal + change)), **more))


def test_the_walls_are_those_of_the_record(demo: Demo) -> None:
    record = built_record(built(demo, 0.1))
    points = demo.record["print"]["critical_thickness"]
    for wall, point in zip(record["walls"], points, strict=True):
        assert [wall[key] for key in ("place", "nominal_mm", "position_mm")] == [
            point[key] for key in ("place", "nominal_mm", "position_mm")
        ]
        assert wall["measured_mm"] == pytest.approx(wall["nominal_mm"] + 0.1)


def test_a_part_as_designed_is_as_stiff_as_designed(demo: Demo) -> None:
    spring = built(demo, 0.0).spring
    wanted = demo.design.stiffness
    assert spring.plantarflexion == pytest.approx(wanted.plantarflexion, rel=1e-9)
    assert spring.dorsiflexion == pytest.approx(wanted.dorsiflexion, rel=1e-9)
    assert spring.fits


def test_a_wall_that_errs_alike_everywhere_is_the_intervals_own(demo: Demo) -> None:
    """The interval's power law by exact slopes, against the shell solved again."""
    parts = {name: (low, high) for name, low, high in demo.design.stiffness.interval.components}
    low, high = next(ends for name, ends in parts.items() if name.startswith("wall"))
    for change, share in ((-WALL_MM, low), (WALL_MM, high)):
        found = built(demo, change).spring.change_percent / 100.0
        assert found == pytest.approx(share, rel=5e-3)


def test_one_value_stands_for_all_points(demo: Demo) -> None:
    value = demo.design.critical[1].nominal
    one = as_built(demo.design, Measurement((value,))).spring
    three = as_built(demo.design, Measurement((value,) * 3)).spring
    assert one.plantarflexion == three.plantarflexion


def test_each_point_counts_and_together_they_are_the_whole(demo: Demo) -> None:
    """To first order the changes of single points add up to that of all."""
    single = [built(demo, tuple(0.01 * row)).spring.change_percent for row in np.eye(3)]
    assert min(single) > 0.0
    assert sum(single) == pytest.approx(built(demo, 0.01).spring.change_percent, rel=1e-2)


def test_a_measured_wall_narrows_the_interval(demo: Demo) -> None:
    nominal, printed = demo.design.stiffness.interval, built(demo, 0.0).spring.interval
    assert nominal.low < printed.low < printed.high < nominal.high


def test_mass_is_held_against_the_measured_walls(demo: Demo) -> None:
    nominal = demo.record["print"]["mass_g"]
    thick = built(demo, 0.2, mass_g=nominal)
    assert thick.mass.nominal == pytest.approx(nominal)
    assert thick.mass.accounted > nominal
    alone = as_built(demo.design, Measurement(mass_g=0.9 * nominal))
    assert alone.mass.accounted == alone.mass.nominal
    assert alone.mass.error_percent == pytest.approx(-10.0)
    assert not alone.fits
    assert "pores" in built_record(alone)["reasons"][0]
    assert as_built(demo.design, Measurement(mass_g=0.98 * nominal)).fits


@pytest.mark.parametrize("end", ["low", "high"])
def test_a_part_within_its_critical_limits_fits(demo: Demo, end: str) -> None:
    """Three quarters of the way to every limit; twice as far it does not."""
    points = demo.design.critical
    ways = [getattr(point, end) - point.nominal for point in points]
    for share, fits in ((0.75, True), (2.0, False)):
        walls = tuple(p.nominal + share * way for p, way in zip(points, ways, strict=True))
        assert as_built(demo.design, Measurement(walls)).fits is fits


def test_a_finish_counts_in_wall_and_mass(demo: Demo) -> None:
    """A part tumbled as its material says is the design's own; another wall differs as measured."""
    design, finish = demo.design, -0.1
    shell = replace(design.shell, finish_mm=finish)
    model = replace(design.model, thickness=design.model.thickness + finish)
    points = tuple(replace(one, nominal=one.nominal + finish) for one in design.critical)
    tumbled = replace(design, shell=shell, model=model, critical=points)
    skin = design.part.areas.sum() * design.material.density_g_per_cm3 / 1000.0
    mass = demo.record["print"]["mass_g"] + 0.5 * finish * float(skin)
    found = as_built(tumbled, Measurement(tuple(one.nominal for one in points), mass_g=mass))
    assert found.spring.change_percent == pytest.approx(0.0, abs=1e-6)
    assert found.mass.error_percent == pytest.approx(0.0, abs=1e-6)
    walls = [BuiltWall(point, point.nominal + 0.2) for point in points]
    np.testing.assert_allclose(printed_model(tumbled, walls).thickness - model.thickness, 0.2)


def test_a_part_beyond_the_prescription_does_not_fit(demo: Demo) -> None:
    nominal = demo.design.stiffness.plantarflexion
    interval = replace(demo.design.prescription.interval, low=0.9 * nominal, high=1.1 * nominal)
    strict = replace(demo.design, prescription=replace(demo.design.prescription, interval=interval))
    walls = np.array([point.nominal for point in strict.critical])
    for change, fits in ((0.0, True), (-0.6, False), (0.6, False)):
        found = as_built(strict, Measurement(tuple(map(float, walls + change))))
        assert found.spring.fits is found.fits is fits
    assert "lies outside the" in built_record(found)["reasons"][0]


def test_a_part_designed_beyond_the_interval_brings_its_own(demo: Demo) -> None:
    interval = replace(demo.design.prescription.interval, low=3.0, high=4.0)
    own = replace(demo.design, prescription=replace(demo.design.prescription, interval=interval))
    walls = tuple(point.nominal for point in own.critical)
    assert as_built(own, Measurement(walls)).spring.fits


def test_a_wide_prescription_takes_no_part_that_misses_the_target(demo: Demo) -> None:
    interval = replace(demo.design.prescription.interval, low=0.0, high=9.0)
    wide = replace(demo.design, prescription=replace(demo.design.prescription, interval=interval))
    walls = np.array([point.nominal for point in wide.critical])
    for share, fits in ((0.6, False), (0.98, True), (1.4, False)):
        found = as_built(wide, Measurement(tuple(map(float, share * walls))))
        assert found.spring.wanted_within is found.fits is fits
    assert "lies outside what this part may be" in built_record(found)["reasons"][1]


def test_the_promised_way_is_judged(demo: Demo) -> None:
    """The prescription speaks of plantarflexion; the other way has the nominal part's scatter."""
    towards = replace(demo.design.stiffness, way="dorsiflexion", target=None)
    other = replace(demo.design, stiffness=towards)
    found = as_built(other, Measurement(tuple(point.nominal for point in other.critical)))
    assert found.spring.achieved == found.spring.dorsiflexion
    assert found.spring.limits == (towards.interval.low, towards.interval.high)
    assert found.spring.wanted == towards.dorsiflexion
    assert found.fits
    record = built_record(found)
    assert record["stiffness"]["limits"]["of"] == "the nominal part"
    assert "dorsiflexion lies within" in record["reasons"][0]


def test_a_wall_below_the_process_is_named(demo: Demo) -> None:
    material = replace(demo.design.material, min_wall_mm=7.0)
    thin = as_built(replace(demo.design, material=material), Measurement((6.9,)))
    assert len(thin.thin) == 3
    assert not thin.fits


NONSENSE = {
    "is -4 mm": Measurement((-4.0,)),
    "is 0 mm": Measurement((0.0,)),
    "is nan mm": Measurement((float("nan"),)),
    "is 70 mm": Measurement((70.0,)),
    "is 0.7 mm": Measurement((0.7,)),
    "has 2 values; give one, or 3": Measurement((7.0, 7.0)),
    "is 3.4 g": Measurement(mass_g=3.4),
    "is inf g": Measurement(mass_g=float("inf")),
    "refresh ratio is 20": Measurement((7.0,), refresh_ratio=20.0),
    "Nothing was measured": Measurement(machine="a printer"),
}


@pytest.mark.parametrize("sentence", NONSENSE)
def test_nonsense_is_refused_with_its_value(demo: Demo, sentence: str) -> None:
    with pytest.raises(MeasurementRefused) as refusal:
        as_built(demo.design, NONSENSE[sentence])
    assert sentence in str(refusal.value)


def test_no_leaf_no_thickness(demo: Demo) -> None:
    rigid = replace(demo.design, stiffness=None, critical=())
    with pytest.raises(MeasurementRefused, match="no leaf"):
        as_built(rigid, Measurement((7.0,)))
    assert as_built(rigid, Measurement(mass_g=demo.record["print"]["mass_g"])).spring is None


def test_a_measurement_comes_back_from_its_record(demo: Demo) -> None:
    given = Measurement((7.0,), 340.0, "HP 5210", "A12", 0.2, "upright", "clinic 7")
    assert measurement_of(built_record(as_built(demo.design, given))["measured"]) == given


def test_only_the_wall_changes_and_the_inner_surface_stays(demo: Demo) -> None:
    """Joints of a hinge, weights and the elastic law are the nominal model's."""
    model = replace(demo.design.model, joints=("a hinge",))
    walls = [BuiltWall(point, point.nominal + 0.2) for point in demo.design.critical]
    printed = printed_model(replace(demo.design, model=model), walls)
    assert printed.joints is model.joints
    assert printed.elasticity is model.elasticity
    np.testing.assert_array_equal(printed.element_weight, model.element_weight)
    np.testing.assert_allclose(printed.directors, model.directors, atol=1e-14)
    inner = [
        one.mesh.vertices - 0.5 * one.thickness[:, None] * one.directors for one in (model, printed)
    ]
    np.testing.assert_allclose(*inner, atol=1e-12)
    assert np.all(printed.thickness > model.thickness)
