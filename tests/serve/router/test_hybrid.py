"""Predictions made beforehand stand in an answer where they should and nowhere else."""

import itertools
import json
from typing import Any

import numpy as np
import polars as pl
import pytest

from serve.router.test_batch_scores import opened
from serve.scored_tables import BEGUN, FINGERPRINT, write_scores
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.config.routes import Batch
from taskfusion.serve.router.batch_scores import BatchScores
from taskfusion.serve.router.hybrid import Asked, Hybrid, columns_of
from taskfusion.serve.router.prior import prior_reply
from taskfusion.serve.worker.document import written
from taskfusion.serve.worker.message import OK, Reply
from taskfusion.serve.worker.scored import Scored
from taskfusion.serve.worker.settings import ServedTask

TASKS = [
    ServedTask(name="click", columns=["click"]),
    ServedTask(name="buy", columns=["buy"]),
    ServedTask(name="mood", columns=["mood.good", "mood.bad"]),
]
NAMES = [column for task in TASKS for column in task.columns]
WEIGHTS = {"click": 0.5, "buy": 1.0, "mood.bad": -0.25}
PRIORS = dict(zip(NAMES, (0.1, 0.2, 0.3, 0.7), strict=True))
HOUR = 3600.0
ITEMS = [f"v{number}" for number in range(8)]


def _table() -> pl.DataFrame:
    """User 1 has the even items, user 2 has none but v1; mood is not whole for v4."""
    pairs = [(1, f"v{number}") for number in range(0, 8, 2)] + [(2, "v1")]
    rng = np.random.default_rng(4)
    values = {name: rng.integers(0, 4, len(pairs)) / 4 for name in NAMES}  # quarters, so that sums tie
    frame = pl.DataFrame({"user": [user for user, _ in pairs], "item": [item for _, item in pairs], **values})
    return frame.with_columns(pl.when(pl.col("item") == "v4").then(None).otherwise("mood.bad").alias("mood.bad"))


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> BatchScores:
    folder = tmp_path_factory.mktemp("hybrid")
    return opened(write_scores(folder / "scores", _table(), ["user", "item"]), folder / "out", NAMES)


def _hybrid(scores: BatchScores, tasks: dict[str, Any], age_hours: float = 1, **settings: Any) -> Hybrid:
    batch = Batch(scores="scores", item="item", tasks=tasks, **settings)
    return Hybrid(batch, scores, TASKS, lambda: BEGUN.timestamp() + HOUR * age_hours)


def _body(user: object = 1, **more: Any) -> bytes:
    request = {"user": user, "place": "home"}
    return json.dumps({"request": request, "candidates": ["unknown", *ITEMS], **more}).encode()


def _online(top: int | None = None) -> tuple[Reply, Scored]:
    """What a model answers: the first candidate is not known, the others are scored."""
    rng = np.random.default_rng(7)
    prediction_CB = (rng.integers(0, 4, (len(NAMES), len(ITEMS))) / 4).astype(np.float32)
    score_B = np.asarray([WEIGHTS.get(name, 0) for name in NAMES], np.float32) @ prediction_CB
    order_K = np.argsort(-score_B, kind="stable")[:top].astype(np.int32)
    document = {
        "bundle": "a" * 64,
        "order": 1 + order_K,
        "score": score_B[order_K],
        "predictions": {
            name: np.ascontiguousarray(row_B[order_K]) for name, row_B in zip(NAMES, prediction_CB, strict=True)
        },
        "counts": {"candidates": 9, "scored": 8, "missing": {}, "unseen": {}},
        "unknown": ["unknown"],
    }
    scored = Scored(ITEMS, order_K, score_B, prediction_CB, 1)
    answer = written(document)
    return Reply(3, OK, len(answer), 0.5, answer + scored.packed()), scored


def _document(reply: Reply) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(reply.body[: reply.json_length])
    return found


def _expected(online: Scored, user: object, tasks: set[str]) -> np.ndarray[Any, Any]:
    """By a dictionary, candidate by candidate."""
    rows = {(row["user"], row["item"]): row for row in _table().rows(named=True)}
    prediction_CB = online.prediction_CB.copy()
    for (place, item), task in itertools.product(enumerate(ITEMS), TASKS):
        row = rows.get((user, item))
        if task.name in tasks and row is not None and all(row[column] is not None for column in task.columns):
            for column in task.columns:
                prediction_CB[NAMES.index(column), place] = row[column]
    return prediction_CB


@pytest.mark.parametrize("uses", list(itertools.product(("", "prefer", "fallback"), repeat=3)))
@pytest.mark.parametrize("top", [None, 3])
def test_each_task_comes_from_where_it_should(scores: BatchScores, uses: tuple[str, ...], top: int | None) -> None:
    tasks = {task.name: use for task, use in zip(TASKS, uses, strict=True) if use}
    if not tasks:
        return
    hybrid = _hybrid(scores, tasks)
    preferred = {task for task, use in tasks.items() if use == "prefer"}
    for user in (1, 2, 3, None):
        body = _body(user) if top is None else _body(user, top=top)
        asked = hybrid.asked(body, {"user": user}, user)
        assert asked.is_preferred == bool(preferred)
        assert ("top" in json.loads(asked.body)) == (top is not None and not preferred)
        reply, online = _online(top=None if preferred else top)
        mixed, sources = hybrid.mixed(reply, NAMES, WEIGHTS, asked)
        prediction_CB = _expected(online, user, preferred)
        score_B = np.asarray([WEIGHTS.get(name, 0) for name in NAMES]) @ prediction_CB
        order_K = sorted(range(len(ITEMS)), key=lambda place: (-score_B[place], place))[:top]  # ties in their order
        found = _document(mixed)
        assert found["order"] == [1 + place for place in order_K]
        np.testing.assert_allclose(found["score"], score_B[order_K], rtol=1e-6)
        for name, row_B in zip(NAMES, prediction_CB, strict=True):
            np.testing.assert_array_equal(np.float32(found["predictions"][name]), row_B[order_K])
        kept = Scored.take(mixed.body[mixed.json_length :])
        np.testing.assert_array_equal(kept.prediction_CB, prediction_CB)
        np.testing.assert_array_equal(kept.order_K, order_K)
        assert (list(kept.ids), found["unknown"], found["bundle"]) == (ITEMS, ["unknown"], "a" * 64)
        assert (mixed.number, mixed.seconds, mixed.status) == (3, 0.5, OK)
        pairs = {1: {"click": 4, "buy": 4, "mood": 3}, 2: dict.fromkeys(("click", "buy", "mood"), 1)}
        for task in TASKS:
            count = pairs.get(user or 0, {}).get(task.name, 0) if task.name in preferred else 0
            assert sources.counts[task.name] == {
                name: number for name, number in (("batch", count), ("online", 8 - count)) if number
            }
        assert sources.document()["batch"] == {"bundle": FINGERPRINT, "age_hours": 1.0, "is_stale": False}


@pytest.mark.parametrize(("age", "is_stale"), [(0, False), (-0.05, False), (2, False), (2.0001, True), (50, True)])
def test_what_is_older_than_its_limit_is_not_used(scores: BatchScores, age: float, is_stale: bool) -> None:
    hybrid = _hybrid(scores, {"click": "prefer"}, age, most_age_hours=2)
    asked = hybrid.asked(_body(), {}, 1)
    assert asked.is_preferred == (not is_stale)
    reply, _ = _online()
    mixed, sources = hybrid.mixed(reply, NAMES, WEIGHTS, asked)
    assert sources.counts["click"] == ({"online": 8} if is_stale else {"batch": 4, "online": 4})
    assert (sources.is_stale, mixed == reply) == (is_stale, is_stale)
    assert sources.age_seconds == pytest.approx(max(0, age) * HOUR)
    base = prior_reply(_body(), PRIORS, WEIGHTS, 9, "user")
    alone, sources = hybrid.alone(base, NAMES, WEIGHTS, None)
    assert (alone is None, sources.is_stale) == (is_stale, is_stale)
    assert sources.counts["click"] == ({"prior": 9} if is_stale else {"batch": 4, "prior": 5})


def test_a_limit_that_passes_while_a_model_answers_holds(scores: BatchScores) -> None:
    moments = [BEGUN.timestamp() + HOUR * hour for hour in (1, 1, 3, 3)]
    batch = Batch(scores="scores", item="item", tasks={"click": "prefer"}, most_age_hours=2)
    hybrid = Hybrid(batch, scores, TASKS, lambda: moments.pop(0))
    asked = hybrid.asked(_body(top=3), {}, 1)
    reply, online = _online()
    mixed, sources = hybrid.mixed(reply, NAMES, WEIGHTS, asked)
    assert (sources.is_stale, sources.counts["click"]) == (True, {"online": 8})
    assert _document(mixed)["order"] == _document(reply)["order"][:3]
    np.testing.assert_array_equal(Scored.take(mixed.body[mixed.json_length :]).prediction_CB, online.prediction_CB)


def test_a_segment_alone_prefers_it(scores: BatchScores) -> None:
    where: Any = {"place": ["home", 3, True], "user": [1, 2]}
    hybrid = _hybrid(scores, {"click": "prefer"}, where=where)
    for request, is_preferred in (
        ({"place": "home", "user": 1}, True),
        ({"place": 3, "user": 2}, True),
        ({"place": "work", "user": 1}, False),
        ({"place": "home"}, False),
        ({"place": ["home"], "user": 1}, False),
        ({}, False),
    ):
        assert hybrid.asked(_body(), request, 1).is_preferred == is_preferred, request
    base = prior_reply(_body(), PRIORS, WEIGHTS, 9, "user")
    assert hybrid.alone(base, NAMES, WEIGHTS, None)[0] is not None


@pytest.mark.parametrize("top", [None, 4])
def test_it_answers_where_no_model_does(scores: BatchScores, top: int | None) -> None:
    hybrid = _hybrid(scores, {"click": "fallback", "mood": "prefer"})
    base = prior_reply(_body(), PRIORS, WEIGHTS, 9, "user")
    found, sources = hybrid.alone(base, NAMES, WEIGHTS, top)
    assert found is not None
    priors = Scored.take(base.body[base.json_length :])
    without = Scored(ITEMS, priors.order_K, priors.score_B, priors.prediction_CB[:, 1:], 1)
    prediction_CB = np.concatenate([priors.prediction_CB[:, :1], _expected(without, 1, {"click", "mood"})], axis=1)
    score_B = np.asarray([WEIGHTS.get(name, 0) for name in NAMES]) @ prediction_CB
    document = _document(found)
    assert document["order"] == sorted(range(9), key=lambda place: (-score_B[place], place))[:top]
    assert document["bundle"] == FINGERPRINT
    assert sources.counts == {
        "click": {"batch": 4, "prior": 5},
        "buy": {"prior": 9},
        "mood": {"batch": 3, "prior": 6},
    }
    for user in (3, None):
        base = prior_reply(_body(user), PRIORS, WEIGHTS, 9, "user")
        assert hybrid.alone(base, NAMES, WEIGHTS, top)[0] is None


def test_without_priors_it_answers_only_what_it_has_whole(scores: BatchScores) -> None:
    none = dict.fromkeys(NAMES, float("nan"))
    every = dict.fromkeys(("click", "buy", "mood"), "fallback")
    cases: list[tuple[list[str], dict[str, str], bool]] = [
        (["v0", "v2"], every, True),
        (["v0", "v1"], every, False),
        (["v0", "v4"], every, False),
        (["v0", "v2"], {"click": "prefer", "buy": "prefer"}, False),
        ([], every, False),
    ]
    for candidates, tasks, is_whole in cases:
        base = prior_reply(_body(candidates=candidates), none, WEIGHTS, 9, "user")
        found, _ = _hybrid(scores, tasks).alone(base, NAMES, WEIGHTS, None)
        assert (found is not None) == is_whole, candidates
        if found is not None:
            assert all(value is not None for value in _document(found)["score"])


def test_what_is_no_request_is_left_to_the_model(scores: BatchScores) -> None:
    hybrid = _hybrid(scores, {"click": "prefer"})
    for body in (b'{"top"', b'{"top": 0}', b'["top"]'):
        assert hybrid.asked(body, {}, None) == Asked(body, None, None, is_preferred=False)


def test_no_task_of_the_model_and_no_time_yet_to_come(scores: BatchScores) -> None:
    batch = Batch(scores="scores", item="item", tasks={"mood": "prefer", "click": "fallback"})
    assert columns_of(batch, TASKS) == ["mood.good", "mood.bad", "click"]
    with pytest.raises(ExperimentError, match=r"'clik' should be a task of the model, .* did you mean 'click'"):
        columns_of(Batch(scores="scores", item="item", tasks={"clik": "prefer"}), TASKS)
    with pytest.raises(RunError, match="yet to come"):
        _hybrid(scores, {"click": "prefer"}, age_hours=-1)
