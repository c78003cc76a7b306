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
    if not _has(one, PAYLOAD):
        return False
    passed = one["passed"]
    return not passed or all(str(passed.get(name, "1")).isdecimal() for name in COUNTS)


def _is_made(text: str) -> bool:
    return _has(json.loads(text), FINDINGS)


def _has(one: Mapping[str, Any], kinds: Mapping[str, tuple[type, ...]]) -> bool:
    try:
        for name, kind in kinds.items():
            if not isinstance(one[name], kind):
                return False
    except KeyError:
        return False
    return True


# As `ledger_form.TASKS`, for entries that hold what is said there.
TASKS = {
    "payload": "is_order(payload)",
    # CASE, for SQLite works both sides of an OR out.
    "findings": "CASE WHEN state = 'done' AND status IN ('ok', 'warnings') "
    "THEN is_made(findings) ELSE 1 END",
}
FUNCTIONS: Mapping[str, Callable[..., bool]] = {"is_order": _is_order, "is_made": _is_made}
