"""Fatigue of a wall that each step reverses, from the stresses at the step's two extremes.

At every point the cycle becomes a uniaxial one. Amplitude: the von Mises stress of half the
difference of the two tensors, which knows no sign and counts turning principal axes. Mean: of
half their sum the larger of the sum of normal stresses (Sines 1955, recalled) and the largest
principal stress, so that a mean shear is not free. A cycle of tension or bending comes out as
itself. A compressive mean counts as none: it gives no benefit, which powder-bed parts with pores
and rough skins have not been shown to have (engineering choice).

The amplitude allowed at a mean lies on Haigh's diagram: straight from R = −1 to the pulsating
point, straight on to the ultimate strength; without a pulsating point Goodman's straight line.
Other cycles than the data's shift it by Basquin's power law. Where the material gives no slope,
nothing is gained below the data's cycles and nothing is claimed beyond them.

Across the printed layers the pulsating point is lower. With a known build direction the normal
stress on the layers is held against it and the whole stress against the point in the layer;
without one the whole stress is held against both.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.array import FloatArray, frozen, unit
from afo_designer.mechanics.material import Material
from afo_designer.mechanics.stress import LAYERS, von_mises

# Basquin's line is trusted a decade to either side of the data (engineering choice).
DECADE = 10.0
# Tensor components as rows of a matrix, from xx, yy, zz, xy, yz, zx.
_ROWS = [[0, 3, 5], [3, 1, 4], [5, 4, 2]]


class Bound(StrEnum):
    """How a predicted life is meant: data reach a decade, or without a slope not at all."""

    ABOUT = "about"
    AT_LEAST = "at least"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class FatigueCurve:
    """S-N data in or across the layers.

    `means`, `amplitudes` (p,): the corners of Haigh's diagram in MPa at `cycles`, from R = −1 to
    the ultimate strength. `slope`: Basquin's k, or None. `keys`: the material's constants behind
    each side of the diagram.
    """

    means: FloatArray
    amplitudes: FloatArray
    cycles: float
    slope: float | None
    across: bool
    keys: tuple[tuple[str, ...], ...]

    def allowed(self, mean: ArrayLike, cycles: float) -> FloatArray:
        """(...): the amplitude allowed at mean stresses for a number of cycles, MPa."""
        at_data = np.interp(np.maximum(mean, 0.0), self.means, self.amplitudes)
        return np.asarray(self.share(cycles) * at_data)

    def share(self, cycles: float) -> float:
        """Amplitude allowed for other cycles over that for the data's."""
        if self.slope is None:
            return 1.0
        ratio = float(np.clip(cycles / self.cycles, 1.0 / DECADE, DECADE))
        return ratio ** (-1.0 / self.slope)

    def utilisation(self, amplitude: FloatArray, mean: FloatArray, cycles: float) -> FloatArray:
        """(...): amplitude over what is allowed; infinite where the mean alone breaks the wall."""
        allowed = self.allowed(mean, cycles)
        used = np.where(mean >= self.means[-1], np.inf, 0.0)
        return np.divide(amplitude, allowed, out=used, where=allowed > 0.0)

    def life(self, amplitude: float, mean: float) -> tuple[float, Bound]:
        """Predicted cycles, no further from the data than they are trusted."""
        used = float(self.utilisation(np.array(amplitude), np.array(mean), self.cycles))
        if self.slope is None:
            return self.cycles, Bound.AT_LEAST if used <= 1.0 else Bound.AT_MOST
        if used <= DECADE ** (-1.0 / self.slope):
            return DECADE * self.cycles, Bound.AT_LEAST
        if used >= DECADE ** (1.0 / self.slope):
            return self.cycles / DECADE, Bound.AT_MOST
        return float(self.cycles * used**-self.slope), Bound.ABOUT

    def beyond(self, cycles: float) -> bool:
        """Whether the demand lies where the data say nothing."""
        return cycles > self.cycles * (1.0 if self.slope is None else DECADE)

    def decided_by(self, mean: float, cycles: float) -> tuple[str, ...]:
        """The material's constants that the allowable at a mean and a demand comes from."""
        side = int(np.searchsorted(self.means[1:-1], mean))
        own = self.keys[side] if mean > 0.0 else ()
        sloped = self.slope is not None and cycles != self.cycles
        return (*REVERSED_KEYS, *own, *(("fatigue_slope",) if sloped else ()))


@dataclass(frozen=True, slots=True)
class Fatigue:
    """The worst point of a cycle.

    `amplitude`, `mean` (MPa, as the module says) and `allowable`, the amplitude allowed at that
    mean for `cycles_required`; `utilisation` their ratio; `life_cycles` with its `bound`. `node`
    and `layer` name the place, `across` the data that decided. `recalled`: a constant behind
    the allowable was recalled, not read; `beyond_data`: the demand lies where data say nothing.
    `field` (n, layers): utilisation everywhere.
    """

    amplitude: float
    mean: float
    allowable: float
    utilisation: float
    life_cycles: float
    bound: Bound
    cycles_required: float
    data_cycles: float
    node: int
    layer: str
    across: bool
    recalled: bool
    beyond_data: bool
    field: FloatArray

    @property
    def verdict(self) -> str:
        """Fail above the allowable, warn where the demand outlasts the data, else pass."""
        if self.utilisation > 1.0:
            return "fail"
        return "warn" if self.beyond_data else "pass"

    @property
    def sentence(self) -> str:
        """What was compared with what, and what the comparison rests on."""
        across = " across the layers" if self.across else ""
        said = (
            f"Amplitude {self.amplitude:.1f} MPa about a mean of {self.mean:.1f} MPa against "
            f"{self.allowable:.1f} MPa allowed{across} for {self.cycles_required:.2g} cycles; life "
            f"{self.bound.value} {self.life_cycles:.1g} cycles"
        )
        if self.beyond_data:
            said += f"; data were taken at {self.data_cycles:.1g} and say nothing of so many"
        return said + ("; data partly recalled, not read." if self.recalled else ".")


REVERSED_KEYS = ("fatigue_amplitude_mpa", "fatigue_cycles")


def fatigue_curves(material: Material) -> tuple[FatigueCurve, ...]:
    """The material's data in the layer and, where there are any, across the layers."""
    layer = _curve(
        material,
        material.pulsating_stress_mpa,
        material.pulsating_stress_ratio,
        material.pulsating_cycles,
        across=False,
    )
    if material.across_pulsating_stress_mpa is None:
        return (layer,)
    across = _curve(
        material,
        material.across_pulsating_stress_mpa,
        material.across_pulsating_stress_ratio,
        material.across_pulsating_cycles,
        across=True,
    )
    return layer, across


def cycle(first: ArrayLike, second: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Amplitude and mean (...) of cycles between two states of stress (..., 6), MPa."""
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    amplitude = von_mises(0.5 * (other - one))
    middle = 0.5 * (one + other)
    principal = np.linalg.eigvalsh(middle[..., _ROWS])[..., -1]
    return amplitude, np.maximum(np.maximum(middle[..., :3].sum(axis=-1), principal), 0.0)


def cycle_across(
    first: ArrayLike, second: ArrayLike, direction: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Amplitude and mean (...) of the normal stress on planes square to a direction (3,)."""
    n = unit(direction)
    one, other = ((np.asarray(one)[..., _ROWS] @ n) @ n for one in (first, second))
    return 0.5 * np.abs(other - one), np.maximum(0.5 * (one + other), 0.0)


def fatigue(
    first: ArrayLike,
    second: ArrayLike,
    material: Material,
    cycles: float,
    build_direction: ArrayLike | None = None,
) -> Fatigue:
    """The worst of all points for cycles between two states.

    `first`, `second` (n, layers, 6): tensors xx, yy, zz, xy, yz, zx in MPa at the step's extremes,
    in axes fixed to the wall; `layers` as in `stress.LAYERS`. `build_direction` (3,) in the same
    axes. Raises `ValueError` for shapes that differ and stresses that are not finite.
    """
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if one.shape != other.shape or one.shape[1:] != (len(LAYERS), 6):
        raise ValueError(f"stresses of shapes {one.shape} and {other.shape} make no cycle")
    if not (np.isfinite(one).all() and np.isfinite(other).all() and cycles > 0.0):
        raise ValueError(f"stresses must be finite and cycles positive, not {cycles:g}")
    found = []
    for curve in fatigue_curves(material):
        if curve.across and build_direction is not None:
            met = cycle_across(one, other, build_direction)
        else:
            met = cycle(one, other)
        found.append((curve, *met, curve.utilisation(*met, cycles)))
    worst = max(found, key=lambda each: float(each[3].max(initial=0.0)))
    field = np.max([each[3] for each in found], axis=0)
    return _at_worst(*worst, cycles, material, frozen(field))


def _at_worst(
    curve: FatigueCurve,
    amplitudes: FloatArray,
    means: FloatArray,
    used: FloatArray,
    cycles: float,
    material: Material,
    field: FloatArray,
) -> Fatigue:
    node, layer = np.unravel_index(int(np.argmax(used)), used.shape)
    amplitude, mean = float(amplitudes[node, layer]), float(means[node, layer])
    life, bound = curve.life(amplitude, mean)
    return Fatigue(
        amplitude=amplitude,
        mean=mean,
        allowable=float(curve.allowed(mean, cycles)),
        utilisation=float(used[node, layer]),
        life_cycles=life,
        bound=bound,
        cycles_required=cycles,
        data_cycles=curve.cycles,
        node=int(node),
        layer=LAYERS[layer],
        across=curve.across,
        recalled=material.recalled(*curve.decided_by(mean, cycles)),
        beyond_data=curve.beyond(cycles),
        field=field,
    )


def _curve(
    material: Material,
    pulsating: float | None,
    ratio: float | None,
    pulsating_cycles: float | None,
    across: bool,
) -> FatigueCurve:
    """Haigh's diagram. Points of different cycles count for the fewer: longer life is no worse."""
    stem = "across_" if across else ""
    ultimate, ultimate_key = material.ultimate_strength_mpa, "ultimate_strength_mpa"
    if across and material.across_ultimate_strength_mpa is not None:
        ultimate, ultimate_key = material.across_ultimate_strength_mpa, f"across_{ultimate_key}"
    means, amplitudes = [0.0, ultimate], [material.fatigue_amplitude_mpa, 0.0]
    cycles = material.fatigue_cycles
    keys: list[tuple[str, ...]] = [(ultimate_key,)]
    if pulsating is not None and ratio is not None and pulsating_cycles is not None:
        means.insert(1, 0.5 * (1.0 + ratio) * pulsating)
        # a mean tension never helps
        amplitudes.insert(1, min(0.5 * (1.0 - ratio) * pulsating, amplitudes[0]))
        cycles = min(cycles, pulsating_cycles)
        names = ("stress_mpa", "stress_ratio", "cycles")
        own = tuple(f"{stem}pulsating_{name}" for name in names)
        keys = [own, (*own, ultimate_key)]
    return FatigueCurve(
        means=frozen(means),
        amplitudes=frozen(amplitudes),
        cycles=cycles,
        slope=material.fatigue_slope,
        across=across,
        keys=tuple(keys),
    )
