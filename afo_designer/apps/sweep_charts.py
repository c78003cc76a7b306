"""Sweep charts: tornado, response curves and Pareto front of a study, as PNG."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from afo_designer.runs.sweep.effects import Point
from afo_designer.runs.sweep.indices import Index
from afo_designer.runs.sweep.results import Findings

# Okabe and Ito's colours, told apart by everyone.
BLUE, ORANGE, GREY, INK = "#0072b2", "#e69f00", "#bbbbbb", "#222222"
INCH_WIDE, DPI = 6.5, 120
COLUMNS = 3  # of small charts beside each other


def sweep_pictures(found: Findings) -> dict[str, bytes]:
    """PNG files by name: "tornado_…", "curves_…" and "sobol_…" for each response, and "pareto"."""
    from matplotlib.figure import Figure

    pictures = {}
    for response in found.table.study.responses:
        stem = response.name.replace(".", "_")
        if any(one.response == response.name for one in found.swings):
            pictures[f"tornado_{stem}"] = _png(_tornado(Figure, found, response.name))
            pictures[f"curves_{stem}"] = _png(_curves(Figure, found, response.name))
        indices = [one for one in found.indices if one.response == response.name]
        if any(not math.isnan(one.first) for one in indices):
            pictures[f"sobol_{stem}"] = _png(_sobol(Figure, indices, response.name))
    if found.front:
        pictures["pareto"] = _png(_pareto(Figure, found))
    return pictures


def _tornado(figure: Any, found: Findings, response: str) -> Any:
    """Bars between the means at a factor's ends, the widest on top."""
    rows = [one for one in found.swings if one.response == response][::-1]
    made = figure(figsize=(INCH_WIDE, 1.2 + 0.5 * len(rows)), layout="constrained")
    axes = made.subplots()
    middle = float(np.nanmean(found.table.numbers(response)))
    for k, one in enumerate(rows):
        for value, mean, colour in (
            (one.low_value, one.low_mean, BLUE),
            (one.high_value, one.high_mean, ORANGE),
        ):
            axes.barh(k, mean - middle, left=middle, color=colour, height=0.6)
            side = "left" if mean >= middle else "right"
            axes.annotate(
                f" {_short(value)} ", (mean, k), ha=side, va="center", fontsize=8, color=INK
            )
    axes.axvline(middle, color=INK, linewidth=0.8)
    axes.margins(x=0.15)
    axes.set_yticks(range(len(rows)), [one.factor for one in rows], fontsize=8)
    axes.set_xlabel(f"mean {_title(found, response)}", fontsize=9)
    axes.set_title("Mean where the factor lies at its lowest and highest", fontsize=9, loc="left")
    return made


def _curves(figure: Any, found: Findings, response: str) -> Any:
    """A small chart for every factor: variants, their mean and the middle nine tenths."""
    study = found.table.study
    columns = min(COLUMNS, len(study.factors))
    rows = -(-len(study.factors) // columns)
    made = figure(figsize=(INCH_WIDE, 0.4 + 2.3 * rows), layout="constrained")
    grid = made.subplots(rows, columns, squeeze=False, sharey=True)
    values = found.table.numbers(response)
    for k, axes in enumerate(grid.ravel()):
        if k >= len(study.factors):
            axes.set_visible(False)
            continue
        factor = study.factors[k]
        points = [p for p in found.curves if (p.response, p.factor) == (response, factor.key)]
        _curve(axes, found, factor.key, points, values)
        axes.set_xlabel(_wrapped(factor.key, factor.knob.unit), fontsize=8)
        axes.tick_params(labelsize=7)
        if k % columns == 0:
            axes.set_ylabel(_title(found, response), fontsize=8)
    return made


def _curve(axes: Any, found: Findings, key: str, points: list[Point], values: Any) -> None:
    column = found.table.column(key)
    if any(isinstance(v, str) for v in column):
        names = [str(p.value) for p in points]
        at: Any = np.arange(len(names), dtype=float)
        places = [names.index(str(v)) if str(v) in names else np.nan for v in column]
        axes.set_xticks(at, [name.replace("_", "\n") for name in names])
    else:
        at = np.array([float(p.value) for p in points])
        places = [float(v) for v in column]
    axes.plot(places, values, ".", color=GREY, markersize=2, zorder=1)
    means = [p.mean for p in points]
    axes.fill_between(at, [p.p5 for p in points], [p.p95 for p in points], color=BLUE, alpha=0.2)
    axes.plot(at, means, "o-", color=BLUE, markersize=3, linewidth=1.2, zorder=3)


def _sobol(figure: Any, indices: list[Index], response: str) -> Any:
    """First-order and total indices with their intervals."""
    made = figure(figsize=(INCH_WIDE, 1.4 + 0.5 * len(indices)), layout="constrained")
    axes = made.subplots()
    order = sorted(indices, key=lambda one: one.total)
    at = np.arange(len(order), dtype=float)
    for shift, name, colour in ((0.17, "first", BLUE), (-0.17, "total", ORANGE)):
        middle = np.array([getattr(one, name) for one in order])
        low = np.array([getattr(one, f"{name}_low") for one in order])
        high = np.array([getattr(one, f"{name}_high") for one in order])
        words = "by itself" if name == "first" else "with interactions"
        axes.barh(at + shift, middle, 0.32, color=colour, label=words)
        axes.errorbar(
            middle,
            at + shift,
            xerr=np.maximum([middle - low, high - middle], 0.0),
            fmt="none",
            ecolor=INK,
            elinewidth=1.0,
            capsize=2.5,
        )
    axes.set_yticks(at, [one.factor for one in order], fontsize=8)
    axes.set_xlabel(f"share of the variance of {response} (95 % intervals)", fontsize=9)
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
    axes.legend(fontsize=8, frameon=False, loc="lower right")
    return made


def _pareto(figure: Any, found: Findings) -> Any:
    """Every pair of aims, the front's variants marked."""
    table, aims = found.table, list(found.table.study.aims)
    pairs = list(_pairs(aims))[:COLUMNS]
    made = figure(figsize=(INCH_WIDE, 2.6 if len(pairs) > 1 else 4.0), layout="constrained")
    numbers = [one.number for one, _ in table.rows]
    chosen = [numbers.index(number) for number in found.front]
    for axes, (first, second) in zip(
        made.subplots(1, len(pairs), squeeze=False)[0], pairs, strict=True
    ):
        x, y = table.numbers(first), table.numbers(second)
        axes.plot(x, y, ".", color=GREY, markersize=3)
        axes.plot(x[chosen], y[chosen], "o", color=ORANGE, markersize=3.5)
        for name, label in ((first, axes.set_xlabel), (second, axes.set_ylabel)):
            aim = table.study.aims[name]
            words = aim if isinstance(aim, str) else f"near {aim:g}"
            label(f"{_title(found, name)}\n({words})", fontsize=7)
        axes.tick_params(labelsize=7)
    made.suptitle(f"Pareto front: {len(chosen)} of {len(numbers)} variants", fontsize=9)
    return made


def _pairs(names: list[str]) -> Iterator[tuple[str, str]]:
    for k, first in enumerate(names):
        for second in names[k + 1 :]:
            yield first, second


def _title(found: Findings, response: str) -> str:
    one = next(r for r in found.table.study.responses if r.name == response)
    return _wrapped(response, one.unit)


def _wrapped(name: str, unit: str) -> str:
    head, _, tail = name.rpartition(".")
    return f"{head}.\n{tail}" + (f" [{unit}]" if unit else "")


def _short(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"


def _png(figure: Any) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=DPI, metadata={"Software": None})
    return stream.getvalue()
