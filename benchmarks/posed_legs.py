"""The legs that landmark statistics are fitted on, posed as the program poses them.

Two families of synthetic legs, each clean and twice as scanners give it: `population` 000-049 of
the shared scans (MakeHuman, CC0) and patients 0-399 of this project's generator. Legs kept apart,
makehuman, scanlike and the leg from imaging are not among them. The first degraded form has the
draw of `population.degraded`; the second another, now and then with a hole behind the heel and with
less of the shank. With a cache folder, posed legs are kept there and taken from there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import trimesh

from afo_designer.geometry.array import FloatArray, unit
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.cloud import LEG_POINTS, sampled
from afo_designer.limb.generator import generate_limb
from afo_designer.limb.landmarks import NAMES
from afo_designer.limb.population import degraded, patient
from afo_designer.limb.pose import Corner, fitted_pose
from afo_designer.limb.reading import open_edges
from afo_designer.limb.relief import PosedLeg
from afo_designer.limb.scanner import scanned
from afo_designer.limb.shank import NoFootFound
from afo_designer.limb.surface import leg_surface

TRUTH_NAMES = {
    "medial_malleolus": "malleolus_medial",
    "lateral_malleolus": "malleolus_lateral",
    "first_metatarsal_head_medial": "mt1_head_medial",
    "first_metatarsal_head_plantar": "mt1_head_plantar",
    "fifth_metatarsal_head_lateral": "mt5_head_lateral",
    "fifth_metatarsal_head_plantar": "mt5_head_plantar",
    "second_toe_tip": "toe2_tip",
    "instep_at_ankle": "instep_at_ankle_height",
}
POPULATION = 50
VARIANTS = (0, 1, 2)  # clean, as `population.degraded` has it, and another draw, harder
_HEEL_HOLES, _HEEL_HOLE_MM = 0.2, (20.0, 45.0)
_CUTS, _LEAST_SHANK = 0.5, 0.55


@dataclass(frozen=True)
class Example:
    leg: PosedLeg
    marks: FloatArray  # (17, 3) of `NAMES`, foot frame; NaN: not known
    foot_length: float
    family: str
    number: int
    variant: int


def examples(scans: Path, legs: int, cache: Path | None) -> Iterator[Example]:
    for number in range(POPULATION):
        for variant in VARIANTS:
            yield from _kept(cache, "population", number, variant, scans)
    for number in range(legs):
        for variant in VARIANTS:
            yield from _kept(cache, "generated", number, variant, scans)


def _kept(
    cache: Path | None, family: str, number: int, variant: int, scans: Path
) -> Iterator[Example]:
    """The example, or nothing where no pose is found; from the cache if it is there."""
    path = cache / f"{family}_{number:03d}_{variant}.npz" if cache else None
    if path and path.exists():
        yield loaded(path)
        return
    try:
        example = made(family, number, variant, scans)
    except NoFootFound:
        return
    if path:
        saved(path, example)
    yield example


def saved(path: Path, example: Example) -> None:
    leg = example.leg
    np.savez(
        path,
        points=leg.points.astype(np.float32),
        normals=np.round(leg.normals * 127.0).astype(np.int8),
        rims=leg.rims.astype(np.float32),
        line=[leg.shank_point, leg.shank_direction],
        marks=example.marks,
        length=example.foot_length,
    )


def loaded(path: Path) -> Example:
    family, number, variant = path.stem.split("_")
    held = np.load(path)
    leg = PosedLeg(
        held["points"].astype(np.float64), held["normals"] / 127.0, held["rims"], *held["line"]
    )
    return Example(leg, held["marks"], float(held["length"]), family, int(number), int(variant))


def made(family: str, number: int, variant: int, scans: Path) -> Example:
    mesh, marks = _population(scans, number) if family == "population" else _generated(number)
    mirrored = marks.pop("is_left")[0] > 0.0
    random = np.random.default_rng([number, variant, 77])
    if variant:
        draw = 1000 * variant + number if variant > 1 else number
        effects = replace(degraded(patient(draw), draw).scanner, other_leg=0.0, chair=0.0)
        if family == "population":  # its frame is not that of the generator's scanner
            effects = replace(effects, hidden_toes_mm=0.0, floor_radius_mm=0.0)
        elif variant > 1 and random.random() < _HEEL_HOLES:
            effects = replace(effects, heel_hole_mm=float(random.uniform(*_HEEL_HOLE_MM)))
        if variant > 1 and random.random() < _CUTS:
            mesh = _cut(mesh, marks, float(random.uniform(_LEAST_SHANK, 1.0)))
        mesh = scanned(mesh, effects, random)
    return posed_example(mesh, marks, mirrored, family, number, variant)


def _cut(mesh: TriMesh, marks: dict[str, FloatArray], share: float) -> TriMesh:
    """What lies below a share of the way from the malleoli to the knee."""
    ankle = 0.5 * (marks["medial_malleolus"] + marks["lateral_malleolus"])
    axis = marks["knee_centre"] - ankle
    height = (mesh.corners.mean(axis=1) - ankle) @ unit(axis)
    return mesh.kept(height < share * float(np.linalg.norm(axis)))


def posed_example(
    mesh: TriMesh,
    marks: dict[str, FloatArray],
    mirrored: bool,
    family: str,
    number: int,
    variant: int,
) -> Example:
    piece = leg_surface(mesh).pieces[0]
    cloud = sampled(piece, LEG_POINTS)
    corner = Corner(marks["hallux_tip"], marks["heel_posterior"], marks["knee_centre"])
    pose = fitted_pose(cloud.points, corner)
    into, length = pose.frame.inverse, pose.foot_length
    flip = np.array([1.0, -1.0 if mirrored else 1.0, 1.0])
    # rounded as the cache has them, so that it changes nothing
    leg = PosedLeg(
        (into.apply(cloud.points) * flip / length).astype(np.float32).astype(np.float64),
        np.round(into.turn(cloud.normals) * flip * 127.0) / 127.0,
        (into.apply(open_edges(piece)) * flip / length).astype(np.float32).astype(np.float64),
        pose.shank_point * flip / length,
        pose.shank_direction * flip,
    )
    places = np.full((len(NAMES), 3), np.nan)
    for row, name in enumerate(NAMES):
        if name in marks:
            places[row] = into.apply(marks[name]) * flip / length
    return Example(leg, places, length, family, number, variant)


def _population(scans: Path, number: int) -> tuple[TriMesh, dict[str, FloatArray]]:
    path = scans / "population" / f"{number:03d}.ply"
    truth = json.loads(path.with_suffix(".json").read_text())
    held = trimesh.load(path, process=False)
    named = {name: TRUTH_NAMES.get(name, name) for name in NAMES}
    marks = {
        ours: np.array(truth["landmarks"][theirs])
        for ours, theirs in named.items()
        if theirs in truth["landmarks"]
    }
    marks["knee_centre"] = np.array(truth["joint_centres"]["knee_joint_centre"])
    marks["is_left"] = np.array([1.0 if truth["side"] == "left" else -1.0])
    return TriMesh(held.vertices, held.faces), marks


def _generated(number: int) -> tuple[TriMesh, dict[str, FloatArray]]:
    """A patient's leg as a left one, coordinates rounded as a file of single precision has them."""
    limb = generate_limb(patient(number))
    left = limb if limb.shape.side == "left" else limb.mirrored()
    marks = {name: place for name, place in left.all_landmarks.items() if name in NAMES}
    marks |= {"knee_centre": left.knee_centre, "is_left": np.array([1.0])}
    return left.mesh.with_vertices(left.mesh.vertices.astype(np.float32).astype(np.float64)), marks
