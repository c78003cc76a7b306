"""Elastic laws of the wall: isotropic, and transversely isotropic about the print direction.

Both give the plane-stress matrix D (5, 5) of ε11, ε22, γ12, γ13, γ23 in lamina axes whose third is
the wall normal, with σ33 = 0 condensed: the compliance without its row and column 33, inverted.

Transverse shear stress is parabolic over the wall while the strain of a shell is constant. By
complementary energy (Reissner 1945, recalled) ∫τ² dz is 6/5 of the square of its mean, ∫στ dz
just the product of the means, so the compliance's shear block carries 6/5 and its coupling to
the membrane, which a layer tilted to the wall has, stays as it is. The block only grows: D stays
positive definite, and for an isotropic law this is the usual factor 5/6 on G.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.refusal import InputRefused

SHEAR_FACTOR = 5.0 / 6.0

# Stress basis of the lamina: pairs of axes for σ11, σ22, τ12, τ13, τ23.
_PAIRS = ((0, 0), (1, 1), (0, 1), (0, 2), (1, 2))
_TRACE = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
_GRAM = np.diag([1.0, 1.0, 2.0, 2.0, 2.0])
# One over the shear factor on the transverse block, one elsewhere.
_SHEAR = np.ones((5, 5))
_SHEAR[3:, 3:] = 1.0 / SHEAR_FACTOR


class MaterialRefused(InputRefused):
    """A material description that cannot be used."""


@dataclass(frozen=True, slots=True)
class Elasticity:
    """An isotropic elastic law: E in MPa, ν."""

    youngs_modulus_mpa: float
    poissons_ratio: float

    def __post_init__(self) -> None:
        _positive(self.youngs_modulus_mpa, "Young's modulus")
        if not 0.0 <= self.poissons_ratio < 0.5:
            raise MaterialRefused(
                f"Poisson's ratio is {self.poissons_ratio}; it may be 0 to below 0.5."
            )

    @property
    def plane_stress(self) -> FloatArray:
        """D (5, 5) for ε11, ε22, γ12, γ13, γ23, the shear factor in the last two."""
        E, nu = self.youngs_modulus_mpa, self.poissons_ratio
        G = E / (2.0 * (1.0 + nu))
        D = np.diag([E / (1.0 - nu**2)] * 2 + [G, SHEAR_FACTOR * G, SHEAR_FACTOR * G])
        D[0, 1] = D[1, 0] = nu * E / (1.0 - nu**2)
        return D

    def law(self, axes: FloatArray) -> FloatArray:
        """D (..., 5, 5) for lamina axes (..., 3, 3): one matrix, seen as many (read-only)."""
        return np.broadcast_to(self.plane_stress, (*axes.shape[:-2], 5, 5))

    def fibre_modulus(self, axes: FloatArray) -> FloatArray:
        """(...): MPa of a stretch along e3 with σ11 = 0 and ε22 = 0: E/(1 − ν²)."""
        modulus = self.youngs_modulus_mpa / (1.0 - self.poissons_ratio**2)
        return np.full(axes.shape[:-2], modulus)

    def scaled(self, factor: float) -> Elasticity:
        """The law with its modulus multiplied."""
        return replace(self, youngs_modulus_mpa=factor * self.youngs_modulus_mpa)


@dataclass(frozen=True, slots=True)
class TransverseElasticity:
    """A layered print: alike in all directions of the layer, different across the layers.

    x lies in the layer, z is the build `direction` (3,), normalised here. Moduli in MPa:
    `layer_modulus_mpa` Ex, `across_modulus_mpa` Ez, `across_shear_modulus_mpa` Gxz. Ratios:
    `layer_poissons_ratio` νxy, and `across_poissons_ratio` νxz, the contraction across the
    layers under a load in the layer (νzx = νxz Ez/Ex). Raises `MaterialRefused` for constants that
    no stable material has.
    """

    layer_modulus_mpa: float
    across_modulus_mpa: float
    layer_poissons_ratio: float
    across_poissons_ratio: float
    across_shear_modulus_mpa: float
    direction: FloatArray

    def __init__(
        self,
        layer_modulus_mpa: float,
        across_modulus_mpa: float,
        layer_poissons_ratio: float,
        across_poissons_ratio: float,
        across_shear_modulus_mpa: float,
        direction: ArrayLike,
    ) -> None:
        _positive(layer_modulus_mpa, "Young's modulus in the layer")
        _positive(across_modulus_mpa, "Young's modulus across the layers")
        _positive(across_shear_modulus_mpa, "The shear modulus across the layers")
        ratio = across_modulus_mpa / layer_modulus_mpa
        _stable(layer_poissons_ratio, across_poissons_ratio, ratio)
        object.__setattr__(self, "layer_modulus_mpa", layer_modulus_mpa)
        object.__setattr__(self, "across_modulus_mpa", across_modulus_mpa)
        object.__setattr__(self, "layer_poissons_ratio", layer_poissons_ratio)
        object.__setattr__(self, "across_poissons_ratio", across_poissons_ratio)
        object.__setattr__(self, "across_shear_modulus_mpa", across_shear_modulus_mpa)
        object.__setattr__(self, "direction", _direction(direction))

    def law(self, axes: FloatArray) -> FloatArray:
        """D (..., 5, 5) for lamina axes (..., 3, 3), rows e1, e2, e3 in the frame of `direction`.

        The compliance of transverse isotropy about n, in invariants of n (Spencer's structural
        tensor M = n⊗n, recalled): ε = α tr σ I + β σ + γ (n·σn I + tr σ M) + δ n·σn M
        + κ (Mσ + σM). A turn about n therefore changes nothing. Complex axes are accepted, for
        derivatives by an imaginary step.
        """
        n = np.asarray(axes) @ self.direction
        alpha, beta, gamma, delta, kappa = self._invariants
        vectors = np.zeros((*n.shape[:-1], 5, 3), n.dtype)  # B n for every stress basis tensor B
        for row, (i, j) in enumerate(_PAIRS):
            vectors[..., row, i] = n[..., j]
            vectors[..., row, j] = n[..., i]
        q = (vectors @ n[..., None])[..., 0]  # n · B n
        crossed = q[..., :, None] * _TRACE
        compliance = alpha * np.outer(_TRACE, _TRACE) + beta * _GRAM
        compliance = compliance + gamma * (crossed + np.swapaxes(crossed, -1, -2))
        compliance += delta * q[..., :, None] * q[..., None, :]
        compliance += 2.0 * kappa * vectors @ np.swapaxes(vectors, -1, -2)
        D = np.linalg.inv(compliance * _SHEAR)
        return 0.5 * (D + np.swapaxes(D, -1, -2))

    def fibre_modulus(self, axes: FloatArray) -> FloatArray:
        """(...): MPa of a stretch along e3 with σ11 = 0 and ε22 = 0."""
        n = np.asarray(axes) @ self.direction
        alpha, beta, gamma, delta, kappa = self._invariants
        square = n[..., 1:] ** 2  # along e2, e3
        own = alpha + beta + 2.0 * (gamma + kappa) * square + delta * square**2
        coupling = alpha + gamma * square.sum(axis=-1) + delta * square.prod(axis=-1)
        return 1.0 / (own[..., 1] - coupling**2 / own[..., 0])

    def scaled(self, factor: float) -> TransverseElasticity:
        """The law with its three moduli multiplied."""
        return TransverseElasticity(
            factor * self.layer_modulus_mpa,
            factor * self.across_modulus_mpa,
            self.layer_poissons_ratio,
            self.across_poissons_ratio,
            factor * self.across_shear_modulus_mpa,
            self.direction,
        )

    @property
    def _invariants(self) -> tuple[float, float, float, float, float]:
        """α, β, γ, δ, κ from uniaxial tension along x and z and shear in xz, 1/MPa."""
        alpha = -self.layer_poissons_ratio / self.layer_modulus_mpa
        beta = (1.0 + self.layer_poissons_ratio) / self.layer_modulus_mpa
        gamma = (self.layer_poissons_ratio - self.across_poissons_ratio) / self.layer_modulus_mpa
        kappa = 0.5 / self.across_shear_modulus_mpa - beta
        delta = 1.0 / self.across_modulus_mpa - alpha - beta - 2.0 * gamma - 2.0 * kappa
        return alpha, beta, gamma, delta, kappa


ElasticLaw = Elasticity | TransverseElasticity
"""What a shell can be made of: `law`, `fibre_modulus` and `scaled` are common to both."""


def _positive(value: float, what: str) -> None:
    if not (math.isfinite(value) and value > 0.0):
        raise MaterialRefused(f"{what} is {value} MPa; it must be positive.")


def _stable(layer: float, across: float, ratio: float) -> None:
    """Positive strain energy: |νxy| < 1 and 1 − νxy − 2 νxz² Ez/Ex > 0 (Lempriere 1968, recalled).

    Negative ratios are refused as a slip: no printed polymer has one.
    """
    if not 0.0 <= layer < 1.0:
        raise MaterialRefused(
            f"Poisson's ratio in the layer is {layer}; it may be 0 to below 1. "
            "Give the contraction within the layer."
        )
    room = 1.0 - layer
    most = math.sqrt(0.5 * room / ratio)
    if not 0.0 <= across < most:
        raise MaterialRefused(
            f"Poisson's ratio across the layers is {across}; beside {layer} in the layer and a "
            f"modulus ratio of {ratio:.3g} it may be 0 to below {most:.3f}, or the material would "
            "give energy away. Check that it is the contraction under a load in the layer."
        )


def _direction(direction: ArrayLike) -> FloatArray:
    vector = np.asarray(direction, dtype=np.float64)
    length = float(np.linalg.norm(vector)) if vector.shape == (3,) else math.nan
    if not (math.isfinite(length) and length > 0.0):
        raise MaterialRefused(
            f"The build direction is {np.asarray(direction).tolist()}; it must be a vector of "
            "three numbers that are not all zero."
        )
    return frozen(vector / length)
