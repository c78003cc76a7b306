"""Shell parameters: trim lines, thickness and footplate, in millimetres of anatomy.

Defaults are workshop practice (science.md §7, recalled); a template overrides them per family.
"""

from __future__ import annotations

from dataclasses import dataclass

from afo_designer.geometry.parameter import choice, group, quantity, quantity_or


@dataclass(frozen=True, slots=True)
class Calf:
    """The calf band and the part that leads down from it."""

    proximal: str = choice(
        "below_fibular_head",
        ("below_fibular_head", "above_malleoli"),
        "what the proximal trim is measured from; above the malleoli band and taper shrink to the "
        "room there",
    )
    top_below_fibular_head_mm: float = quantity(
        45.0, "mm", 20.0, 180.0, "proximal trim below the fibular head's apex (peroneal nerve)"
    )
    top_above_malleoli_mm: float = quantity(
        45.0, "mm", 20.0, 120.0, "proximal trim above the higher malleolar apex"
    )
    band_height_mm: float = quantity(60.0, "mm", 25.0, 120.0, "height of the calf band")
    wrap_deg: float = quantity(
        105.0, "deg", 60.0, 125.0, "how far the band reaches from the posterior midline, each side"
    )
    taper_mm: float = quantity(
        70.0, "mm", 20.0, 200.0, "length over which the band narrows to the leaf"
    )
    corner_radius_mm: float = quantity(18.0, "mm", 4.0, 30.0, "radius of the proximal corners")
    flare_mm: float = quantity(4.0, "mm", 0.0, 8.0, "outward flare of the proximal edge")
    flare_length_mm: float = quantity(14.0, "mm", 5.0, 40.0, "length of the proximal flare")
    thickness_mm: float = quantity(3.0, "mm", 1.5, 8.0, "wall of the calf band")


@dataclass(frozen=True, slots=True)
class Leaf:
    """The part between calf band and heel cup that bends: its thickness is what is tuned."""

    thickness_mm: float = quantity(4.0, "mm", 1.5, 10.0, "wall at the ankle, solved by tuning")
    edge: str = choice(
        "width",
        ("width", "malleolus"),
        "whether the ankle trim is set by the leaf's width or by its distance to the malleoli",
    )
    width_mm: float = quantity(40.0, "mm", 18.0, 120.0, "width of the leaf along the skin")
    root_widening_mm: float = quantity(
        14.0, "mm", 0.0, 40.0, "how much wider the leaf is where it enters the heel cup"
    )
    trim_anterior_mm: float = quantity(
        12.0, "mm", -30.0, 30.0, "ankle trim in front of (negative: behind) the malleolar apices"
    )
    section_radius_mm: float = quantity(
        0.0, "mm", 0.0, 1000.0, "least radius of the leaf's section across; 0: follows the limb"
    )
    grade_1: float = quantity(
        1.0, "", 0.5, 2.0, "factor on the wall a quarter down from calf band to sole"
    )
    grade_2: float = quantity(1.0, "", 0.5, 2.0, "factor on the wall three eighths down")
    grade_3: float = quantity(1.0, "", 0.5, 2.0, "factor on the wall half-way down")
    grade_4: float = quantity(1.0, "", 0.5, 2.0, "factor on the wall five eighths down")
    grade_5: float = quantity(1.0, "", 0.5, 2.0, "factor on the wall three quarters down")

    @property
    def grades(self) -> tuple[float, ...]:
        """The factors on the wall, proximal to distal; all one for a uniform leaf."""
        return (self.grade_1, self.grade_2, self.grade_3, self.grade_4, self.grade_5)


@dataclass(frozen=True, slots=True)
class Heel:
    """The heel cup."""

    wall_height_mm: float = quantity(25.0, "mm", 10.0, 50.0, "height of the heel-cup walls")
    side_thickness_mm: float | str = quantity_or(
        "leaf", "mm", 1.5, 8.0, "wall of the heel's sides, at most the leaf's; leaf: the leaf's own"
    )
    strip_share: float = quantity(
        0.75, "1", 0.3, 1.5, "how much of leaf.width_mm keeps the leaf's wall behind the heel"
    )


@dataclass(frozen=True, slots=True)
class Footplate:
    """The footplate: not part of the leaf's tuning."""

    length: str = choice(
        "full",
        ("full", "sulcus", "three_quarter", "metatarsal"),
        "to beyond the toes, to the fold under them, just behind the metatarsal heads, or where "
        "the walls end",
    )
    toe_allowance_mm: float = quantity(1.5, "mm", 0.0, 20.0, "plate beyond the longest toe")
    wall_height_mm: float = quantity(22.0, "mm", 5.0, 60.0, "height of the walls at the midfoot")
    wall_end_behind_heads_mm: float = quantity(
        8.0, "mm", 2.0, 60.0, "where the walls end, behind the metatarsal heads"
    )
    thickness_mm: float = quantity(2.5, "mm", 1.5, 6.0, "plate under heel and midfoot")
    toe_thickness_mm: float = quantity(2.0, "mm", 1.0, 4.0, "plate under the toes")
    inset_mm: float = quantity(1.0, "mm", 0.0, 8.0, "plate's edge inside the foot's outline")
    flare_mm: float = quantity(0.0, "mm", 0.0, 5.0, "outward flare of the side walls' upper edge")


@dataclass(frozen=True, slots=True)
class Straps:
    """Straps: slots 2 mm longer than a strap is wide, loops, or rivets for the calf strap."""

    fastening: str = choice(
        "slots",
        ("slots", "loops", "rivets"),
        "of the calf strap: through a slot on either side; through a pair of slots, under a bridge "
        "that stands out; or riveted (shell.rivets)",
    )
    calf_strap_width_mm: float = quantity(40.0, "mm", 0.0, 50.0, "calf strap; 0: no slots")
    calf_strap_below_top_mm: float = quantity(34.0, "mm", 15.0, 80.0, "its centre below the top")
    instep_strap_width_mm: float = quantity(0.0, "mm", 0.0, 50.0, "instep strap at 45°; 0: none")
    slot_width_mm: float = quantity(5.0, "mm", 3.0, 10.0, "opening across a slot")
    slot_edge_mm: float = quantity(9.0, "mm", 8.0, 30.0, "material between slot and edge")
    loop_width_mm: float = quantity(10.0, "mm", 8.0, 20.0, "a loop's bridge along the strap")
    loop_height_mm: float = quantity(4.0, "mm", 2.0, 5.0, "how far a loop stands out")


@dataclass(frozen=True, slots=True)
class Edge:
    """The finished edge, all round and in every opening."""

    radius_mm: float = quantity(
        0.0, "mm", 0.0, 4.0, "radius of the edge's two roundings; 0: half round, whatever the wall"
    )


@dataclass(frozen=True, slots=True)
class Ribs:
    """Ribs or folds over the ankle and up the leaf that keep a thin wall from buckling.

    Beside the edges and to two thirds of the height (bench study of rigid polypropylene
    orthoses, mechanics.md §2, read in an excerpt); the other sizes are this project's choice.
    """

    number: str = choice(
        "none",
        ("none", "one", "two", "three"),
        "one along the posterior midline, two beside the edges, or all three",
    )
    height_mm: float = quantity(3.0, "mm", 0.5, 6.0, "a rib's or fold's height above the wall")
    width_mm: float = quantity(26.0, "mm", 8.0, 60.0, "its width from foot to foot")
    edge_mm: float = quantity(3.0, "mm", 0.0, 40.0, "least wall between a rib's foot and the edge")
    top_share: float = quantity(
        0.67, "1", 0.3, 0.95, "where ribs end, of the way from the sole to the proximal edge"
    )
    bottom_share: float = quantity(
        0.9, "1", 0.0, 1.0, "where they end below, of the way from the malleoli to the sole"
    )
    form: str = choice(
        "ribs",
        ("ribs", "corrugation"),
        "solid ribs on the outer face, or folds of an even wall, hollow towards the skin",
    )


@dataclass(frozen=True, slots=True)
class Rivets:
    """Round holes beside the anterior edges of the calf band, for rivets or screws."""

    diameter_mm: float = quantity(0.0, "mm", 0.0, 10.0, "rivets' holes across; 0: none")
    per_side: str = choice("2", ("1", "2", "3"), "rivets' holes beside each edge")
    below_top_mm: float = quantity(
        30.0, "mm", 8.0, 110.0, "middle of the row below the proximal edge"
    )
    spacing_mm: float = quantity(25.0, "mm", 6.0, 60.0, "from one rivet to the next")
    edge_mm: float = quantity(
        20.0, "mm", 4.5, 60.0, "material between hole and edge; less meets the calf strap's slot"
    )


@dataclass(frozen=True, slots=True)
class Windows:
    """Ventilation windows in the calf. Sizes are this project's choice [D]."""

    pattern: str = choice(
        "none", ("none", "slots", "rounds"), "rows of slots along the shank, rounds, or none"
    )
    free_area_percent: float = quantity(
        20.0, "%", 2.0, 40.0, "what they open of the part of the calf where they may be"
    )
    bridge_mm: float = quantity(8.0, "mm", 5.0, 30.0, "least wall between two windows")
    edge_mm: float = quantity(
        10.0, "mm", 6.0, 40.0, "least wall between a window and edge, slot, rivet or mark"
    )
    # a round hole trebles the stress beside it (Kirsch 1898, recalled)
    stress_share_percent: float = quantity(
        33.0, "%", 5.0, 100.0, "what the wall beside a window may bear of what it is allowed"
    )


@dataclass(frozen=True, slots=True)
class Shin:
    """The anterior shell of a ground-reaction orthosis, a part by itself."""

    cover: str = choice("no", ("no", "yes"), "whether an anterior shell closes over the shin")
    below_tuberosity_mm: float = quantity(
        15.0, "mm", 0.0, 80.0, "its proximal edge below the tibial tuberosity"
    )
    above_malleoli_mm: float = quantity(
        130.0, "mm", 60.0, 300.0, "its distal edge above the malleoli"
    )
    overlap_mm: float = quantity(16.0, "mm", 5.0, 40.0, "how far it reaches over the calf's edges")
    gap_mm: float = quantity(1.0, "mm", 0.5, 5.0, "air between it and the calf part's wall")
    thickness_mm: float = quantity(3.0, "mm", 1.5, 6.0, "its wall")
    strap_width_mm: float = quantity(38.0, "mm", 0.0, 50.0, "each of its two straps; 0: no slots")


@dataclass(frozen=True, slots=True)
class Marking:
    """The part's number and side on its outer face (reliability notes §5: 1 mm, 4 mm capitals)."""

    style: str = choice(
        "raised", ("raised", "engraved", "none"), "whether the letters stand out or are sunk in"
    )
    place: str = choice(
        "calf",
        ("calf", "calf_lateral", "calf_medial", "calf_posterior", "calf_round"),
        "where it is written: down the shank, or round it; calf: the first that has room",
    )
    cap_mm: float = quantity(4.0, "mm", 4.0, 10.0, "height of the capitals, of five strokes")
    depth_mm: float = quantity(1.0, "mm", 0.3, 2.0, "how far the letters stand out or are sunk in")


@dataclass(frozen=True, slots=True)
class Hinge:
    """The ankle hinges of an orthosis of two parts. Sizes are this project's choice [D]."""

    kind: str = choice(
        "none",
        ("none", "standard", "printed_pin"),
        "a joint bought in (screws through both ears), two pins printed apart, or no hinge",
    )
    diameter_mm: float = quantity(6.0, "mm", 4.0, 12.0, "screw, or printed pin, across")
    play_mm: float = quantity(0.4, "mm", 0.1, 1.0, "hole wider than screw or pin (0.4 for pins)")
    ear_radius_mm: float = quantity(14.0, "mm", 8.0, 25.0, "ears round the hinge's axis")
    gap_mm: float = quantity(
        0.6, "mm", 0.5, 2.0, "between the ears: parts printed apart, powder out (reliability §5)"
    )
    boss_mm: float = quantity(1.5, "mm", 0.0, 4.0, "outer ear thicker round the hole")
    forward_mm: float = quantity(0.0, "mm", -5.0, 5.0, "axis in front of the malleoli")
    above_mm: float = quantity(0.0, "mm", -5.0, 5.0, "axis above the malleoli")
    stop_angle_deg: float | str = quantity_or(
        "neutral", "deg", -15.0, 10.0, "ankle angle at which plantarflexion is stopped"
    )
    stop_width_mm: float = quantity(36.0, "mm", 16.0, 80.0, "length of the stop behind the heel")
    dorsiflexion_deg: float = quantity(
        15.0, "deg", 10.0, 30.0, "dorsiflexion that the parts leave free"
    )


@dataclass(frozen=True, slots=True)
class ShellParameters:
    """Everything the shell is made of beside the positive model."""

    calf: Calf = group(Calf)
    leaf: Leaf = group(Leaf)
    heel: Heel = group(Heel)
    footplate: Footplate = group(Footplate)
    straps: Straps = group(Straps)
    ribs: Ribs = group(Ribs)
    edge: Edge = group(Edge)
    rivets: Rivets = group(Rivets)
    windows: Windows = group(Windows)
    shin: Shin = group(Shin)
    hinge: Hinge = group(Hinge)
