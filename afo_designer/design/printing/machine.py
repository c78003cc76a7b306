"""Machine: a printer's usable volume, its pace and what its process asks of a part, as data."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from afo_designer.geometry.refusal import InputRefused
from afo_designer.mechanics.material import Provenance


class MachineRefused(InputRefused):
    """A machine description that cannot be used."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A printer of one process; `process` is the same text as the materials'.

    `volume_mm`: length, width and height that may be used, height along the build direction.
    `least_gap_mm`: between faces that are not to grow together; `escape_mm`: the opening through
    which powder comes out. `overhang_angle_deg`: faces that look down and are less than this from
    the plate need a prop; None in a powder bed. `seconds_per_layer`: fusing one layer of the whole
    bed, or for filament moving to the next; `flow_mm3_per_s`: mean of extruded material over
    printing time, None in a powder bed. `packing_share`: part of the bed's volume that parts fill
    in a nested build; `fixed_h` warming up, cooling, emptying; `rate_eur_per_h` of the machine.
    """

    id: str
    name: str
    process: str
    volume_mm: tuple[float, float, float]
    layer_mm: float
    seconds_per_layer: float
    fixed_h: float
    rate_eur_per_h: float
    least_gap_mm: float
    escape_mm: float
    packing_share: float | None
    flow_mm3_per_s: float | None
    overhang_angle_deg: float | None
    provenance: tuple[Provenance, ...]

    @property
    def powder_bed(self) -> bool:
        """Whether loose powder props the part and fills its hollows."""
        return self.flow_mm3_per_s is None

    @classmethod
    def from_mapping(cls, name: str, mapping: Mapping[str, Any]) -> Machine:
        """A machine from a parsed TOML file: two texts and a table per constant.

        A table holds `value`, `source` and `verified`. Raises `MachineRefused` for unknown,
        missing or misfit keys and for values outside the believable range.
        """
        known = [item.name for item in dataclasses.fields(cls) if item.name not in OWN]
        unknown = [key for key in mapping if key not in known]
        missing = [key for key in known if key not in mapping and key not in OPTIONAL]
        if unknown or missing:
            raise MachineRefused(
                f"The machine {name} "
                + (f"has no key {unknown[0]!r}" if unknown else f"lacks {', '.join(missing)}")
                + f"; known: {', '.join(known)}."
            )
        values: dict[str, Any] = dict.fromkeys(OPTIONAL)
        values |= {key: str(mapping[key]) for key in TEXTS}
        tables = {key: mapping[key] for key in known if key in mapping and key not in TEXTS}
        values |= {key: _value(name, key, table) for key, table in tables.items()}
        if (values["flow_mm3_per_s"] is None) == (values["packing_share"] is None):
            raise MachineRefused(
                f"The machine {name} must give one of packing_share (powder bed) and "
                "flow_mm3_per_s (filament)."
            )
        provenance = tuple(
            Provenance(key, table["source"], table["verified"]) for key, table in tables.items()
        )
        return cls(id=name, **values, provenance=provenance)


OWN = ("id", "provenance")
TEXTS = ("name", "process")
OPTIONAL = ("packing_share", "flow_mm3_per_s", "overhang_angle_deg")
# Lowest and highest believable value of every constant: a slip of unit falls outside.
RANGES = {
    "volume_mm": (50.0, 3000.0),
    "layer_mm": (0.02, 1.0),
    "seconds_per_layer": (0.1, 600.0),
    "fixed_h": (0.0, 100.0),
    "rate_eur_per_h": (0.0, 500.0),
    "least_gap_mm": (0.05, 5.0),
    "escape_mm": (0.5, 20.0),
    "packing_share": (0.01, 0.5),
    "flow_mm3_per_s": (0.2, 100.0),
    "overhang_angle_deg": (1.0, 89.0),
}


def _value(machine: str, key: str, table: object) -> Any:
    if not (
        isinstance(table, Mapping)
        and set(table) == {"value", "source", "verified"}
        and isinstance(table["source"], str)
        and isinstance(table["verified"], bool)
    ):
        raise MachineRefused(
            f"The machine {machine}'s {key} must be a table of value, source (a text) and "
            "verified (true or false)."
        )
    value, (low, high) = table["value"], RANGES[key]
    numbers = value if key == "volume_mm" and isinstance(value, list) else [value]
    ok = len(numbers) == (3 if key == "volume_mm" else 1) and all(
        isinstance(one, int | float)
        and not isinstance(one, bool)
        and math.isfinite(one)
        and low <= one <= high
        for one in numbers
    )
    if not ok:
        raise MachineRefused(
            f"The machine {machine}'s {key} is {value!r}; it may be {low:g} to {high:g}."
        )
    found = tuple(float(one) for one in numbers)
    return found if key == "volume_mm" else found[0]
