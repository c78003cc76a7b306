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

import numpy as np
from buckling_problems import buckling_problems
from linear_problems import linear_problems
from nonlinear_problems import (
    Curve,
    curves,
    distances,
    limit_loads,
    same_load_errors,
    traced,
)
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
    falling = not math.isnan(rate) and rate > 0.0
    return f"{rate:.1f}" if falling and not problem.absolute else ""


def linear_tables(problems: list[Problem], rows: list[dict[str, Any]]) -> str:
    head = [
        "| problem | reference | n | our values | error % | rate | gate | published, N 16 |",
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
    every = linear_problems() + buckling_problems()
    problems = [problem for problem in every if only in problem.name]
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


def followed(curve: Curve, mesh: tuple[int, int]) -> dict[str, Any]:
    """One row: our path on one mesh against the reference's points."""
    found, path = traced(curve, mesh)
    row: dict[str, Any] = {"name": curve.name, "mesh": mesh, "states": found.tolist()}
    row["iterations"] = sum(state.iterations for state in path.states)
    if not path.reached:
        return row | {"refused": f"{path.outcome} Reached {path.level:.3f}.", "met": False}
    wanted, reached = limit_loads(curve.reference), limit_loads(found)
    row |= {"distance": float(distances(curve.reference, found).max()), "met": True}
    if wanted and len(wanted) == len(reached):
        row["limits"] = [reached, wanted]
    if not wanted:
        errors = np.abs(same_load_errors(curve.reference, found))
        worst = errors.argmax(axis=0)
        row["same_load"] = errors.max(axis=0).tolist()
        row["where"] = curve.reference[worst, 0].tolist()
    if curve.gate is not None and mesh == curve.meshes[-1]:
        row["met"] = judged(curve, row) <= curve.gate
    return row


def judged(curve: Curve, row: dict[str, Any]) -> float:
    """The percentage a gate is asked of: at equal loads, or past limit points along the path."""
    wanted = limit_loads(curve.reference)
    if not wanted:
        return float(max(row["same_load"]))
    if "limits" not in row:
        return float("inf")
    ours = row["limits"][0]
    shares = [100.0 * abs(a / b - 1.0) for a, b in zip(ours, wanted, strict=True)]
    return float(max([row["distance"], *shares]))


def curve_line(curve: Curve, row: dict[str, Any]) -> str:
    cells = [curve.name, "{} × {}".format(*row["mesh"]), f"{len(row['states']) - 1}"]
    cells.append(str(row["iterations"]))
    if "refused" in row:
        cells += [row["refused"], "", ""]
    else:
        at_load = [
            f"{label} {error:.2f} at {where:g}"
            for label, error, where in zip(
                curve.labels, row.get("same_load", []), row.get("where", []), strict=False
            )
        ]
        pairs = zip(*row.get("limits", [[], []]), strict=True)
        limits = [f"{ours:.4f} ({theirs:.4f})" for ours, theirs in pairs]
        cells += ["; ".join(at_load), f"{row['distance']:.2f}", "; ".join(limits)]
    gate = ""
    if curve.gate is not None and tuple(row["mesh"]) == curve.meshes[-1]:
        gate = f"{curve.gate:g} %: {'met' if row['met'] else '**missed**'}"
    return "| " + " | ".join([*cells, gate]) + " |"


def nonlinear_tables(done: list[tuple[Curve, dict[str, Any]]]) -> str:
    table = [
        "| case | cells | states | iterations | worst at equal loads, % (at P/Pmax) | "
        "path passes the points within, % | limit loads (reference) | gate |",
        "|---|---|---|---|---|---|---|---|",
        *(curve_line(curve, row) for curve, row in done),
    ]
    facts = ["| case | data | answers | source | remark |", "|---|---|---|---|---|"]
    for curve in dict.fromkeys(curve for curve, _ in done):
        cells = [curve.name, curve.data, ", ".join(curve.labels), curve.source, curve.note]
        facts.append("| " + " | ".join(cells) + " |")
    return "\n".join([*table, "", "### Data and sources of the curves", "", *facts])


def run_nonlinear(only: str) -> bool:
    done = []
    for curve in curves():
        for mesh in curve.meshes if only in curve.name else ():
            started = time.perf_counter()
            row = followed(curve, mesh)
            done.append((curve, row))
            print(f"{time.perf_counter() - started:6.1f} s  {curve_line(curve, row)}", flush=True)
    if not only:
        save("nonlinear", [row for _, row in done])
        write_between("nonlinear", nonlinear_tables(done))
    return all(row["met"] for _, row in done)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--linear", action="store_true", help="the linear half only")
    parser.add_argument("--nonlinear", action="store_true", help="the other half only")
    parser.add_argument("--only", default="", help="problems whose name holds this; writes nothing")
    choice = parser.parse_args()
    both = choice.linear == choice.nonlinear
    met = [run_linear(choice.only)] if both or choice.linear else []
    met += [run_nonlinear(choice.only)] if both or choice.nonlinear else []
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
