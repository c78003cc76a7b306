"""Ledger form: the tables of a ledger, and what is wrong with one that others have written in.

A task is `waiting`, `running`, `publishing` (its files are listed, the rename comes next), `done`
(delivered) or `failed` (ended without a folder).
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Mapping

VERSION = 1
SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tasks (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, payload TEXT NOT NULL,
    priority REAL NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
    suspect INTEGER NOT NULL DEFAULT 0,
    key TEXT, folder TEXT, exit_code INTEGER, status TEXT, reason TEXT, message TEXT,
    findings TEXT NOT NULL DEFAULT '{}', seconds REAL NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0, strikes INTEGER NOT NULL DEFAULT 0,
    kills INTEGER NOT NULL DEFAULT 0, memory_doublings INTEGER NOT NULL DEFAULT 0,
    deliveries INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX tasks_name ON tasks (name);
CREATE INDEX tasks_queue ON tasks (state, suspect, priority DESC, number);
CREATE INDEX tasks_key ON tasks (key);
CREATE TABLE files (
    task INTEGER NOT NULL REFERENCES tasks, path TEXT NOT NULL, sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL, PRIMARY KEY (task, path)
) WITHOUT ROWID;
CREATE TABLE attempts (
    number INTEGER PRIMARY KEY, task INTEGER NOT NULL REFERENCES tasks, token INTEGER NOT NULL,
    begun_utc TEXT NOT NULL, alone INTEGER, cause TEXT, code INTEGER, signal TEXT,
    seconds REAL, peak_mb REAL
);
CREATE TABLE refusals (
    line INTEGER NOT NULL, name TEXT NOT NULL, field TEXT NOT NULL, message TEXT NOT NULL
);
"""
STATES = ("waiting", "running", "publishing", "done", "failed")
# SQLite reads most of it ten times as fast, but knows no NaN, which Python writes.
_OBJECT = "CASE WHEN json_valid({0}) THEN json_type({0}) = 'object' ELSE is_object({0}) END"
_NOT_ENDED = "state NOT IN ('done', 'failed')"
# What holds for every task, by column; a name becomes a folder's.
TASKS = {
    "name": "typeof(name) = 'text' AND name GLOB '[A-Za-z0-9]*' "
    "AND name NOT GLOB '*[^A-Za-z0-9._-]*'",
    "payload": _OBJECT.format("payload"),
    "findings": _OBJECT.format("findings"),
    "priority": "typeof(priority) IN ('real', 'integer')",
    "state": f"state IN {STATES}",
    "exit_code": f"typeof(exit_code) = 'integer' OR {_NOT_ENDED}",
    "status": f"typeof(status) = 'text' OR {_NOT_ENDED}",
    "seconds": "typeof(seconds) IN ('real', 'integer')",
    **{
        name: f"typeof({name}) = 'integer'"
        for name in ("suspect", "attempts", "strikes", "kills", "memory_doublings", "deliveries")
    },
}


def missing_column(db: sqlite3.Connection) -> str:
    """The first column, as TABLE.COLUMN, that a ledger lacks; "" where all are there."""
    with contextlib.closing(sqlite3.connect(":memory:")) as whole:
        whole.executescript(SCHEMA)
        wanted = _columns(whole)
    found = _columns(db)
    return next((one for one in wanted if one not in found), "")


def _columns(db: sqlite3.Connection) -> list[str]:
    query = (
        "SELECT t.name || '.' || c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c "
        "WHERE t.type = 'table'"
    )
    return [row[0] for row in db.execute(query)]


def misfit(
    db: sqlite3.Connection,
    columns: Mapping[str, str],
    functions: Mapping[str, Callable[..., bool]],
) -> str:
    """The first task with something that does not hold, in words; "" where all is well.

    `columns`: a name ↦ the SQL that is true where it holds, which may call `functions`.
    """
    for name, function in functions.items():
        db.create_function(name, -1, function, deterministic=True)
    holds = [f"coalesce({condition}, 0)" for condition in columns.values()]
    query = f"SELECT name, {', '.join(holds)} FROM tasks WHERE NOT ({' AND '.join(holds)}) LIMIT 1"
    row = db.execute(query).fetchone()
    if row is None:
        return ""
    column = next(one for one, good in zip(columns, tuple(row)[1:], strict=True) if not good)
    return f"{column} of {str(row[0])[:80]!r} is damaged"


def _is_object(text: object) -> bool:
    try:
        return isinstance(json.loads(str(text)), dict)
    except ValueError:
        return False


FUNCTIONS: Mapping[str, Callable[..., bool]] = {"is_object": _is_object}
