"""Orders, form: what an order is in the ledger, and whether an entry there still is one.

`orders` writes the payload, `orders_work` the findings.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any

PAYLOAD: Mapping[str, tuple[type, ...]] = {
    "scan": (str,),
    "template": (str,),
    "material": (str,),
    **dict.fromkeys(("person", "cast", "side", "unit", "landmarks"), (str, NoneType)),
    **dict.fromkeys(("settings", "person_columns", "passed"), (dict,)),
}
COUNTS = ("quantity", "revision")  # of what is passed through
# What the print manifest needs of a design that may be printed.
FINDINGS: Mapping[str, tuple[type, ...]] = {
    "design_id": (str,),
    "side": (str,),
    "material": (str,),
    "print": (dict,),
}


def _is_order(text: str) -> bool:
    one = json.loads(text)
    return _has(one, PAYLOAD) and all(
        str(one["passed"].get(name, "1")).isdecimal() for name in COUNTS
    )


def _is_made(text: str) -> bool:
    return _has(json.loads(text), FINDINGS)


def _has(one: Mapping[str, Any], kinds: Mapping[str, tuple[type, ...]]) -> bool:
    return all(name in one and isinstance(one[name], kind) for name, kind in kinds.items())


# As `ledger_form.TASKS`, for entries that hold what is said there.
TASKS = {
    "payload": "is_order(payload)",
    "findings": "state <> 'done' OR status NOT IN ('ok', 'warnings') OR is_made(findings)",
}
FUNCTIONS: Mapping[str, Callable[..., bool]] = {"is_order": _is_order, "is_made": _is_made}
