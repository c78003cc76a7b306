"""DesignParameters: every parameter of a design, each with where its value came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from afo_designer.cast.parameters import CastParameters
from afo_designer.geometry.parameter import choice, group, leaves, quantity, with_value
from afo_designer.shell.parameters import Marking, ShellParameters

# Foot length (mm) of the adult that the millimetres of templates are written for.
ADULT_FOOT_MM = 250.0
# Lengths that follow a smaller foot, the wall that bends among them: a leaf smaller in all its
# sizes is softer by their cube, about as a child is lighter, and an adult's wall folds on a
# toddler's heel. Clearance, the other walls and the malleoli's room do not. A larger foot changes
# nothing: the shoe and the strap stay as they are (engineering choice).
SCALED = (
    "cast.relief.navicular_mm",
    "cast.relief.fifth_metatarsal_base_mm",
    "cast.relief.fifth_metatarsal_head_mm",
    "cast.relief.first_metatarsal_head_mm",
    "cast.relief.achilles_mm",
    "cast.relief.heel_mm",
    "cast.relief.instep_mm",
    "cast.relief.tibial_crest_mm",
    "cast.relief.pretibial_mm",
    "cast.relief.fibular_head_mm",
    "cast.arch_support_mm",
    "shell.calf.top_below_fibular_head_mm",
    "shell.calf.top_above_malleoli_mm",
    "shell.calf.taper_mm",
    "shell.calf.corner_radius_mm",
    "shell.calf.flare_mm",
    "shell.calf.flare_length_mm",
    "shell.leaf.thickness_mm",
    "shell.leaf.width_mm",
    "shell.leaf.trim_anterior_mm",
    "shell.heel.wall_height_mm",
    "shell.footplate.toe_allowance_mm",
    "shell.footplate.wall_height_mm",
    "shell.footplate.wall_end_behind_heads_mm",
    "shell.footplate.flare_mm",
    "shell.straps.instep_strap_width_mm",
    "shell.hinge.ear_radius_mm",
    "shell.hinge.stop_width_mm",
    "shell.ribs.height_mm",
    "shell.ribs.width_mm",
    "shell.ribs.edge_mm",
    "shell.shin.below_tuberosity_mm",
    "shell.shin.above_malleoli_mm",
    "shell.shin.overlap_mm",
    "shell.shin.strap_width_mm",
    "tuning.thickness_low_mm",
    "tuning.thickness_high_mm",
    "tuning.width_low_mm",
    "tuning.width_high_mm",
)
BAND, STRAP, STRAP_CENTRE = (
    "shell.calf.band_height_mm",
    "shell.straps.calf_strap_width_mm",
    "shell.straps.calf_strap_below_top_mm",
)
# On no limb is a calf band lower, or a leaf narrower or thinner (science.md §7, recalled).
LEAST = {
    BAND: 45.0,
    "shell.calf.top_above_malleoli_mm": 25.0,
    "shell.leaf.thickness_mm": 2.0,
    "shell.leaf.width_mm": 25.0,
    "shell.shin.strap_width_mm": 20.0,
    "tuning.thickness_low_mm": 2.0,
    "tuning.thickness_high_mm": 5.0,
    "tuning.width_low_mm": 25.0,
}


@dataclass(frozen=True, slots=True)
class Tuning:
    """What tuning is for, and how far it may go."""

    goal: str = choice(
        "sagittal",
        ("sagittal", "dorsiflexion", "none"),
        "what the wall is solved for: the prescribed stiffness against plantarflexion; the "
        "prescriber's own into dorsiflexion, and the template's wall where there is none; or "
        "nothing, in an orthosis that claims the frontal plane alone",
    )
    thickness_low_mm: float = quantity(2.0, "mm", 1.5, 8.0, "thinnest leaf tuning may choose")
    thickness_high_mm: float = quantity(6.0, "mm", 1.5, 10.0, "thickest leaf tuning may choose")
    width_low_mm: float = quantity(30.0, "mm", 18.0, 120.0, "narrowest leaf tuning may choose")
    width_high_mm: float = quantity(70.0, "mm", 18.0, 120.0, "widest leaf tuning may choose")
    trim_low_mm: float = quantity(
        -20.0, "mm", -30.0, 30.0, "most posterior ankle trim tuning may choose"
    )
    trim_high_mm: float = quantity(
        15.0, "mm", -30.0, 30.0, "most anterior ankle trim tuning may choose"
    )
    graded: str = choice(
        "no", ("no", "yes"), "whether tuning grades the leaf's wall along its length"
    )
    tolerance_percent: float = quantity(0.5, "%", 0.05, 5.0, "stiffness error that ends tuning")


@dataclass(frozen=True, slots=True)
class Printing:
    """What happens to the part in and after the machine."""

    finish: str = choice(
        "as_printed",
        ("as_printed", "blasted", "vapour_smoothed", "tumbled", "dyed", "sanded"),
        "finish, of those the material names; its change of the wall goes into the mechanics",
    )


@dataclass(frozen=True, slots=True)
class DesignParameters:
    """The stages' parameters composed."""

    cast: CastParameters = group(CastParameters)
    shell: ShellParameters = group(ShellParameters)
    tuning: Tuning = group(Tuning)
    printing: Printing = group(Printing)
    marking: Marking = group(Marking)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Parameters with their sources: `sources` maps a dotted key to template, user or tuned."""

    parameters: DesignParameters
    sources: Mapping[str, str]

    def source(self, key: str) -> str:
        return self.sources.get(key, "default")

    def with_values(self, values: Mapping[str, Any], source: str) -> Chosen:
        """Some values replaced. Raises `ParameterRefused` for unknown keys and values."""
        parameters = self.parameters
        for key, value in values.items():
            parameters = with_value(parameters, key, value)
        return Chosen(parameters, {**self.sources, **dict.fromkeys(values, source)})

    def scaled_to(self, foot_length: float) -> Chosen:
        """Lengths of the template brought to a foot shorter than an adult's; user values stay."""
        share = foot_length / ADULT_FOOT_MM
        if share >= 1.0:
            return self
        values = {leaf.key: (leaf, value) for leaf, value in leaves(self.parameters)}
        changed = {}
        for key in (*SCALED, BAND):
            leaf, value = values[key]
            if self.source(key) != "user":
                # Distances behind a landmark are negative and shrink towards it all the same.
                least = LEAST.get(key, max(leaf.low, 0.0))
                length = min(abs(float(value)), max(share * abs(float(value)), least))
                changed[key] = float(np.copysign(length, float(value)))
        # The strap keeps its distance from both edges of a lower band.
        lowered = float(values[BAND][1]) - changed.get(BAND, float(values[BAND][1]))
        for key, part in ((STRAP, 1.0), (STRAP_CENTRE, 0.5)):
            value = float(values[key][1])
            if self.source(key) != "user" and value > 0.0:
                changed[key] = value - part * lowered
        parameters = self.parameters
        for key, value in changed.items():
            parameters = with_value(parameters, key, value)
        return replace(self, parameters=parameters)


def parameter_record(chosen: Chosen) -> dict[str, dict[str, Any]]:
    """The record's `parameters`: {key: {value, unit, source}}."""
    return {
        leaf.key: {"value": value, "unit": leaf.unit, "source": chosen.source(leaf.key)}
        for leaf, value in leaves(chosen.parameters)
    }
