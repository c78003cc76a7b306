"""Landmarks: named anatomical points of the skin, each with its origin and confidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.frame import Frame

NAMES = (
    "medial_malleolus",
    "lateral_malleolus",
    "heel_posterior",
    "heel_plantar",
    "first_metatarsal_head_medial",
    "first_metatarsal_head_plantar",
    "fifth_metatarsal_head_lateral",
    "fifth_metatarsal_head_plantar",
    "hallux_tip",
    "second_toe_tip",
    "achilles_at_ankle",
    "instep_at_ankle",
    "fibular_head",
    "tibial_tuberosity",
    "navicular",
    "fifth_metatarsal_base",
    "tibial_crest",
)
# A landmark's `confidence` is the estimated probability that it lies within this many mm of the
# truth; from SURE on it is called sure. Calibrated on degraded legs of `limb.generator`:
# `benchmarks/landmarks.py` prints how often that holds.
CLOSE = 10.0
SURE = 0.97


class Source(StrEnum):
    """Who placed a landmark."""

    DETECTED = "detected"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Landmark:
    """A skin point: `position` (3,) in mm; `confidence`: probability of lying within `CLOSE`."""

    position: FloatArray
    source: Source
    confidence: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "position", frozen(self.position, (3,)))


@dataclass(frozen=True, slots=True)
class Landmarks(Mapping[str, Landmark]):
    """The landmarks of one limb by name; a landmark that the scan does not show is absent."""

    by_name: Mapping[str, Landmark]

    def __post_init__(self) -> None:
        unknown = sorted(set(self.by_name) - set(NAMES))
        if unknown:
            raise ValueError(f"unknown landmark {unknown[0]!r}; known: {', '.join(NAMES)}")
        object.__setattr__(self, "by_name", dict(self.by_name))

    def __getitem__(self, name: str) -> Landmark:
        return self.by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_name)

    def __len__(self) -> int:
        return len(self.by_name)

    def position(self, name: str) -> FloatArray:
        """Position (3,) of a landmark, mm."""
        return self.by_name[name].position

    def moved(self, motion: Frame) -> Landmarks:
        """Every landmark carried by a rigid motion."""
        return Landmarks(
            {
                name: Landmark(motion.apply(mark.position), mark.source, mark.confidence)
                for name, mark in self.by_name.items()
            }
        )
