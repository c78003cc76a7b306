"""Factors: what a study varies, and between which values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from afo_designer.design.entry import nearest, shown
from afo_designer.geometry.refusal import InputRefused
from afo_designer.runs.sweep.knob import Knob, knobs, typed_value

SPAN, NORMAL, OWN = ("low", "high"), ("mean", "sd"), ("levels", "unit")
KEYS = (*SPAN, *NORMAL, "values", *OWN)
# A normal distribution's ends: a quantile of 0 or 1 would be infinite.
LEAST_SHARE = 1.0e-9


class StudyRefused(InputRefused):
    """A study that cannot be used; `place` is the dotted key where, as far as it is known."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor: its knob, and `values` listed, or numbers from `low` to `high`.

    With `sd` above 0 the numbers are normal about `mean` and cut off at both ends; else uniform.
    `levels` (0: none given) are those of a grid.
    """

    knob: Knob
    values: tuple[float | str, ...] = ()
    low: float = math.nan
    high: float = math.nan
    mean: float = math.nan
    sd: float = 0.0
    levels: int = 0

    @property
    def key(self) -> str:
        return self.knob.key

    @property
    def listed(self) -> bool:
        """Whether the values stand in a list."""
        return bool(self.values)

    def at(self, share: float) -> float | str:
        """The value below which a share (0 to 1) of the factor lies."""
        if self.values:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        if not self.sd > 0.0:
            return self.low + share * (self.high - self.low)
        from scipy.stats import truncnorm  # half a second, which most jobs never need

        ends = ((self.low - self.mean) / self.sd, (self.high - self.mean) / self.sd)
        inside = min(max(share, LEAST_SHARE), 1.0 - LEAST_SHARE)
        return float(truncnorm.ppf(inside, *ends, loc=self.mean, scale=self.sd))

    def document(self) -> dict[str, Any]:
        """As JSON, for the study's identity and its jobs."""
        if self.values:
            return {"values": list(self.values)}
        normal = {"mean": self.mean, "sd": self.sd} if self.sd > 0.0 else {}
        return {"low": self.low, "high": self.high, **normal}


def knob_named(key: str, place: str) -> Knob:
    """The knob of a key. Raises `StudyRefused` that names the nearest known one."""
    known = knobs()
    if key not in known:
        raise StudyRefused(
            place, f"There is no parameter {key!r}. Did you mean {nearest(key, list(known))!r}?"
        )
    return known[key]


def factor_from(key: str, spec: object) -> Factor:
    """A factor as the study file has it: a list, or a table of `KEYS`.

    Raises `StudyRefused` with the key, the value met and what is allowed.
    """
    place = f"factors.{key}"
    knob = knob_named(key, place)
    if isinstance(spec, list):
        return Factor(knob, _values(knob, spec, place))
    if not isinstance(spec, Mapping):
        raise StudyRefused(
            place,
            f"The factor {key} is {shown(spec)}; it is a list of values or a table such as "
            "{ low = 2.5, high = 5.0 }. A single value belongs into [base.set].",
        )
    for name in spec:
        if name not in KEYS:
            raise StudyRefused(
                place,
                f"The factor {key} has an unknown key {name!r}; it may have {', '.join(KEYS)}.",
            )
    _check_unit(knob, spec, place)
    levels = _levels(spec, key, place)
    if "values" in spec:
        if any(name in spec for name in (*SPAN, *NORMAL)) or levels:
            raise StudyRefused(place, f"The factor {key} has values and a range; leave one out.")
        return Factor(knob, _values(knob, spec["values"], place))
    if not knob.numeric:
        raise StudyRefused(place, f"The factor {key} takes a list of: {knob.allowed}.")
    return _span(knob, spec, levels, place)


def _span(knob: Knob, spec: Mapping[str, Any], levels: int, place: str) -> Factor:
    key, normal = knob.key, any(name in spec for name in NORMAL)
    needed = NORMAL if normal else SPAN
    missing = [name for name in needed if name not in spec]
    if missing:
        raise StudyRefused(place, f"The factor {key} lacks {' and '.join(missing)}.")
    numbers = {}
    for name in (*SPAN, *NORMAL):
        if name in spec:
            numbers[name] = _number(spec[name], f"{key}'s {name}", place)
    sd = numbers.get("sd", 0.0)
    if normal and not sd > 0.0:
        raise StudyRefused(place, f"The factor {key} has sd = {sd:g}; it must be above 0.")
    for name in ("low", "high", "mean"):
        if name in numbers and not knob.low <= numbers[name] <= knob.high:
            raise StudyRefused(
                place,
                f"The factor {key} has {name} = {numbers[name]:g} {knob.unit}".rstrip()
                + f"; it may be {knob.allowed}.",
            )
    low, high = numbers.get("low", knob.low), numbers.get("high", knob.high)
    if not low < high:
        raise StudyRefused(
            place,
            f"The factor {key} has low = {low:g} and high = {high:g}; low must be the smaller.",
        )
    mean = numbers.get("mean", math.nan)
    if normal and not low <= mean <= high:
        raise StudyRefused(
            place, f"The factor {key} has mean = {mean:g}, outside {low:g} to {high:g}."
        )
    return Factor(knob, (), low, high, mean, sd, levels)


def _check_unit(knob: Knob, spec: Mapping[str, Any], place: str) -> None:
    if "unit" in spec and spec["unit"] != knob.unit:
        raise StudyRefused(
            place,
            f"The factor {knob.key} has the unit {shown(spec['unit'])}; it is in "
            f"{knob.unit or 'no unit'}. Convert its values.",
        )


def _levels(spec: Mapping[str, Any], key: str, place: str) -> int:
    levels = spec.get("levels", 0)
    if "levels" in spec and (not isinstance(levels, int) or isinstance(levels, bool) or levels < 2):
        raise StudyRefused(place, f"The factor {key} has levels = {shown(levels)}; 2 at least.")
    return int(levels)


def _values(knob: Knob, listed: object, place: str) -> tuple[float | str, ...]:
    if not isinstance(listed, list) or not listed:
        raise StudyRefused(place, f"The factor {knob.key} needs at least one value in its list.")
    found = tuple(value_of(knob, value, place) for value in listed)
    return found


def value_of(knob: Knob, value: object, place: str) -> float | str:
    """One value of a knob. Raises `StudyRefused` with the value met and what is allowed."""
    typed = typed_value(knob, value)
    if typed is None:
        raise StudyRefused(place, f"{knob.key} is {shown(value)}; it may be {knob.allowed}.")
    return typed


def _number(value: object, what: str, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise StudyRefused(place, f"The factor {what} is {shown(value)}, which is not a number.")
    return float(value)
