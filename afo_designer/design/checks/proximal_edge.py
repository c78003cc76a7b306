"""Proximal edge: the peroneal nerve crosses the fibular neck."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import WARN, Check, Rule, judged
from afo_designer.design.checks.finished import Finished

TOLERANCE_MM = 0.5


def judge(finished: Finished) -> Iterator[Check]:
    """The proximal edge below the fibular head's apex; a head that is not seen warns."""
    shell, landmarks = finished.shell, finished.positive.landmarks
    if shell.parameters.calf.proximal != "below_fibular_head":
        return
    limit = shell.parameters.calf.top_below_fibular_head_mm
    if "fibular_head" not in landmarks:
        unseen = (
            "The fibular head is not in the scan: palpate its neck and keep the edge 20 mm below."
        )
        yield Check("proximal_edge", "not seen", limit, "mm", WARN, unseen)
        return
    s = shell.chart.spine.station_of(landmarks.position("fibular_head"))
    below = float(shell.stations.top - s)
    message = "Proximal edge below the fibular head's apex (peroneal nerve)."
    yield judged("proximal_edge", below, limit, "mm", below >= limit - TOLERANCE_MM, message)


RULE = Rule(
    id="proximal_edge",
    place=160,
    protects="The common peroneal nerve, whose pressure palsy is itself a cause of foot drop.",
    limit="shell.calf.top_below_fibular_head_mm",
    source="workshop practice, recalled (science.md §7)",
    judge=judge,
)
