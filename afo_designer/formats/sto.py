"""STO: OpenSim's text table, one row a line, tabs between, what it holds said in its header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

# What OpenSim's two readers take for themselves at the start of a header line (Storage.cpp and
# DelimFileAdapter.h of opensim-core, read): prose must begin with none of them.
RESERVED = (
    *("name", "nr", "nRows", "datarows", "nc", "nColumns", "datacolumns", "units", "version"),
    *("inDegrees", "Angles", "endheader", "DataType", "range", "Range", "wrap", "Wrap", "WRAP"),
    *("event", "enforce_loops", "enforce_constraints", "calc_derivatives"),
)


def sto_bytes(
    title: str,
    columns: Mapping[str, ArrayLike],
    notes: Sequence[str] = (),
    values: Mapping[str, str] | None = None,
) -> bytes:
    """A .sto file: `title`, `notes` as lines, `values` as key=value, then the columns.

    OpenSim asks for a first column named `time` that rises (DelimFileAdapter.h, TimeSeriesTable,
    read). Angles are radians. Raises `ValueError` for columns of unequal length, another first
    column, a time that does not rise, or a line that its readers would take for their own.
    """
    names, table = list(columns), np.column_stack([np.asarray(c, float) for c in columns.values()])
    if names[0] != "time" or not np.all(np.diff(table[:, 0]) > 0.0):
        raise ValueError("a .sto table starts with a column `time` that rises")
    if not np.isfinite(table).all():
        raise ValueError("a .sto table holds finite numbers only")
    pairs = [f"{key}={value}" for key, value in (values or {}).items()]
    for line in (*notes, *pairs):
        if line.replace("=", " ").split()[0] in RESERVED or "\n" in line or not line.isascii():
            raise ValueError(f"not a line of a .sto header: {line!r}")
    if any("=" in line for line in notes):
        raise ValueError("a note with = would be read as a value")
    rows, count = table.shape
    head = [
        title,
        *("version=1", f"nRows={rows}", f"nColumns={count}", "inDegrees=no"),
        *pairs,
        *notes,
        "endheader",
        "\t".join(names),
    ]
    body = ["\t".join(_figure(value) for value in row) for row in table]
    return ("\n".join([*head, *body]) + "\n").encode("ascii")


def _figure(value: float) -> str:
    """Ten figures: far below what any of these numbers is known to."""
    return f"{value + 0.0:.10g}"
