"""A hinge's printed pins: closed, alike, free in their holes, and made the same as STEP."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from known_shells import made

from afo_designer.design.checks.hinge_pin import pin_stress
from afo_designer.design.hinge_motion import touching
from afo_designer.formats.step import write_step
from afo_designer.formats.step_reading import read_step
from afo_designer.geometry.intersection import self_intersections
from afo_designer.geometry.parameter import with_value
from afo_designer.geometry.solid import closed_mesh
from afo_designer.geometry.turned import TurnedSolid, turned_mesh
from afo_designer.shell.hinge import HingeRefused, place_hinge
from afo_designer.shell.hinged import shell_parts
from afo_designer.shell.pin import COLLAR_MM, HEAD_MM, WASHERS, Pin, pin_of
from afo_designer.shell.shell import Shell


def with_pins(who: str, **hinge: float) -> Shell:
    one = made(who, "hinged")
    parameters = with_value(one.parameters, "hinge.kind", "printed_pin")
    for key, value in hinge.items():
        parameters = with_value(parameters, f"hinge.{key}", value)
    return replace(one.shell, parameters=parameters)


def pins(shell: Shell) -> Pin:
    found = pin_of(shell)
    assert found is not None
    return found


def test_a_turned_cylinder_is_closed_and_holds_what_it_should() -> None:
    cylinder = TurnedSolid(
        np.array([(0.0, 0.0), (3.0, 0.0), (3.0, 10.0), (0.0, 10.0)]),
        np.array([1.0, 2.0, 3.0]),
        np.array([1.0, 1.0, 0.5]),
    )
    mesh = turned_mesh(cylinder)
    assert mesh.is_closed
    assert len(self_intersections(mesh)) == 0
    assert mesh.volume == pytest.approx(90.0 * np.pi, rel=5e-4)
    assert cylinder.volume == pytest.approx(90.0 * np.pi, rel=1e-12)
    with pytest.raises(ValueError, match="begins and ends on its axis"):
        replace(cylinder, profile=np.array([(1.0, 0.0), (3.0, 0.0), (0.0, 1.0)]))


@pytest.mark.parametrize("who", ["man", "child"])
def test_two_alike_pass_through_the_ears_without_touching_them(who: str) -> None:
    shell = with_pins(who)
    pin = pins(shell)
    first, second = (turned_mesh(pin.solid(number)) for number in (0, 1))
    assert first.is_closed
    assert first.volume == pytest.approx(second.volume, rel=1e-9)
    ears = [closed_mesh(part.solid, 4.0, 0.1) for _, part in shell_parts(shell)]
    for mesh in (first, second):
        assert not any(touching(mesh, ear) for ear in ears)
    # the head is too wide for the hole, the groove lies beyond both ears
    assert pin.head > shell.parameters.hinge.diameter_mm + shell.parameters.hinge.play_mm + 2.0
    assert pin.length - pin.groove - COLLAR_MM > pin.grip


def test_the_washer_suits_the_shank() -> None:
    for diameter in (4.0, 5.5, 7.5, 10.0, 12.0):
        pin = pins(with_pins("man", diameter_mm=diameter))
        widest = next(most for size, _, most in WASHERS if size == pin.washer)
        assert 0.6 * diameter < pin.washer < diameter <= widest
        # a shoulder that holds
        assert 0.5 * (diameter - pin.washer) > 0.39


def test_the_step_file_is_the_same_body(tmp_path: Path) -> None:
    solid = pins(with_pins("man")).solid(0)
    mesh = turned_mesh(solid)
    report = write_step(solid, tmp_path / "pin.step", "pin", mesh.volume, 0.3)
    assert report.faces == len(solid.profile) - 1
    found = read_step(tmp_path / "pin.step")
    assert (found.solids, found.valid) == (1, True)
    assert found.mesh.volume == pytest.approx(mesh.volume, rel=1e-3)
    np.testing.assert_allclose(found.mesh.bounds, mesh.bounds, atol=0.02)


def test_a_tight_printed_pin_is_refused_with_both_values() -> None:
    one = made("man", "hinged")
    tight = replace(one.parameters.hinge, kind="printed_pin", play_mm=0.2)
    with pytest.raises(HingeRefused, match=r"'printed_pin' and shell.hinge.play_mm 0\.2 mm.*0\.4"):
        place_hinge(one.positive, one.shell.chart, tight)


def test_a_bought_hinge_has_no_pin() -> None:
    assert pin_of(made("man", "hinged").shell) is None
    assert pin_of(made("man", "posterior_leaf_spring").shell) is None


def test_a_pins_stress_follows_force_and_section() -> None:
    one = pin_stress(100.0, 6.0, 4.0, 0.6)
    assert pin_stress(200.0, 6.0, 4.0, 0.6) == pytest.approx(2.0 * one)
    assert pin_stress(100.0, 6.0, 16.0, 0.6) > one
    # short and stout: shear decides, 4/3 of the mean
    stout = pin_stress(100.0, 6.0, 0.1, 0.0)
    assert stout == pytest.approx(np.sqrt(3.0) * 4.0 / 3.0 * 100.0 / (9.0 * np.pi))
    assert HEAD_MM > 1.2
