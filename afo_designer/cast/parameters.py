"""Cast modification in millimetres and degrees: alignment, reliefs, build-ups, clearance."""

from __future__ import annotations

from dataclasses import dataclass

from afo_designer.geometry.parameter import choice, group, quantity, quantity_or

# The word for a pose that stays what it was in the scan.
AS_SCANNED = "as_scanned"


@dataclass(frozen=True, slots=True)
class Relief:
    """Millimetres of room over bony places (workshop practice, science.md §7; recalled)."""

    medial_malleolus_mm: float = quantity(5.0, "mm", 0.0, 10.0, "room over the medial malleolus")
    lateral_malleolus_mm: float = quantity(5.0, "mm", 0.0, 10.0, "room over the lateral malleolus")
    navicular_mm: float = quantity(4.0, "mm", 0.0, 8.0, "room over the navicular tuberosity")
    fifth_metatarsal_base_mm: float = quantity(
        4.0, "mm", 0.0, 8.0, "room over the base of the fifth metatarsal"
    )
    fifth_metatarsal_head_mm: float = quantity(
        3.0, "mm", 0.0, 8.0, "room beside the head of the fifth metatarsal"
    )
    first_metatarsal_head_mm: float = quantity(
        3.0, "mm", 0.0, 8.0, "room beside the head of the first metatarsal"
    )
    achilles_mm: float = quantity(2.0, "mm", 0.0, 6.0, "room over heel bone and Achilles tendon")
    feather_mm: float = quantity(15.0, "mm", 8.0, 25.0, "distance over which a relief fades out")


@dataclass(frozen=True, slots=True)
class Pose:
    """The bones' pose in the orthosis beside the ankle angle, which the prescription gives."""

    inversion_deg: float | str = quantity_or(
        AS_SCANNED, "deg", -15.0, 20.0, "sole towards the other leg (eversion negative)"
    )
    toe_out_deg: float | str = quantity_or(
        AS_SCANNED, "deg", -20.0, 40.0, "foot's axis outwards against the knee's"
    )
    ankle_axis: str = choice(
        "transverse",
        ("transverse", "malleolar"),
        "dorsiflexion in the sagittal plane, or about the line through both malleoli",
    )


@dataclass(frozen=True, slots=True)
class CastParameters:
    """How the positive model departs from the limb."""

    clearance_mm: float = quantity(1.0, "mm", 0.0, 5.0, "sock or liner between skin and shell")
    plantar_flattening: float = quantity(
        1.0,
        "1",
        0.0,
        1.0,
        "1: the sole is flat from heel to metatarsal heads, 0: the arch stays",
    )
    toe_spring_deg: float = quantity(
        0.0, "deg", 0.0, 15.0, "rise of the toe plate above the shoe's floor"
    )
    pose: Pose = group(Pose)
    relief: Relief = group(Relief)
