"""Table: a study's results, tidy: a row for every variant, a column for every variable."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.runs.sweep.evaluator import OK, Outcome
from afo_designer.runs.sweep.plan import Planned
from afo_designer.runs.sweep.study import Study


class ParquetUnavailable(RuntimeError):
    """The library that writes Parquet is not installed."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `role` "variant", "plan", "factor", "response" or "outcome"; unit; meaning."""

    name: str
    role: str
    kind: str
    unit: str
    about: str


@dataclass(frozen=True, slots=True)
class Table:
    """Variants in the order of their numbers, each with its outcome."""

    study: Study
    rows: Sequence[tuple[Planned, Outcome]]

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns, the factors and responses in the study's order."""
        study = self.study
        plan = (
            [
                Column("matrix", "plan", "text", "", "A, B, or the factor that A has of B"),
                Column("block", "plan", "whole", "", "number of the cross sample"),
            ]
            if study.plan.indices
            else []
        )
        factors = [
            Column(
                one.key,
                "factor",
                "text" if any(isinstance(v, str) for v in one.values) else "number",
                one.knob.unit,
                one.knob.about,
            )
            for one in study.factors
        ]
        responses = [
            Column(one.name, "response", "number", one.unit, one.about) for one in study.responses
        ]
        return (
            Column("variant", "variant", "whole", "", "number of the variant"),
            *plan,
            *factors,
            *responses,
            Column("status", "outcome", "text", "", "ok, or what became of the variant"),
            Column("reason", "outcome", "text", "", "for machines, empty where ok"),
            Column("message", "outcome", "text", "", "for people, empty where ok"),
        )

    def column(self, name: str) -> list[Any]:
        """A column's values."""
        if name == "variant":
            return [one.number for one, _ in self.rows]
        if name in ("matrix", "block"):
            return [getattr(one, name) for one, _ in self.rows]
        if name in ("status", "reason", "message"):
            return [getattr(outcome, name) for _, outcome in self.rows]
        if any(one.name == name for one in self.study.responses):
            return [outcome.figures.get(name, float("nan")) for _, outcome in self.rows]
        return [
            str(v) if isinstance(v, str) else float(v)
            for v in (one.values[name] for one, _ in self.rows)
        ]

    def numbers(self, name: str) -> FloatArray:
        """A column of numbers (n,)."""
        return np.array(self.column(name), dtype=np.float64)

    @property
    def failed(self) -> int:
        """Variants without their figures."""
        return sum(outcome.status != OK for _, outcome in self.rows)


def table_csv(table: Table) -> bytes:
    """The table as CSV in UTF-8; numbers in full, NaN where there is none."""
    columns = [(one, table.column(one.name)) for one in table.columns]
    return csv_bytes(
        [one.name for one, _ in columns],
        zip(*(map(cell, values) for _, values in columns), strict=True),
    )


def columns_csv(table: Table) -> bytes:
    """What every column of the table is, with its unit."""
    return csv_bytes(
        ["name", "role", "unit", "about"],
        ([one.name, one.role, one.unit, one.about] for one in table.columns),
    )


def csv_bytes(header: Sequence[str], rows: Any) -> bytes:
    """A CSV file."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue().encode()


def cell(value: Any) -> str:
    """A value as text: the shortest that reads back as the same number."""
    if isinstance(value, float):
        return "NaN" if np.isnan(value) else repr(float(value))
    return str(value)


def table_parquet(table: Table) -> bytes:
    """The table as Parquet, units and the study in its metadata; the same bytes every time.

    Raises `ParquetUnavailable` without pyarrow.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ParquetUnavailable(
            "results.parquet was not written: pip install 'afo-designer[sweep]' brings pyarrow."
        ) from None
    kinds = {"number": pyarrow.float64(), "whole": pyarrow.int64(), "text": pyarrow.string()}
    fields, arrays = [], []
    for one in table.columns:
        about = {"role": one.role, "unit": one.unit, "about": one.about}
        fields.append(pyarrow.field(one.name, kinds[one.kind], metadata=about))
        arrays.append(pyarrow.array(table.column(one.name), kinds[one.kind], from_pandas=False))
    schema = pyarrow.schema(fields, metadata=_metadata(table.study))
    stream = io.BytesIO()
    made = pyarrow.Table.from_arrays(arrays, schema=schema)
    parquet.write_table(made, stream, compression="zstd", version="2.6")
    return stream.getvalue()


def _metadata(study: Study) -> Mapping[str, str]:
    return {
        "study": json.dumps(study.document(), sort_keys=True, ensure_ascii=False),
        "study_sha256": study.identity,
    }
