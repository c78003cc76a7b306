"""Registry: the rules of this package, found by looking, and what they say of a design."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from afo_designer.design import checks
from afo_designer.design.checks.check import Check, Rule
from afo_designer.design.checks.finished import Finished


def _found() -> tuple[Rule, ...]:
    """Every module's `RULE`, in order of place."""
    modules = [
        import_module(f"{checks.__name__}.{entry.name}")
        for entry in pkgutil.iter_modules(checks.__path__)
        if entry.name not in {"check", "finished", "registry"}
    ]
    return tuple(sorted((module.RULE for module in modules), key=lambda rule: rule.place))


RULES = _found()


def checked(finished: Finished) -> tuple[Check, ...]:
    """Every check of a finished design, in the rules' order."""
    return tuple(check for rule in RULES for check in rule.judge(finished))


def rule_of(check_id: str) -> Rule:
    """The rule that a check belongs to. Raises `KeyError` for an id that is nobody's."""
    owners = [rule for rule in RULES if rule.owns(check_id)]
    if not owners:
        raise KeyError(check_id)
    # "skin" and "skin_free" are two rules: the longer id is the narrower one
    return max(owners, key=lambda rule: len(rule.id))
