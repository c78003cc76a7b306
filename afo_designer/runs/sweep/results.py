"""Results: everything that sums a study up, as files."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from afo_designer.runs.sweep.effects import Point, Swing, response_curves, swings
from afo_designer.runs.sweep.front import pareto_front
from afo_designer.runs.sweep.indices import Index, study_indices
from afo_designer.runs.sweep.surrogate import Modelled, SurrogateUnavailable, modelled
from afo_designer.runs.sweep.table import (
    ParquetUnavailable,
    Table,
    cell,
    columns_csv,
    csv_bytes,
    table_csv,
    table_parquet,
)

SUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Findings:
    """A study's table and what follows from it.

    `front`: numbers of the variants on the Pareto front. `surrogate` only where the study asks for
    one. `remarks`: sentences on what could not be made.
    """

    table: Table
    indices: tuple[Index, ...]
    curves: tuple[Point, ...]
    swings: tuple[Swing, ...]
    front: tuple[int, ...]
    surrogate: Modelled | None
    remarks: tuple[str, ...]


Pictures = Callable[[Findings], Mapping[str, bytes]]


def findings_of(table: Table) -> Findings:
    """What a whole table says."""
    remarks, surrogate = [], None
    asked = table.study.surrogate
    if asked is not None:
        try:
            surrogate = modelled(table, asked)
        except SurrogateUnavailable as failed:
            remarks.append(str(failed))
    curves = response_curves(table)
    return Findings(
        table=table,
        indices=tuple(study_indices(table)),
        curves=tuple(curves),
        swings=tuple(swings(curves)),
        front=tuple(pareto_front(table)),
        surrogate=surrogate,
        remarks=tuple(remarks),
    )


def files_of(found: Findings, pictures: Pictures) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Every file by its path, SHA256SUMS the last; and remarks on those that could not be made."""
    table, remarks = found.table, list(found.remarks)
    files = {
        "study.json": _json(table.study.document()),
        "results.csv": table_csv(table),
        "columns.csv": columns_csv(table),
    }
    try:
        files["results.parquet"] = table_parquet(table)
    except ParquetUnavailable as absent:
        remarks.append(str(absent))
    if found.indices:
        files["sobol.csv"] = rows_csv(found.indices)
    if found.curves:
        files["curves.csv"] = rows_csv(found.curves)
        files["tornado.csv"] = rows_csv(found.swings)
    if found.front:
        files["pareto.csv"] = _front_csv(found)
    if found.surrogate is not None:
        files["surrogate.csv"] = rows_csv(found.surrogate.validated)
        files["surrogate_sobol.csv"] = rows_csv(found.surrogate.indices)
    files |= {f"plots/{name}.png": image for name, image in pictures(found).items()}
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    files[SUMS] = "".join(lines).encode()
    return files, tuple(remarks)


def rows_csv(rows: Sequence[Any]) -> bytes:
    """Dataclasses of one kind as CSV."""
    names = [one.name for one in dataclasses.fields(rows[0])]
    return csv_bytes(names, ([cell(getattr(row, name)) for name in names] for row in rows))


def _front_csv(found: Findings) -> bytes:
    """The front's variants with their factors and aims."""
    table, names = found.table, list(found.table.study.aims)
    keys = [one.key for one in table.study.factors]
    by_number = {one.number: (one, outcome) for one, outcome in table.rows}
    rows = []
    for number in found.front:
        one, outcome = by_number[number]
        values = [one.values[key] for key in keys] + [outcome.figures[name] for name in names]
        rows.append([str(number), *map(cell, values)])
    return csv_bytes(["variant", *keys, *names], rows)


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()
