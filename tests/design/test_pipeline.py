"""The whole way from limb to checked orthosis: one run looked at from all sides, and its turns."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from demo_run import PERSON, Demo
from known_limbs import SCANS, true_limb

from afo_designer.design.infeasible import DesignInfeasible
from afo_designer.design.levers import widest_leaf
from afo_designer.design.pipeline import SideMismatch, Status, design_afo
from afo_designer.design.rig import bench_for, shell_model
from afo_designer.geometry.intersection import self_intersections
from afo_designer.limb.scan import Side
from afo_designer.mechanics.stiffness import stiffness_of
from afo_designer.runs.catalogue import load_material, load_template
from afo_designer.runs.reading import read_person
from afo_designer.shell.shell import form_shell

MATERIAL, _ = load_material("pa12_mjf")


def designed(demo: Demo, settings: dict | None = None, **options):
    """Another design of the demonstration limb, without reading it again."""
    template, _ = load_template("posterior_leaf_spring")
    chosen = template.chosen.with_values(settings or {}, "user")
    person = options.pop("person", demo.design.person)
    limb = options.pop("limb", demo.design.limb)
    return design_afo(limb, person, template, chosen, MATERIAL, fast=True, **options)


def test_the_prescribed_stiffness_is_reached(demo: Demo) -> None:
    one = demo.design.stiffness
    assert one.target == demo.design.prescription.target_stiffness
    assert one.plantarflexion == pytest.approx(one.target, rel=0.02)
    assert one.tuned.reached
    assert one.tuned.solves <= 40  # the family is graded
    assert one.interval.low < one.plantarflexion < one.interval.high


def test_the_stiffness_is_that_of_the_shell_that_is_made(demo: Demo) -> None:
    """Formed and solved again from the chosen parameters alone."""
    design = demo.design
    shell = form_shell(design.positive, design.chosen.parameters.shell)
    np.testing.assert_array_equal(shell.trim.boundary, design.shell.trim.boundary)
    bench = bench_for(shell, design.positive)
    again = stiffness_of(shell_model(shell, bench, MATERIAL.elasticity), bench)
    assert again.stiffness_nm_per_deg == pytest.approx(design.stiffness.plantarflexion, rel=1e-6)


def test_stiffness_follows_the_modulus(demo: Demo) -> None:
    design = demo.design
    soft = replace(MATERIAL.elasticity, youngs_modulus_mpa=0.5 * MATERIAL.youngs_modulus_mpa)
    half = stiffness_of(
        shell_model(design.shell, design.bench, soft), design.bench
    ).stiffness_nm_per_deg
    assert half == pytest.approx(0.5 * design.stiffness.plantarflexion, rel=1e-6)


def test_the_part_is_printable(demo: Demo) -> None:
    part = demo.design.part
    assert part.is_closed
    assert part.volume > 0.0
    assert len(self_intersections(part)) == demo.design.parts[0].crossings == 0
    assert len(part.triangles) <= 500_000
    assert any(demo.design.machines.values())


def test_the_foot_stands_at_the_prescribed_angle(demo: Demo) -> None:
    design = demo.design
    axis = design.positive.shank_axis
    angle = np.degrees(np.arctan2(axis[0], axis[2]))
    assert angle == pytest.approx(design.prescription.neutral_angle_deg, abs=1e-6)
    np.testing.assert_array_equal(design.bench.axis_point, design.positive.ankle_centre)


def test_it_fits(demo: Demo) -> None:
    fit = demo.design.fit
    assert fit.rms < 0.5
    assert fit.clearance_error < 0.5


def test_the_status_is_the_worst_verdict(demo: Demo) -> None:
    design = demo.design
    assert design.status is Status.WARNINGS
    (one, *_) = design.checks
    assert replace(design, checks=(replace(one, verdict="fail"),)).status is Status.FAILED
    assert replace(design, checks=(one,), warnings=()).status is Status.OK
    assert replace(design, checks=(one,), warnings=("look",)).status is Status.WARNINGS


def test_the_width_moves_when_the_wall_is_the_users(demo: Demo) -> None:
    design = designed(demo, settings={"shell.leaf.thickness_mm": 9.0, "tuning.graded": "no"})
    leaf = design.shell.parameters.leaf
    assert leaf.thickness_mm == 9.0
    assert leaf.width_mm != demo.design.template.chosen.parameters.shell.leaf.width_mm
    assert design.stiffness.plantarflexion == pytest.approx(design.stiffness.target, rel=0.02)
    assert design.chosen.source("shell.leaf.thickness_mm") == "user"
    assert design.chosen.source("shell.leaf.width_mm") == "tuned"
    assert design.chosen.parameters.shell == design.shell.parameters
    assert leaf.width_mm <= widest_leaf(design.shell, design.positive)


def test_the_wrong_leg_is_refused(demo: Demo) -> None:
    other = replace(demo.design.limb, side=Side.RIGHT)
    with pytest.raises(SideMismatch, match="The person file says left, the scan was taken as a r"):
        designed(demo, limb=other)


def test_full_strength_needs_no_orthosis(demo: Demo, tmp_path: Path) -> None:
    strong = tmp_path / "strong.toml"
    strong.write_text(
        PERSON.read_text("utf-8").replace('dorsiflexor_mmt = "3"', 'dorsiflexor_mmt = "5"')
    )
    with pytest.raises(DesignInfeasible, match=r"[Nn]o orthosis indicated"):
        designed(demo, person=read_person(strong))


def test_stages_are_announced_in_order(demo: Demo) -> None:
    said: list[str] = []

    class Enough(Exception):
        pass

    def progress(stage: str) -> None:
        said.append(stage)
        if stage == "tuning":
            raise Enough

    with pytest.raises(Enough):
        designed(demo, progress=progress)
    assert said == ["prescription", "cast modification", "shell", "tuning"]


@pytest.mark.skipif(not SCANS.is_dir(), reason="the shared scans are not beside the project")
def test_a_childs_lengths_are_scaled_and_said(demo: Demo) -> None:
    limb = true_limb("makehuman/10_boy_child_thin_neutral90")
    person = replace(
        demo.design.person,
        identity=replace(
            demo.design.person.identity,
            age_years=7.0,
            height_mm=6.6 * limb.foot_length,
            mass_kg=24.0,
            side=limb.side.value,
        ),
    )
    design = designed(demo, limb=limb, person=person)
    assert any("scaled to a foot" in warning for warning in design.warnings)
    assert design.shell.parameters.calf.band_height_mm < 60.0
    assert design.stiffness.plantarflexion == pytest.approx(design.stiffness.target, rel=0.02)
    assert design.part.is_closed
