"""Estimate: what a printed part takes in material, hours and money, by formula.

Powder bed: a build of the part's height takes t = t₀ + n s, n = height / layer. The part is charged
the share V / (p L W H) of the hours t₀ + s H / layer of a full bed in which it is nested. Material
is the part and the powder around it that is not used again: m (1 + (1/p − 1) b r).
Filament: t = t₀ + (V + f V_s) / q + n s, charged whole; material ρ (V + f V_s). Money: material,
machine hours, handling. p packing, L W H the bed, b bulk over solid density of powder, r powder
lost per build, V_s the room under overhangs, f its filling, q mean flow, s seconds a layer. All
constants are assumptions and named in the record; no invoice was seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from afo_designer.design.printing.machine import Machine
from afo_designer.mechanics.material import Material

# Bulk density of loose powder over the solid's; share of it that ageing takes from use per build.
POWDER_BULK, POWDER_LOST = 0.45, 0.20
# Part of the room under an overhang that props fill: PrusaSlicer 2.5 put 253 cm³ of props, dense
# next to the part, into 720 cm³ below a posterior leaf spring (spacing 2.5 mm; measured).
PROP_SHARE = 0.35
# Handling a part: orders, cleaning, looking at it; and taking props off (hours). Hour of a worker.
HANDLING_H, PROPS_H, WORKER_EUR_PER_H = 0.5, 0.5, 40.0
FORMULA = {
    True: "build_h = fixed_h + layers × seconds_per_layer / 3600; charged_h = volume / "
    "(packing_share × bed volume) × (fixed_h + bed height / layer × seconds_per_layer / 3600); "
    "material_g = mass × (1 + (1/packing_share − 1) × powder_bulk × powder_lost); cost = material "
    "× price + charged_h × machine rate + handling_h × worker rate",
    False: "build_h = charged_h = fixed_h + (volume + prop_share × support volume) / flow / 3600 + "
    "layers × seconds_per_layer / 3600; material_g = density × (volume + prop_share × support "
    "volume); cost = material × price + charged_h × machine rate + (handling_h + props_h if any) × "
    "worker rate",
}


@dataclass(frozen=True, slots=True)
class Assumption:
    """A named constant behind an estimate."""

    name: str
    value: float
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """`build_h` until the build is done, `charged_h` of machine; no `cost_eur` without a price."""

    layers: int
    build_h: float
    charged_h: float
    material_g: float
    support_g: float
    material_eur: float | None
    machine_eur: float
    labour_eur: float
    formula: str
    assumptions: tuple[Assumption, ...]

    @property
    def cost_eur(self) -> float | None:
        if self.material_eur is None:
            return None
        return self.material_eur + self.machine_eur + self.labour_eur


def estimate(
    volume_mm3: float, height_mm: float, support_mm3: float, machine: Machine, material: Material
) -> Estimate:
    """For a part of a volume, as high as it lies in the machine, with room under its overhangs."""
    gram = material.density_g_per_cm3 / 1000.0
    layers = math.ceil(height_mm / machine.layer_mm - 1e-9)
    laying_h = layers * machine.seconds_per_layer / 3600.0
    props = 0.0
    if machine.powder_bed:
        packing = machine.packing_share or 1.0
        length, width, height = machine.volume_mm
        build_h = machine.fixed_h + laying_h
        whole_h = machine.fixed_h + height / machine.layer_mm * machine.seconds_per_layer / 3600.0
        charged_h = volume_mm3 / (packing * length * width * height) * whole_h
        used = volume_mm3 * gram * (1.0 + (1.0 / packing - 1.0) * POWDER_BULK * POWDER_LOST)
    else:
        props = PROP_SHARE * support_mm3
        flowing_h = (volume_mm3 + props) / (machine.flow_mm3_per_s or math.inf) / 3600.0
        build_h = charged_h = machine.fixed_h + flowing_h + laying_h
        used = (volume_mm3 + props) * gram
    price = material.handling.price_eur_per_kg
    hours = HANDLING_H + (PROPS_H if props > 0.0 else 0.0)
    return Estimate(
        layers=layers,
        build_h=build_h,
        charged_h=charged_h,
        material_g=used,
        support_g=props * gram,
        material_eur=None if price is None else used / 1000.0 * price,
        machine_eur=charged_h * machine.rate_eur_per_h,
        labour_eur=hours * WORKER_EUR_PER_H,
        formula=FORMULA[machine.powder_bed],
        assumptions=_assumptions(machine, material),
    )


def _assumptions(machine: Machine, material: Material) -> tuple[Assumption, ...]:
    source = {item.key: item.source for item in machine.provenance}
    units = {
        "layer_mm": "mm",
        "seconds_per_layer": "s",
        "fixed_h": "h",
        "rate_eur_per_h": "EUR/h",
        "packing_share": "",
        "flow_mm3_per_s": "mm³/s",
    }
    named = [
        Assumption(key, getattr(machine, key), unit, source[key])
        for key, unit in units.items()
        if getattr(machine, key) is not None
    ]
    own = "this project's choice"
    if material.handling.price_eur_per_kg is not None:
        price, said = material.handling.price_eur_per_kg, material.handling.price_source
        named.append(Assumption("price_eur_per_kg", price, "EUR/kg", said))
    if machine.powder_bed:
        named.append(Assumption("powder_bulk", POWDER_BULK, "", own))
        named.append(Assumption("powder_lost", POWDER_LOST, "", own))
    else:
        named.append(Assumption("prop_share", PROP_SHARE, "", "PrusaSlicer 2.5 on one orthosis"))
        named.append(Assumption("props_h", PROPS_H, "h", own))
    named.append(Assumption("handling_h", HANDLING_H, "h", own))
    named.append(Assumption("worker_rate", WORKER_EUR_PER_H, "EUR/h", own))
    return tuple(named)
