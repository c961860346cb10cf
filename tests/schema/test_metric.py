"""Metrics that several kinds have are one metric, and each says how it is read."""

from taskfusion.evaluate.metric import METRICS
from taskfusion.schema.task.table import KINDS


def test_a_metric_of_several_kinds_is_one_metric() -> None:
    for kind in KINDS.values():
        for metric in kind.metrics[1:]:
            assert METRICS[metric.name] == metric


def test_a_metric_has_one_heading_and_a_sentence() -> None:
    titles = [metric.title for metric in METRICS.values()]
    assert len(set(titles)) == len(titles)
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.description.endswith(".")
