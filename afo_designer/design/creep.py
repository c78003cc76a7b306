"""Creep: a stress that does not cease, and the stiffness that is left after 1000 hours of it.

A strap pulled tight or a long stance loads the wall for hours. Von Mises stress is held against
the material's limit for such loads, and the creep modulus says what a spring under permanent load
keeps; an orthosis that walking unloads at every step keeps more. A material without data gets a
sentence, never a number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.mechanics.material import Material
from afo_designer.mechanics.stress import LAYERS, von_mises

CREEP_HOURS = 1000


@dataclass(frozen=True, slots=True)
class Creep:
    """The worst point of a sustained state.

    `stress` (MPa, von Mises) at `node` and `layer`; `limit` the sustained stress allowed,
    `utilisation` their ratio, `stiffness_kept` the share left after 1000 h: None where the
    material gives no data. `recalled`: what it gives was recalled, not read.
    """

    stress: float
    node: int
    layer: str
    limit: float | None
    utilisation: float | None
    stiffness_kept: float | None
    recalled: bool

    @property
    def verdict(self) -> str:
        """Warn without data and above the limit: it yields over months, it does not break."""
        return "pass" if self.utilisation is not None and self.utilisation <= 1.0 else "warn"

    @property
    def sentence(self) -> str:
        """What was compared with what, and what is not known."""
        said = f"Sustained stress {self.stress:.1f} MPa"
        if self.limit is None:
            said += "; the material gives no limit for it, so it is not judged"
        else:
            said += f" against {self.limit:.1f} MPa allowed"
        if self.stiffness_kept is None:
            said += "; what stiffness is left under load for long is not known"
        else:
            kept = f"{100.0 * self.stiffness_kept:.0f} %"
            said += f"; {CREEP_HOURS} h of unbroken load leave {kept} of the stiffness"
        return said + ("; data recalled, not read." if self.recalled else ".")


def creep(tensor: ArrayLike, material: Material) -> Creep:
    """The worst point of a state (n, layers, 6): xx, yy, zz, xy, yz, zx in MPa.

    Raises `ValueError` for another shape and stresses that are not finite.
    """
    stress = np.asarray(tensor, np.float64)
    if stress.shape[1:] != (len(LAYERS), 6) or not np.isfinite(stress).all():
        raise ValueError(f"stress of shape {stress.shape} is no finite field of the wall's layers")
    values = von_mises(stress)
    node, layer = np.unravel_index(int(np.argmax(values)), values.shape)
    worst, limit = float(values[node, layer]), material.sustained_stress_mpa
    return Creep(
        stress=worst,
        node=int(node),
        layer=LAYERS[layer],
        limit=limit,
        utilisation=None if limit is None else worst / limit,
        stiffness_kept=material.creep_modulus_share,
        recalled=material.recalled("sustained_stress_mpa", "creep_modulus_share"),
    )
