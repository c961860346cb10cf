"""The table of metrics: names as Prometheus wants them, fields that records have, metrics that a server has."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from prometheus_client.parser import text_string_to_metric_families

from taskfusion.run.record.alarms import Alarm, AlarmRecord
from taskfusion.run.record.watch import (
    EdgeReading,
    ExpertReading,
    FeatureReading,
    HarmReading,
    HoldbackReading,
    LabelReading,
    RatioReading,
    TrafficReading,
    WindowReading,
)
from taskfusion.serve.decision.writer import DecisionCounts
from taskfusion.serve.http.metrics import Metrics, ModelState
from taskfusion.serve.router.breaker import State
from taskfusion.watch.registry import GAUGES, METRICS, SERVED, Source, gauge, markdown_table, unknown_metrics

RECORDS: dict[Source, Any] = {
    "windows": WindowReading,
    "newest": WindowReading,
    "features": FeatureReading,
    "edges": EdgeReading,
    "experts": ExpertReading,
    "traffic": TrafficReading,
    "labels": LabelReading,
    "ratio": RatioReading,
    "holdback": HoldbackReading,
    "harm": HarmReading,
    "alarms": Alarm,
    "moment": AlarmRecord,
}
SUFFIXES = {"share": "_ratio", "ratio": "_ratio", "moment": "_timestamp_seconds", "seconds": "_seconds", "p": "_pvalue"}


def test_every_source_has_a_record() -> None:
    assert set(RECORDS) == set(get_args(Source))


def test_every_gauge_reads_a_field_and_tells_series_apart_by_fields() -> None:
    for one in GAUGES:
        fields = RECORDS[one.source].model_fields
        assert one.field in fields, one.name
        named = [label for label in one.labels if label not in fields]
        is_by_name = "dict" in str(fields[one.field].annotation)
        assert named == ([one.labels[-1]] if is_by_name else ["alarm"] if one.source == "alarms" else []), one.name


def test_names_follow_the_conventions() -> None:
    names = [one.metric for one in GAUGES]
    assert len(set(names)) == len(names)
    for one in GAUGES:
        assert re.fullmatch(r"taskfusion_watch_[a-z_]+", one.metric)
        assert one.metric.endswith(SUFFIXES.get(one.unit, "")), one.name
        assert not one.metric.endswith(("_total", "_count", "_sum", "_bucket"))
        assert one.about.endswith(".")


def test_metrics_of_the_server_are_those_that_it_has() -> None:
    metrics = Metrics(DecisionCounts())
    metrics.models = {"primary": ModelState("abc", 0, State.CLOSED)}
    metrics.add_request("rank", 200, 0.1)
    metrics.add_answer("primary", None, 0.1)
    metrics.add_refused("unusable")
    scores = {"click": {"edges": [0.5], "counts": [3, 4], "sum": 2.5}}
    nothing: dict[str, int] = {}
    counts = {"bundle": "abc", "rows": nothing, "missing": nothing, "unseen": nothing}
    metrics.add_counts([{**counts, "scores": scores, "reference": scores}])
    found = {
        (sample.name, frozenset(sample.labels))
        for family in text_string_to_metric_families(metrics.page().decode())
        for sample in family.samples
    }
    assert {(one.name, frozenset(one.labels)) for one in SERVED} <= found


def test_what_no_metric_is_called_is_named() -> None:
    assert unknown_metrics(f"{gauge('ne_ratio')} > taskfusion_answers_total") == []
    assert unknown_metrics('sum(taskfusion_answers{x="taskfusion"})') == ["taskfusion_answers"]
    with pytest.raises(KeyError):
        gauge("ne")


def test_the_table_of_the_docs_has_all() -> None:
    assert len(markdown_table().splitlines()) == 2 + len(GAUGES) + len(SERVED)
    assert all(f"`{name}`" in markdown_table() for name in METRICS)
    page = (Path(__file__).parents[2] / "docs" / "watch.md").read_text(encoding="utf-8")
    assert f"<!-- metrics -->\n{markdown_table()}<!-- end of metrics -->" in page
