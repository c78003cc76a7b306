"""Shells over limbs with known landmarks, each formed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from known_limbs import generated_limb, mirrored_limb

from afo_designer.cast.modification import modify_cast
from afo_designer.cast.parameters import CastParameters
from afo_designer.cast.positive import PositiveModel
from afo_designer.design.parameters import DesignParameters
from afo_designer.limb.limb import Limb
from afo_designer.runs.catalogue import load_template
from afo_designer.shell.parameters import ShellParameters
from afo_designer.shell.shell import Shell, form_shell

NEUTRAL = np.radians(3.0)


@dataclass(frozen=True)
class Made:
    """A shell, what it was formed over, and what was asked for."""

    positive: PositiveModel
    parameters: ShellParameters
    shell: Shell


def formed(limb: Limb, family: str) -> Made:
    """A family's shell over a limb, its lengths scaled to the foot."""
    parameters = scaled(limb, family)
    return _over(modify_cast(limb, NEUTRAL, 8.0, parameters.cast), parameters.shell)


def scaled(limb: Limb, family: str) -> DesignParameters:
    """A family's parameters for a limb."""
    return load_template(family)[0].chosen.scaled_to(limb.foot_length).parameters


def _over(positive: PositiveModel, parameters: ShellParameters) -> Made:
    return Made(positive, parameters, form_shell(positive, parameters))


@cache
def positive_of(who: str) -> PositiveModel:
    """The cast of one of a few limbs, by name; the families share it."""
    limbs = {
        "man": lambda: generated_limb(-18.0),
        "mirrored man": lambda: mirrored_limb(generated_limb(-18.0)),
        "child": lambda: generated_limb(-5.0, height_mm=1160.0),
        "hanging": lambda: generated_limb(-32.0),
    }
    return modify_cast(limbs[who](), NEUTRAL, 8.0, CastParameters())


@cache
def made(who: str, family: str) -> Made:
    """A family's shell over one of those limbs."""
    positive = positive_of(who)
    return _over(positive, scaled(positive.limb, family).shell)
