"""Material: elastic constants, strength and fatigue allowables, each with its source."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from afo_designer.mechanics.elasticity import Elasticity, MaterialRefused

__all__ = ["Elasticity", "Material", "MaterialRefused", "Provenance"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a constant is from. `verified`: the value was read at that source, not recalled."""

    key: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Material:
    """A material as a process makes it.

    `strength_mpa` is the yield stress, or 0.8 of the ultimate where no yield stress is known;
    `fatigue_amplitude_mpa` the allowed fully reversed stress amplitude for `fatigue_cycles`;
    `elongation_percent` at break in the weakest direction; `min_wall_mm` the thinnest wall
    the process makes reliably. `yield_strength_mpa` may be None. `provenance`: one for every
    number.
    """

    name: str
    process: str
    about: str
    youngs_modulus_mpa: float
    poissons_ratio: float
    density_g_per_cm3: float
    ultimate_strength_mpa: float
    yield_strength_mpa: float | None
    elongation_percent: float
    fatigue_amplitude_mpa: float
    fatigue_cycles: float
    min_wall_mm: float
    provenance: tuple[Provenance, ...]

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Material:
        """A material from a parsed TOML file: three texts and a table per constant.

        A table holds `value`, `source` and `verified`. Raises `MaterialRefused` for unknown,
        missing or misfit keys and for values outside the physical range.
        """
        known = [item.name for item in dataclasses.fields(cls) if item.name != "provenance"]
        _refuse_unknown(mapping, known, "A material")
        missing = [key for key in known if key not in mapping and key not in OPTIONAL]
        if missing:
            raise MaterialRefused(f"The material lacks {', '.join(missing)}.")
        texts = {key: _text(mapping, key) for key in TEXTS}
        constants = {key: mapping[key] for key in known if key in mapping and key not in TEXTS}
        provenance = tuple(_provenance(key, table) for key, table in constants.items())
        values: dict[str, float | None] = dict.fromkeys(OPTIONAL)
        values |= {key: _value(key, table["value"]) for key, table in constants.items()}
        return cls(**texts, **values, provenance=provenance)  # type: ignore[arg-type]

    @property
    def elasticity(self) -> Elasticity:
        return Elasticity(self.youngs_modulus_mpa, self.poissons_ratio)

    @property
    def strength_mpa(self) -> float:
        """The stress that the safety factor is taken against."""
        if self.yield_strength_mpa is None:
            return ULTIMATE_SHARE * self.ultimate_strength_mpa
        return self.yield_strength_mpa

    @property
    def strength_basis(self) -> str:
        return "0.8 × ultimate" if self.yield_strength_mpa is None else "yield"

    @property
    def unverified(self) -> tuple[str, ...]:
        """The constants that were recalled, not read."""
        return tuple(item.key for item in self.provenance if not item.verified)


TEXTS = ("name", "process", "about")
OPTIONAL = ("yield_strength_mpa",)
# Strength where a data sheet gives no yield stress (this project's choice, mechanics notes §6).
ULTIMATE_SHARE = 0.8
# Lowest and highest believable value of every constant: a slip of unit falls outside.
RANGES = {
    "youngs_modulus_mpa": (10.0, 300_000.0),
    "poissons_ratio": (0.0, 0.499),
    "density_g_per_cm3": (0.3, 20.0),
    "ultimate_strength_mpa": (1.0, 5_000.0),
    "yield_strength_mpa": (1.0, 5_000.0),
    "elongation_percent": (0.1, 2_000.0),
    "fatigue_amplitude_mpa": (0.1, 2_000.0),
    "fatigue_cycles": (1.0e3, 1.0e10),
    "min_wall_mm": (0.1, 10.0),
}


def _refuse_unknown(mapping: Mapping[str, Any], known: list[str], what: str) -> None:
    for key in mapping:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)[0]
            raise MaterialRefused(f"{what} has no key {key!r}. Did you mean {near!r}?")


def _text(mapping: Mapping[str, Any], key: str) -> str:
    value = mapping[key]
    if not isinstance(value, str) or not value.strip():
        raise MaterialRefused(f"The material's {key} is {value!r}; it must be a text.")
    return value


def _provenance(key: str, table: object) -> Provenance:
    fields = ["value", "source", "verified"]
    if not isinstance(table, Mapping):
        raise MaterialRefused(f"The material's {key} must be a table of {', '.join(fields)}.")
    _refuse_unknown(table, fields, f"The material's {key}")
    missing = [name for name in fields if name not in table]
    if missing:
        raise MaterialRefused(f"The material's {key} lacks {', '.join(missing)}.")
    source, verified = table["source"], table["verified"]
    if not isinstance(source, str) or not source.strip() or not isinstance(verified, bool):
        raise MaterialRefused(
            f"The material's {key} has source {source!r} and verified {verified!r}; "
            "the source must be a text and verified true or false."
        )
    return Provenance(key, source, verified)


def _value(key: str, value: object) -> float:
    low, high = RANGES[key]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= float(value) <= high:  # type: ignore[arg-type]
        raise MaterialRefused(f"The material's {key} is {value!r}; it may be {low:g} to {high:g}.")
    return float(value)  # type: ignore[arg-type]
