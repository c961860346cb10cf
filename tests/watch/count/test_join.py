"""A join of both logs against Polars."""

import numpy as np
import polars as pl

from taskfusion.watch.count.join import join
from taskfusion.watch.read.rows import Rows, decision_rows, outcome_rows


def _decisions(requests: list[int], candidates: list[int]) -> Rows:
    found = np.zeros(len(requests), dtype=decision_rows(1))
    found["request"], found["candidate"] = requests, candidates
    return found


def _outcomes(requests: list[int], candidates: list[int], labels: list[float]) -> Rows:
    found = np.zeros(len(requests), dtype=outcome_rows(1, 1))
    found["request"], found["candidate"], found["label"][:, 0] = requests, candidates, labels
    found["segment"][:, 0] = np.arange(len(requests))
    return found


def test_a_join_is_that_of_polars() -> None:
    random = np.random.default_rng(0)
    pairs = np.unique(random.integers(0, 60, (900, 2)), axis=0)
    random.shuffle(pairs)
    decisions = _decisions(pairs[:500, 0].tolist(), pairs[:500, 1].tolist())
    outcomes = _outcomes(pairs[200:, 0].tolist(), pairs[200:, 1].tolist(), random.random(len(pairs) - 200).tolist())
    found = join(decisions, outcomes)
    left, right = (
        pl.DataFrame({"request": rows["request"], "candidate": rows["candidate"]}) for rows in (decisions, outcomes)
    )
    right = right.with_columns(label=pl.Series(outcomes["label"][:, 0]))
    plain = left.join(right, on=["request", "candidate"], maintain_order="left")
    assert found.label_MT[:, 0].tolist() == plain["label"].to_list()
    assert found.decisions["request"].tolist() == plain["request"].to_list()
    assert found.is_matched_N.tolist() == [tuple(one) in set(map(tuple, pairs[:500])) for one in pairs[200:]]


def test_the_last_known_label_counts_for_all_decisions_of_the_pair() -> None:
    decisions = _decisions([1, 1, 2], [5, 5, 5])
    outcomes = _outcomes([1, 1, 1, 3], [5, 5, 5, 5], [0.0, 1.0, np.nan, 1.0])
    found = join(decisions, outcomes)
    assert found.label_MT[:, 0].tolist() == [1.0, 1.0]
    assert found.segment_MS[:, 0].tolist() == [2, 2]
    assert found.is_matched_N.tolist() == [True, True, True, False]


def test_nothing_joins_nothing() -> None:
    assert len(join(_decisions([1], [1]), _outcomes([], [], [])).decisions) == 0
    assert len(join(_decisions([], []), _outcomes([1], [1], [0.0])).decisions) == 0
