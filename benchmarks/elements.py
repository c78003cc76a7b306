"""The shell elements on the field's benchmarks: three meshes each, gates and diagnostics.

Run `python benchmarks/elements.py` (linear, then with large rotations) or with `--linear` or
`--nonlinear` for one half. Writes the tables into `docs/elements.md` between its markers and the
rows into `benchmarks/results/elements.json`; exits with 1 when a gate is missed.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from pathlib import Path
from typing import Any

from linear_problems import linear_problems
from problem import Problem, observed_rate

PROJECT = Path(__file__).parents[1]
ROWS = PROJECT / "benchmarks" / "results" / "elements.json"
PAGE = PROJECT / "docs" / "elements.md"


def measured(problem: Problem) -> dict[str, Any]:
    """One row: values, errors, rate, verdict, or why there is no value."""
    row: dict[str, Any] = {"name": problem.name, "meshes": problem.meshes}
    try:
        values = [problem.run(n) for n in problem.meshes]
    except RuntimeError as refusal:
        return row | {"refused": str(refusal), "met": problem.gate is None}
    errors = [problem.error_percent(value) for value in values]
    judged = abs(errors[problem.meshes.index(problem.judged)])
    met = problem.gate is None or judged <= problem.gate
    return row | {"values": values, "errors": errors, "rate": observed_rate(values), "met": met}


def line(problem: Problem, row: dict[str, Any]) -> str:
    """A row of the table."""
    if "refused" in row:
        figures = ["refused", "", ""]
    else:
        style = "{:.1e}" if problem.absolute else "{:.5g}"
        values = ", ".join(style.format(value) for value in row["values"])
        errors = ", ".join(style_error(problem, error) for error in row["errors"])
        figures = [values, errors, style_rate(problem, row["rate"])]
    gate = ""
    if problem.gate is not None:
        limit = "1e-9" if problem.absolute else f"{problem.gate:g} % at {problem.judged}"
        gate = f"{limit}: {'met' if row['met'] else '**missed**'}"
    reference = "0" if problem.absolute else f"{problem.reference:.6g}"
    meshes = "/".join(map(str, problem.meshes))
    cells = [problem.name, reference, meshes, *figures, gate, problem.published]
    return "| " + " | ".join(cells) + " |"


def style_error(problem: Problem, error: float) -> str:
    return f"{error / 100.0:.1e}" if problem.absolute else f"{error:+.2f}"


def style_rate(problem: Problem, rate: float) -> str:
    return "" if problem.absolute or math.isnan(rate) else f"{rate:.1f}"


def linear_tables(problems: list[Problem], rows: list[dict[str, Any]]) -> str:
    head = [
        "| problem | reference | n | our values | error % | rate | gate | published, 16 × 16 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    table = head + [line(problem, row) for problem, row in zip(problems, rows, strict=True)]
    facts = ["| problem | data | mesh | source | remark |", "|---|---|---|---|---|"]
    for problem in problems:
        cells = [problem.name, problem.data, problem.mesh, problem.source, problem.note]
        facts.append("| " + " | ".join(cells) + " |")
    return "\n".join([*table, "", "### Data and sources", "", *facts])


def write_between(part: str, text: str) -> None:
    """Replaces what stands between the page's markers for `part`."""
    page = PAGE.read_text(encoding="utf-8")
    start, end = f"<!-- {part}: made by benchmarks/elements.py -->", f"<!-- end of {part} -->"
    before, _, rest = page.partition(start)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{start}\n\n{text}\n\n{end}{after}", encoding="utf-8")


def save(part: str, rows: list[dict[str, Any]]) -> None:
    ROWS.parent.mkdir(exist_ok=True)
    saved = json.loads(ROWS.read_text(encoding="utf-8")) if ROWS.exists() else {}
    ROWS.write_text(json.dumps(saved | {part: rows}, indent=1, ensure_ascii=False), "utf-8")


def run_linear(only: str) -> bool:
    problems = [problem for problem in linear_problems() if only in problem.name]
    rows = []
    for problem in problems:
        started = time.perf_counter()
        row = measured(problem)
        rows.append(row)
        print(f"{time.perf_counter() - started:6.1f} s  {line(problem, row)}", flush=True)
    if not only:
        save("linear", rows)
        write_between("linear", linear_tables(problems, rows))
    return all(row["met"] for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--linear", action="store_true", help="the linear half only")
    parser.add_argument("--only", default="", help="problems whose name holds this; writes nothing")
    choice = parser.parse_args()
    met = run_linear(choice.only)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
