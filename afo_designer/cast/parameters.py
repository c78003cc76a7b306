"""Cast modification in millimetres and degrees: alignment, reliefs, build-ups, clearance."""

from __future__ import annotations

from dataclasses import dataclass, replace

from afo_designer.geometry.parameter import choice, group, quantity, quantity_or

# The word for a pose that stays what it was in the scan.
AS_SCANNED = "as_scanned"
# Thickness worn (mm): stockinette, cotton, terry, foam liner (workshop practice: 0 to 3; recalled).
SOCKS_MM = {"none": 0.0, "thin": 0.5, "medium": 1.0, "thick": 2.0, "liner": 3.0}


@dataclass(frozen=True, slots=True)
class Relief:
    """Millimetres of room over bony places, less than nothing presses soft ones.

    Workshop practice, science.md §7; recalled.
    """

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
    achilles_mm: float = quantity(2.0, "mm", -3.0, 6.0, "room over heel bone and Achilles tendon")
    heel_mm: float = quantity(0.0, "mm", 0.0, 8.0, "room behind the heel bone alone")
    instep_mm: float = quantity(0.0, "mm", -4.0, 8.0, "room over the instep; negative presses it")
    tibial_crest_mm: float = quantity(0.0, "mm", 0.0, 8.0, "room along the ridge of the shin")
    pretibial_mm: float = quantity(
        0.0, "mm", -4.0, 6.0, "room over the muscle beside the shin's ridge; negative presses it"
    )
    fibular_head_mm: float = quantity(
        0.0, "mm", 0.0, 8.0, "room over the fibular head, where a shell reaches it"
    )
    feather_mm: float = quantity(15.0, "mm", 8.0, 25.0, "distance over which a relief fades out")


@dataclass(frozen=True, slots=True)
class Pad:
    """Pads glued inside the shell: each gets a recess as deep as it is thick, on top of the relief.

    The thickness of a pad is added to the cast (science.md §7, recalled); the ranges are this
    project's choice.
    """

    medial_malleolus_mm: float = quantity(0.0, "mm", 0.0, 5.0, "pad over the medial malleolus")
    lateral_malleolus_mm: float = quantity(0.0, "mm", 0.0, 5.0, "pad over the lateral malleolus")
    navicular_mm: float = quantity(0.0, "mm", 0.0, 5.0, "pad over the navicular tuberosity")
    fifth_metatarsal_base_mm: float = quantity(
        0.0, "mm", 0.0, 5.0, "pad over the base of the fifth metatarsal"
    )
    heel_mm: float = quantity(0.0, "mm", 0.0, 5.0, "pad behind the heel bone")
    fibular_head_mm: float = quantity(0.0, "mm", 0.0, 5.0, "pad over the fibular head")
    radius_mm: float = quantity(14.0, "mm", 6.0, 25.0, "radius of a pad: its recess is as wide")


@dataclass(frozen=True, slots=True)
class Pose:
    """The bones' pose in the orthosis beside the ankle angle, which the prescription gives."""

    inversion_deg: float | str = quantity_or(
        AS_SCANNED, "deg", -15.0, 20.0, "sole towards the other leg (eversion negative)"
    )
    toe_out_deg: float | str = quantity_or(
        AS_SCANNED, "deg", -20.0, 30.0, "foot's axis outwards against the knee's"
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
    sock: str = choice(
        "as_clearance",
        ("as_clearance", *SOCKS_MM),
        "a sock by name sets the clearance: "
        + ", ".join(f"{name} {mm:g} mm" for name, mm in SOCKS_MM.items()),
    )
    plantar_flattening: float = quantity(
        1.0,
        "1",
        0.0,
        1.0,
        "1: the sole is flat from heel to metatarsal heads, 0: the arch stays",
    )
    arch_support_mm: float = quantity(
        0.0, "mm", -2.0, 15.0, "how much higher the support stands under the medial arch"
    )
    heel_post_deg: float = quantity(
        0.0, "deg", -15.0, 15.0, "wedge under half of the heel: medial positive, lateral negative"
    )
    toe_spring_deg: float = quantity(
        0.0, "deg", 0.0, 10.0, "rise of the toe plate above the shoe's floor"
    )
    pose: Pose = group(Pose)
    relief: Relief = group(Relief)
    pad: Pad = group(Pad)

    @property
    def settled(self) -> CastParameters:
        """The same with the clearance of the sock that is named."""
        if self.sock not in SOCKS_MM:
            return self
        return replace(self, clearance_mm=SOCKS_MM[self.sock])
