"""Material: elastic constants, strength and fatigue allowables, each with its source."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

from afo_designer.mechanics.elasticity import (
    Elasticity,
    ElasticLaw,
    MaterialRefused,
    TransverseElasticity,
)
from afo_designer.mechanics.handling import NOTHING_SAID, Handling

__all__ = ["Elasticity", "Material", "MaterialRefused", "Provenance"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a constant is from.

    `verified`: the value, or the one that the source says it is derived from, was read there and
    not recalled.
    """

    key: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Material:
    """A material as a process makes it.

    `strength_mpa` is the yield stress, or 0.8 of the ultimate where no yield stress is known;
    `fatigue_amplitude_mpa` the allowed fully reversed stress amplitude for `fatigue_cycles`;
    `elongation_percent` at break in the weakest direction; `min_wall_mm` the thinnest wall
    the process makes reliably. `provenance`: one for every number.

    What is not known is None. `across_…`: across the printed layers, where the other constant is
    that in the layer; `across_poissons_ratio` νxz and `across_shear_modulus_mpa` Gxz as in
    `TransverseElasticity`. `pulsating_stress_mpa`: the allowed maximum stress for
    `pulsating_cycles` at `pulsating_stress_ratio` R ≈ 0. `fatigue_slope` k of Basquin's
    N ∝ amplitude^−k. `creep_modulus_share`: modulus after 1000 h of load over the short-term one;
    `sustained_stress_mpa` the allowed stress that never ceases. A dimension L of a made part is
    within ± (`tolerance_mm` + `tolerance_percent` of L). `handling`: what is to be known beside
    mechanics; a file may leave it out.
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
    across_youngs_modulus_mpa: float | None
    across_poissons_ratio: float | None
    across_shear_modulus_mpa: float | None
    across_ultimate_strength_mpa: float | None
    pulsating_stress_mpa: float | None
    pulsating_stress_ratio: float | None
    pulsating_cycles: float | None
    across_pulsating_stress_mpa: float | None
    across_pulsating_stress_ratio: float | None
    across_pulsating_cycles: float | None
    fatigue_slope: float | None
    creep_modulus_share: float | None
    sustained_stress_mpa: float | None
    tolerance_mm: float | None
    tolerance_percent: float | None
    handling: Handling
    provenance: tuple[Provenance, ...]

    def __post_init__(self) -> None:
        for together in TOGETHER:
            given = [key for key in together if getattr(self, key) is not None]
            if given and len(given) < len(together):
                missing = [key for key in together if key not in given]
                raise MaterialRefused(
                    f"The material gives {' and '.join(given)} without {' and '.join(missing)}; "
                    "give them together or not at all."
                )
        for key in ("pulsating_stress_mpa", "across_pulsating_stress_mpa"):
            value = getattr(self, key)
            if value is not None and value >= self.ultimate_strength_mpa:
                raise MaterialRefused(
                    f"The material's {key} is {value:g}, its ultimate strength "
                    f"{self.ultimate_strength_mpa:g}; fatigue takes less than one pull. Check both."
                )
        if self.across_youngs_modulus_mpa is not None:
            self._layered([0.0, 0.0, 1.0])  # refuses constants that no material has

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Material:
        """A material from a parsed TOML file: three texts and a table per constant.

        A table holds `value`, `source` and `verified`. Raises `MaterialRefused` for unknown,
        missing or misfit keys and for values outside the physical range.
        """
        handling = mapping.get("handling")
        mapping = {key: value for key, value in mapping.items() if key != "handling"}
        known = [item.name for item in dataclasses.fields(cls) if item.name not in OWN]
        _refuse_unknown(mapping, known, "A material")
        missing = [key for key in known if key not in mapping and key not in OPTIONAL]
        if missing:
            raise MaterialRefused(f"The material lacks {', '.join(missing)}.")
        texts = {key: _text(mapping, key) for key in TEXTS}
        constants = {key: mapping[key] for key in known if key in mapping and key not in TEXTS}
        provenance = tuple(_provenance(key, table) for key, table in constants.items())
        values: dict[str, float | None] = dict.fromkeys(OPTIONAL)
        values |= {key: _value(key, table["value"]) for key, table in constants.items()}
        brought = NOTHING_SAID if handling is None else Handling.from_mapping(handling)
        return cls(**texts, **values, handling=brought, provenance=provenance)  # type: ignore[arg-type]

    @property
    def elasticity(self) -> Elasticity:
        return Elasticity(self.youngs_modulus_mpa, self.poissons_ratio)

    @property
    def layered(self) -> bool:
        """Whether the elastic constants across the layers are known and differ."""
        return self.across_youngs_modulus_mpa is not None and (
            self.across_youngs_modulus_mpa != self.youngs_modulus_mpa
            or self.across_poissons_ratio not in (None, self.poissons_ratio)
            or self.across_shear_modulus_mpa is not None
        )

    def law(self, build_direction: ArrayLike | None) -> ElasticLaw:
        """The elastic law of a part built along a direction (3,), or of one not layered."""
        if build_direction is None or not self.layered:
            return self.elasticity
        return self._layered(build_direction)

    def tolerance(self, length: float) -> float | None:
        """By how much (± mm) a made dimension of `length` mm may be off; None where unknown."""
        if self.tolerance_mm is None or self.tolerance_percent is None:
            return None
        return self.tolerance_mm + 0.01 * self.tolerance_percent * length

    @property
    def strength_mpa(self) -> float:
        """The stress that the safety factor is taken against, in the weakest direction."""
        across = self.across_strength_mpa
        return min(self.layer_strength_mpa, math.inf if across is None else across)

    @property
    def layer_strength_mpa(self) -> float:
        """Yield, or its stand-in, in the layer."""
        if self.yield_strength_mpa is None:
            return ULTIMATE_SHARE * self.ultimate_strength_mpa
        return self.yield_strength_mpa

    @property
    def across_strength_mpa(self) -> float | None:
        """That across the layers, in proportion to the ultimate strengths where both are known."""
        if self.across_ultimate_strength_mpa is None:
            return None
        share = self.across_ultimate_strength_mpa / self.ultimate_strength_mpa
        return share * self.layer_strength_mpa

    @property
    def strength_basis(self) -> str:
        basis = "0.8 × ultimate" if self.yield_strength_mpa is None else "yield"
        return (
            f"{basis}, across the layers" if self.strength_mpa < self.layer_strength_mpa else basis
        )

    def recalled(self, *keys: str) -> bool:
        """Whether any of these constants was recalled, not read."""
        return any(key in self.unverified for key in keys)

    @property
    def unverified(self) -> tuple[str, ...]:
        """The constants that were recalled, not read."""
        return tuple(item.key for item in self.provenance if not item.verified)

    def _layered(self, direction: ArrayLike) -> TransverseElasticity:
        """What is not given across the layers is estimated.

        νxz as νxy; Gxz = √(Ex Ez)/(2(1 + √(νxz νzx))) after Huber 1923 (recalled), the isotropic
        one where the moduli agree.
        """
        across = self.across_youngs_modulus_mpa or self.youngs_modulus_mpa
        nu = self.across_poissons_ratio
        nu = self.poissons_ratio if nu is None else nu
        shear = self.across_shear_modulus_mpa
        if shear is None:
            ratio = math.sqrt(across / self.youngs_modulus_mpa)
            shear = self.youngs_modulus_mpa * ratio / (2.0 * (1.0 + nu * ratio))
        return TransverseElasticity(
            self.youngs_modulus_mpa, across, self.poissons_ratio, nu, shear, direction
        )


OWN = ("handling", "provenance")
TEXTS = ("name", "process", "about")
OPTIONAL = (
    "yield_strength_mpa",
    "across_youngs_modulus_mpa",
    "across_poissons_ratio",
    "across_shear_modulus_mpa",
    "across_ultimate_strength_mpa",
    "pulsating_stress_mpa",
    "pulsating_stress_ratio",
    "pulsating_cycles",
    "across_pulsating_stress_mpa",
    "across_pulsating_stress_ratio",
    "across_pulsating_cycles",
    "fatigue_slope",
    "creep_modulus_share",
    "sustained_stress_mpa",
    "tolerance_mm",
    "tolerance_percent",
)
# Constants that mean nothing one without the other.
TOGETHER = (
    ("pulsating_stress_mpa", "pulsating_stress_ratio", "pulsating_cycles"),
    ("across_pulsating_stress_mpa", "across_pulsating_stress_ratio", "across_pulsating_cycles"),
    ("tolerance_mm", "tolerance_percent"),
)
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
    "across_youngs_modulus_mpa": (10.0, 300_000.0),
    "across_poissons_ratio": (0.0, 0.9),
    "across_shear_modulus_mpa": (3.0, 100_000.0),
    "across_ultimate_strength_mpa": (1.0, 5_000.0),
    "pulsating_stress_mpa": (0.1, 5_000.0),
    "pulsating_stress_ratio": (-0.5, 0.5),
    "pulsating_cycles": (1.0e3, 1.0e10),
    "across_pulsating_stress_mpa": (0.1, 5_000.0),
    "across_pulsating_stress_ratio": (-0.5, 0.5),
    "across_pulsating_cycles": (1.0e3, 1.0e10),
    "fatigue_slope": (2.0, 50.0),
    "creep_modulus_share": (0.05, 1.0),
    "sustained_stress_mpa": (0.1, 2_000.0),
    "tolerance_mm": (0.01, 5.0),
    "tolerance_percent": (0.0, 5.0),
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
