"""Condition: what makes one leg unlike another of the same size: disease, bones, individual form.

Every value is 0 on the plain leg. Amounts are this project's own ([D], unpublished) unless noted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np

from afo_designer.geometry.parameter import quantity


@dataclass(frozen=True, slots=True)
class Condition:
    """Disease, deformity and load; calf girth and arch are the limb's own parameters."""

    anterior_wasting: float = quantity(
        0.0, "1", 0.0, 1.0, "hollow beside the tibial crest, as after long foot drop"
    )
    oedema: float = quantity(
        0.0, "1", 0.0, 1.0, "swelling; 1 adds 10 % to the ankle's girth and 4 % to the calf's"
    )
    hindfoot_varus_deg: float = quantity(
        0.0, "deg", -15.0, 20.0, "heel turned under the foot, varus positive, valgus negative"
    )
    toe_clawing: float = quantity(0.0, "1", 0.0, 1.0, "knuckles of the lesser toes drawn up")
    load_share: float = quantity(
        0.0, "1", 0.0, 1.0, "weight on the foot: sole flattened, arch lower, foot longer"
    )


@dataclass(frozen=True, slots=True)
class Prominences:
    """How much further than usual a bone or tendon stands out; the malleoli have their own."""

    navicular_mm: float = quantity(0.0, "mm", -3.0, 8.0, "navicular tuberosity")
    fifth_metatarsal_base_mm: float = quantity(0.0, "mm", -3.0, 8.0, "base of the fifth metatarsal")
    first_metatarsal_head_mm: float = quantity(
        0.0, "mm", -2.0, 10.0, "first metatarsal head, sideways; a bunion"
    )
    fifth_metatarsal_head_mm: float = quantity(0.0, "mm", -2.0, 8.0, "fifth head, sideways")
    tibial_crest_mm: float = quantity(0.0, "mm", 0.0, 6.0, "ridge of the shin")
    tibial_tuberosity_mm: float = quantity(0.0, "mm", -2.0, 8.0, "tibial tuberosity")
    fibular_head_mm: float = quantity(0.0, "mm", -2.0, 8.0, "fibular head")
    achilles_mm: float = quantity(
        0.0, "mm", 0.0, 8.0, "depth of the hollows between tendon and malleoli"
    )


@dataclass(frozen=True, slots=True)
class Form:
    """One person's deviations from the drawn form, in standard deviations; see `_SPREAD`s at use.

    Skin measures are kept: these move proportions, not sizes.
    """

    calf_height: float = 0.0
    calf_bulge: float = 0.0
    shank_bow: float = 0.0
    instep_height: float = 0.0
    foot_curve: float = 0.0
    second_toe: float = 0.0
    malleolar_rise: float = 0.0
    malleolar_advance: float = 0.0
    heel_back: float = 0.0


@dataclass(frozen=True, slots=True)
class Traits:
    """All of it together, as the shapes of foot and shank take it.

    `plantarflexion_excess` is how far beyond the demonstration limb's 18° the ankle is
    plantarflexed, 0 there and 1 at 35°; `torsion` (rad) turns the knee inwards about the shank;
    `slimming` takes that share of the foot length off the ankle's depth from heel to instep.
    """

    condition: Condition = field(default_factory=Condition)
    bones: Prominences = field(default_factory=Prominences)
    form: Form = field(default_factory=Form)
    plantarflexion_excess: float = 0.0
    torsion: float = 0.0
    slimming: float = 0.0


def drawn_form(random: np.random.Generator, spread: float) -> Form:
    """A person's form, each deviation at most 2 standard deviations times `spread`."""
    names = [item.name for item in fields(Form)]
    drawn = np.clip(random.standard_normal(len(names)), -2.0, 2.0)
    return Form(**dict(zip(names, (spread * drawn).tolist(), strict=True)))
