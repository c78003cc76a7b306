"""The collection of linear element problems: data, reference, source, gate of each."""

from __future__ import annotations

from functools import partial

import flat_problems as flat
import shell_problems as curved
from problem import Problem

FOUR_SIX = "R 25, L 50, t 0.25, half-angle 40°, E 4.32e8, ν 0, 90 per area; w at mid free edge"
PINCHED = "R 300, L 600, t 3, E 3e6, ν 0.3, P 1, rigid diaphragms; w under P"
OPEN = "R 4.953, L 10.35, E 10.5e6, ν 0.3125, P 100, free ends; w under P over P R/(E t³)"
SPHERE = "R 10, t 0.04, E 6.825e7, ν 0.3, forces ±2 at 90°; mean of the two deflections"
TWIST = "L 12, b 1.1, 90°, E 2.9e7, ν 0.22; tip along the load"
HOOK = "arcs R 14 × 60°, R 46 × 150°, b 20, t 2, E 3300, end shear 1; tip along the width"
HYPAR = "z = x² − y², 1 × 1, one edge clamped, E 2e11, ν 0.3, 8000 t per area"
SQUARE = "side 1, E 1e4, ν 0.3, uniform load, edges held in w; α in w = α p L⁴/D"
DISC = "R 1, E 1e4, ν 0.3, uniform load, edge held in w; α in w = α p R⁴/D"
PATCH = (
    "0.24 × 0.12 × 0.001 in five quads, E 1e6, ν 0.25, rim prescribed; largest error of all nodes"
)
BEAM = "6 × 0.2 × 0.1, E 1e7, ν 0.3, unit load at the tip"
ARC = "Ri 4.12, Ro 4.32, t 0.1, 90°, E 1e7, ν 0.25, unit load at the tip"

KRYSL = "[S] converged thick shell, Krysl's FinEtoolsFlexStructures; MacNeal, Harder 1985: 0.3024"
LINDBERG = "[S] Lindberg, Olson, Cowper 1969: 164.24 P/(E t)"
OPEN_SOURCE = "[S] coefficients collected in the project's notes"
SIMO = "[S] Simo, Fox, Rifai 1989, as Ko et al. 2017 use it"
ZUPAN = "[S] Zupan, Saje 2004"
SAJE_THIN = "[S] as Ko et al. 2017 use it"
BATHE = "[S] Bathe, Iosilevich, Chapelle 2000, MITC16"
TIMOSHENKO = "[S] Timoshenko's series, as Ko et al. 2017 use it"
MACNEAL = "[M] MacNeal, Harder 1985"
NAFEMS = "[M] NAFEMS"

GRID = "n × n cells on a quarter"
OCTANT = "n × n cells on an octant"
STRIP = "12n × 2n cells"
HOOK_MESH = "18n × 2.5n cells"
KINKED = "n × n, edges divided 1:2:…:n"


def classical(cells: str, mitc: dict[str, str]) -> list[Problem]:
    """What quads and triangles share; `mitc` are published values over the reference on 16 × 16."""
    quads = cells == "quads"
    tail = "" if quads else ", triangles"

    def gate(percent: float) -> float | None:
        return percent if quads else None

    use = {"cells": cells}
    return [
        Problem(
            f"Scordelis-Lo roof{tail}",
            FOUR_SIX,
            0.30202,
            KRYSL,
            partial(curved.scordelis_lo, **use),
            (8, 16, 32),
            GRID,
            gate=gate(1.0),
            gate_at=16,
            published=mitc["roof"],
        ),
        Problem(
            f"pinched cylinder, diaphragms{tail}",
            PINCHED,
            1.8248e-5,
            LINDBERG,
            partial(curved.pinched_cylinder, **use),
            (8, 16, 32),
            OCTANT,
            gate=gate(2.5),
            published=mitc["pinched"],
        ),
        Problem(
            f"hemisphere, 18° hole{tail}",
            SPHERE,
            0.0930,
            SIMO,
            partial(curved.hemisphere, **use),
            (8, 16, 32),
            GRID,
            gate=gate(1.0),
            published=mitc["hole"],
        ),
        Problem(
            f"hemisphere, 18° hole, distorted{tail}",
            SPHERE,
            0.0930,
            SIMO,
            partial(curved.hemisphere, mesh="distorted", **use),
            (8, 16, 32),
            KINKED,
            gate=gate(2.0),
            published=mitc["hole distorted"],
        ),
        *(
            Problem(
                f"twisted beam, t 0.32, {way}{tail}",
                TWIST,
                reference,
                ZUPAN,
                partial(curved.twisted_beam, axis=axis, **use),
                (2, 4, 8),
                STRIP,
                gate=gate(1.0),
                published=mitc[f"twist {way}"],
            )
            for way, axis, reference in (
                ("in plane", 2, 5.424534868e-3),
                ("out of plane", 1, 1.753248285e-3),
            )
        ),
        *(
            Problem(
                f"twisted beam, t 0.0032, {way}{tail}",
                TWIST + "; P 1e-6",
                reference,
                SAJE_THIN,
                partial(curved.twisted_beam, axis=axis, thickness=0.0032, load=1e-6, **use),
                (2, 4, 8),
                STRIP,
                published=mitc[f"thin twist {way}"],
            )
            for way, axis, reference in (("in plane", 2, 5.256e-3), ("out of plane", 1, 1.294e-3))
        ),
        *(
            Problem(
                f"Raasch hook, ν {nu}{tail}",
                HOOK,
                reference,
                source,
                partial(curved.raasch_hook, nu=nu, **use),
                (2, 4, 8),
                HOOK_MESH,
                gate=gate(1.0),
                published=mitc["hook"] if nu == 0.3 else "",
            )
            for nu, reference, source in (
                (0.35, 5.02201, "[S] 20-node solids; MSC 4.9352 [M]"),
                (0.3, 4.82482, "[S] Ko et al. 2017"),
            )
        ),
    ]


MITC4 = {
    "roof": "MITC4+ 0.9973",
    "pinched": "MITC4+ 0.9313",
    "hole": "MITC4+ 1.009",
    "hole distorted": "MITC4+ 0.9958 (MITC4 0.5815)",
    "twist in plane": "MITC4+ 0.9963",
    "twist out of plane": "MITC4+ 0.9912",
    "thin twist in plane": "MITC4+ 0.9978",
    "thin twist out of plane": "MITC4+ 0.9978",
    "hook": "MITC4+ 0.9911",
}
MITC3 = {
    "roof": "MITC3+ 0.9550",
    "pinched": "MITC3+ 0.9308",
    "hole": "MITC3+ 1.007",
    "hole distorted": "MITC3+ 1.009",
    "twist in plane": "MITC3+ 0.9963",
    "twist out of plane": "MITC3+ 0.9912",
    "thin twist in plane": "MITC3+ 0.9947",
    "thin twist out of plane": "MITC3+ 0.9912",
    "hook": "MITC3+ 0.9877",
}


def open_cylinders() -> list[Problem]:
    return [
        Problem(
            f"pinched cylinder, free ends, R/t {slenderness:g}",
            OPEN,
            reference,
            OPEN_SOURCE,
            partial(curved.open_cylinder, slenderness=slenderness),
            (8, 16, 32),
            OCTANT,
            note=note,
        )
        for slenderness, reference, note in (
            (100.0, 1.997, "at R/t 52.7 and 320 we meet 0.1139 and 0.02439 [M] to 0.2 and 0.8 %"),
            (1e4, 1.912, ""),
            (1e6, 1.907, "beyond what double precision holds: the solver refuses"),
        )
    ]


def more_shells() -> list[Problem]:
    closed = "[S] as Ko et al. 2017 use it"
    saddles = [
        Problem(
            f"clamped hypar, t {ratio:g}, {what}",
            HYPAR,
            reference,
            BATHE,
            lambda n, ratio=ratio, part=part: curved.clamped_hypar(n, ratio)[part],
            (8, 16, 32),
            "2n × n cells on the half",
        )
        for ratio, deflection, energy in (
            (1e-2, 9.3355e-5, 1.6790e-3),
            (1e-3, 6.3941e-3, 1.1013e-2),
            (1e-4, 5.2988e-1, 8.9867e-2),
        )
        for what, part, reference in (("deflection", 0, deflection), ("energy", 1, energy))
    ]
    return [
        Problem(
            "Scordelis-Lo roof, distorted",
            FOUR_SIX,
            0.30202,
            KRYSL,
            partial(curved.scordelis_lo, mesh="distorted"),
            (8, 16, 32),
            KINKED,
            published="MITC4+ 0.9942",
            note="the coarse, warped corners are too soft: the enhanced membrane's share is 3 %",
        ),
        Problem(
            "pinched cylinder, distorted",
            PINCHED,
            1.8248e-5,
            LINDBERG,
            partial(curved.pinched_cylinder, mesh="distorted"),
            (8, 16, 32),
            KINKED,
            published="MITC4+ 0.9321",
        ),
        Problem(
            "hemisphere, 18° hole, t 0.004",
            SPHERE + "; forces ±2e-3",
            0.0930,
            SIMO,
            partial(curved.hemisphere, thickness=0.004),
            (8, 16, 32),
            GRID,
            published="MITC4+ 0.9811",
        ),
        Problem(
            "hemisphere, closed",
            SPHERE,
            0.0924,
            closed,
            curved.closed_hemisphere,
            (8, 16, 32),
            "three patches of n/2 × n/2 quads",
            published="MITC4+ 0.9960",
        ),
        Problem(
            "NAFEMS LE3, hemisphere under point loads",
            "R 10, t 0.04, E 68.25 GPa, ν 0.3, 2 kN per quarter; u in m at A",
            0.185,
            NAFEMS + " LE3",
            lambda n: 2.0 * curved.closed_hemisphere(n),
            (8, 16, 32),
            "three patches of n/2 × n/2 quads",
        ),
        *saddles,
        Problem(
            "NAFEMS LE5, Z-section under torsion",
            "L 10, web 2, flanges 1, t 0.1 m, E 210 GPa, ν 0.3, ±0.6 MN on the flanges' ends; "
            "σxx in MPa at the flange's edge, x 2.5, mid-surface",
            -108.0,
            "[S] NAFEMS; refined by Krysl: −111.2",
            curved.z_section,
            (2, 4, 8),
            "8n × (4n + 8) cells",
            note="creases rounded by arcs of 0.1 (0.05 gives −110.5, 0.2 gives −113.9)",
        ),
    ]


def flats() -> list[Problem]:
    patches = [
        Problem(
            f"patch, {way}, {cells}",
            PATCH,
            0.0,
            MACNEAL,
            partial(flat.macneal_harder_patch, bending=way == "bending", cells=cells),
            (1, 2, 4),
            "each quad n × n",
            gate=1e-7,
            absolute=True,
        )
        for cells in ("quads", "triangles")
        for way in ("membrane", "bending")
    ]
    straight = [
        Problem(
            f"straight beam, {load}, {shape}",
            BEAM,
            reference,
            MACNEAL,
            partial(flat.straight_beam, load=load, shape=shape),
            (1, 2, 4),
            "6n × n cells",
            note=note if shape == "regular" else "",
        )
        for load, reference, note in (
            ("extension", 3e-5, ""),
            ("in plane", 0.1081, ""),
            ("out of plane", 0.4321, ""),
            ("twist", 0.03208, "Saint-Venant's torsion gives 0.0341"),
        )
        for shape in ("regular", "trapezoids", "parallelograms")
    ]
    arcs = [
        Problem(
            f"curved beam, {way}",
            ARC,
            reference,
            MACNEAL,
            partial(flat.curved_beam, axis=axis),
            (1, 2, 4),
            "6n × n cells",
        )
        for way, axis, reference in (("in plane", 1, 0.08734), ("out of plane", 2, 0.5022))
    ]
    return patches + straight + arcs + plates() + nafems()


def plates() -> list[Problem]:
    squares = [
        Problem(
            f"square plate, {edge}, t {ratio:g}{tail}",
            SQUARE,
            reference,
            TIMOSHENKO,
            partial(flat.square_plate, clamped=edge == "clamped", ratio=ratio, mesh=mesh),
            (4, 8, 16),
            GRID if mesh == "regular" else KINKED,
            published=value,
        )
        for edge, reference, values in (
            ("clamped", 1.267e-3, ("0.9980", "1.001")),
            ("simply supported", 4.062e-3, ("0.9998", "1.003")),
        )
        for mesh, tail, value in (
            ("regular", "", f"MITC4+ {values[0]}"),
            ("distorted", ", distorted", f"MITC4+ {values[1]}"),
        )
        for ratio in (0.001,)
    ]
    discs = [
        Problem(
            f"disc, {edge}, t 0.001",
            DISC,
            reference,
            TIMOSHENKO,
            partial(flat.disc, clamped=edge == "clamped", ratio=0.001),
            (4, 8, 16),
            GRID,
            published="MITC4+ 0.9997",
        )
        for edge, reference in (("clamped", 1.0 / 64.0), ("simply supported", 5.3 / 64.0 / 1.3))
    ]
    laminae = [
        Problem(
            f"one orthotropic layer, sine load, a/h {slenderness:g}",
            "side 1, fibres along x, E1/E2 25, G12 0.5, G23 0.4 E2, ν12 0.25; w over the reference",
            1.0,
            "[R] Navier's solution, first-order shear theory with factor 5/6",
            partial(flat.sine_plate, slenderness=slenderness),
            (4, 8, 16),
            GRID,
        )
        for slenderness in (4.0, 10.0, 100.0)
    ]
    return squares + discs + laminae


def nafems() -> list[Problem]:
    ellipse = "between ellipses 2 × 1 and 3.25 × 2.75 m, E 210 GPa, ν 0.3; σyy in MPa at (2, 0)"
    return [
        Problem(
            "NAFEMS LE1, elliptic membrane",
            f"t 0.1 {ellipse}, 10 MPa outwards",
            92.7,
            NAFEMS + " LE1",
            flat.elliptic_membrane,
            (4, 8, 16),
            "n × 2n cells on a quarter",
        ),
        Problem(
            "NAFEMS LE10, thick plate",
            f"t 0.6 {ellipse} on top, 1 MPa down, rim clamped",
            -5.38,
            NAFEMS + " LE10",
            flat.elliptic_plate,
            (4, 8, 16),
            "n × 2n cells on a quarter",
            note="a shell has no stress through the wall and none of the rim's local stress",
        ),
    ]


def linear_problems() -> list[Problem]:
    return [
        *classical("quads", MITC4),
        *open_cylinders(),
        *more_shells(),
        *classical("triangles", MITC3),
        Problem(
            "hemisphere, closed, triangles at the pole",
            SPHERE,
            0.0924,
            "[S] as Ko et al. 2017 use it",
            partial(curved.closed_hemisphere, pole="fan"),
            (8, 16, 32),
            "n × n, the row at the pole triangles",
        ),
        *flats(),
    ]
