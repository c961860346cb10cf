"""Panels show all that a watch exports, and ask for nothing else."""

from taskfusion.watch.panels import rows
from taskfusion.watch.registry import GAUGES, SERVED, unknown_metrics

LINES = [line for row in rows(0.1) for panel in row.panels for line in panel.lines]


def test_every_query_is_of_metrics_that_there_are() -> None:
    assert {name for line in LINES for name in unknown_metrics(line.expression)} == set()


def test_every_gauge_and_every_metric_of_the_server_is_shown() -> None:
    asked = " ".join(line.expression for line in LINES)
    hidden = {"taskfusion_worker_restarts_total"}
    assert {one.metric for one in GAUGES if one.metric not in asked} == set()
    assert {one.name for one in SERVED if one.name not in asked} == hidden


def test_a_deadline_is_a_limit() -> None:
    assert any(panel.limits == (0.25,) for row in rows(0.25) for panel in row.panels)
