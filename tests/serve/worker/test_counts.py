"""Bulk counts are those of a plain loop."""

from bisect import bisect_left
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from taskfusion.serve.reference import PROBABILITY_EDGES, Histogram, ReferenceScores
from taskfusion.serve.worker.counts import NUMBER_EDGES, Counts, missing_values, unseen_values
from taskfusion.serve.worker.model import Model

SCORES = arrays(np.float32, st.tuples(st.integers(0, 20), st.just(2)), elements=st.floats(0, 1, width=32))


@given(st.lists(SCORES, max_size=3))
def test_scores_are_counted_as_one_by_one(parts: list[np.ndarray]) -> None:
    counts = Counts(["p", "x"], [True, False], {})
    expected = [[0] * (len(edges) + 1) for edges in (PROBABILITY_EDGES, NUMBER_EDGES)]
    for part in parts:
        counts.add_scores(part)
        for row in part.tolist():
            for column, edges in enumerate((PROBABILITY_EDGES, NUMBER_EDGES)):
                expected[column][bisect_left(edges, row[column])] += 1
    found = counts.take()["scores"]
    assert [found[name]["counts"] for name in ("p", "x")] == expected
    np.testing.assert_allclose([found[n]["sum"] for n in ("p", "x")], sum((p.sum(0) for p in parts), np.zeros(2)), 1e-4)


def test_the_rows_of_a_reference_are_counted_as_it_has_them() -> None:
    score_BC = np.random.default_rng(0).normal(size=(5000, 3)).astype(np.float32)
    score_BC[:, 1] = 1 / (1 + np.exp(-score_BC[:, 1]))
    edges = {"x": np.quantile(score_BC[:, 0], (0.2, 0.7)).tolist(), "p": PROBABILITY_EDGES, "constant": []}
    reference = {
        name: ReferenceScores(
            name=name,
            mean=float(score_B.mean(dtype=np.float64)),
            histogram=Histogram.of(score_B.astype(np.float64), edges[name]),
        )
        for name, score_B in zip(edges, score_BC.T, strict=True)
    }
    counts = Counts(list(edges), [False, True, False], reference)
    counts.add_scores(score_BC)
    taken = counts.take()
    for name, known in reference.items():
        assert taken["scores"][name]["counts"] == taken["reference"][name]["counts"] == known.histogram.counts
        assert taken["scores"][name]["edges"] == taken["reference"][name]["edges"]
        np.testing.assert_allclose(taken["scores"][name]["sum"], taken["reference"][name]["sum"], 1e-6)


def test_what_was_taken_is_counted_anew() -> None:
    counts = Counts(["p"], [True], {})
    counts.add_rows("request", 2, {"age": 1}, {"user": 2})
    counts.add_rows("request", 1, {"age": 1}, {})
    taken = counts.take()
    assert (taken["rows"], taken["missing"], taken["unseen"]) == ({"request": 3}, {"age": 2}, {"user": 2})
    assert counts.take()["rows"] == {}


def test_missing_and_unseen_values_are_counted_by_name(model: Model) -> None:
    rows: list[dict[str, Any]] = [
        {"item_id": "v1", "tags": "1,77,78"},
        {"item_id": "nobody", "tags": None},
        {"item_id": None, "tags": "1"},
    ]
    assert missing_values(rows, ["item_id", "tags"]) == {"item_id": 1, "tags": 1}
    assert missing_values(rows[:1], ["item_id", "tags"]) == {}
    assert missing_values(rows[1:2], ["item_id", "tags"]) == {"tags": 1}
    encoded = model.raw.rows(rows, model.features["item"], "a row")
    assert unseen_values(encoded, model.inputs["item"]) == {"item_id": 1, "tags": 1}
    assert unseen_values(encoded, model.inputs["request"]) == {}
