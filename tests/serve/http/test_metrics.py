"""Metrics are read by Prometheus' own parser, and are what was counted."""

from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from taskfusion.serve.decision.writer import DecisionCounts
from taskfusion.serve.http.metrics import SECONDS, BatchState, Histogram, Metrics, ModelState
from taskfusion.serve.router.breaker import State


def _samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(metrics.page().decode())
        for sample in family.samples
    }


def test_what_was_counted_is_shown() -> None:
    metrics = Metrics()
    for seconds, status in ((0.0004, 200), (0.004, 200), (100.0, 422)):
        metrics.add_request("rank", status, seconds)
    metrics.add_refused("unusable")
    metrics.add_answer("primary", None, 0.002)
    metrics.add_answer("fallback", "deadline", 0.002)
    counts = {
        "rows": {"request": 2},
        "missing": {"age": 1},
        "unseen": {},
        "bundle": "abc",
        "scores": {"click": {"edges": [0.5], "counts": [3, 4], "sum": 2.5}},
        "reference": {"click": {"edges": [0.5], "counts": [6, 2], "sum": 3.0}},
    }
    metrics.add_counts([counts])
    metrics.add_counts([counts])
    metrics.restarts, metrics.swaps = 6, 7
    metrics.models = {"primary": ModelState("abc", 5, State.OPEN, 60.0), "fallback": ModelState("d", 0, State.CLOSED)}
    found = _samples(metrics)
    assert found["taskfusion_requests_total", "rank", "200"] == 2
    assert found["taskfusion_request_seconds_bucket", "0.005", "rank"] == 2
    assert found["taskfusion_request_seconds_bucket", "+Inf", "rank"] == 3
    assert found["taskfusion_request_seconds_count", "rank"] == 3
    assert found["taskfusion_refused_total", "unusable"] == 1
    assert found["taskfusion_rows_total", "request"] == 4
    assert found["taskfusion_missing_total", "age"] == 2
    assert found["taskfusion_score_bucket", "abc", "0.5", "click"] == 6
    assert found["taskfusion_score_count", "abc", "click"] == 14
    assert found["taskfusion_score_sum", "abc", "click"] == 5
    assert found["taskfusion_score_reference_bucket", "abc", "0.5", "click"] == 6
    assert found["taskfusion_score_reference_count", "abc", "click"] == 8
    assert (found["taskfusion_worker_restarts_total",], found["taskfusion_swaps_total",]) == (6, 7)
    assert found["taskfusion_queue", "primary"] == 5
    assert [key[1:] for key in found if key[0] == "taskfusion_items_age_seconds"] == [("primary",)]
    assert found["taskfusion_items_age_seconds", "primary"] == 60
    assert found["taskfusion_model_info", "abc", "primary"] == 1
    assert [found["taskfusion_breaker", state, "primary"] for state in State] == [0, 1, 0]
    assert found["taskfusion_answers_total", "", "primary"] == 1
    assert found["taskfusion_answers_total", "deadline", "fallback"] == 1


def _counts(bundle: str, edges: list[float]) -> dict[str, Any]:
    scores = {"click": {"edges": edges, "counts": [1] * (len(edges) + 1), "sum": 1.0}}
    return {"bundle": bundle, "rows": {}, "missing": {}, "unseen": {}, "scores": scores, "reference": {}}


def test_predictions_of_models_are_apart_and_those_of_models_that_are_gone_are_forgotten() -> None:
    metrics = Metrics()
    metrics.add_counts([_counts("a", [0.5]), _counts("b", [1.0, 2.0]), _counts("a", [0.5])])
    found = _samples(metrics)
    assert (found["taskfusion_score_count", "a", "click"], found["taskfusion_score_count", "b", "click"]) == (4, 3)
    metrics.add_counts([_counts("b", [1.0, 2.0])])
    found = _samples(metrics)
    assert ("taskfusion_score_count", "a", "click") not in found
    assert found["taskfusion_score_count", "b", "click"] == 6


def test_decisions_are_shown_where_there_is_a_log() -> None:
    counts = DecisionCounts(written=5, dropped=2, failed=1)
    found = _samples(Metrics(counts))
    assert (found["taskfusion_decisions_total", "written"], found["taskfusion_decisions_total", "dropped"]) == (5, 3)
    assert not any("decisions" in name for name, *_ in _samples(Metrics()))


def test_predictions_made_beforehand_are_counted_where_there_are_some() -> None:
    metrics = Metrics()
    assert "taskfusion_batch" not in metrics.page().decode()
    for _ in range(2):
        metrics.add_sources({"click": {"batch": 3, "online": 1}, "buy": {"online": 4}})
    metrics.batch = BatchState("abc", 3600.0, 7200.0)
    found = _samples(metrics)
    assert found["taskfusion_predictions_total", "batch", "click"] == 6
    assert found["taskfusion_predictions_total", "online", "buy"] == 8
    assert found["taskfusion_batch_info", "abc"] == 1
    assert found["taskfusion_batch_age_seconds",] == 3600
    assert found["taskfusion_batch_most_age_seconds",] == 7200


def test_a_value_on_an_edge_counts_below_it() -> None:
    histogram = Histogram(SECONDS)
    histogram.add(SECONDS[3])
    assert histogram.counts.index(1) == 3
