"""Several bundles answer as one that predicts all of their tasks would."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from serve.serving import REQUEST
from taskfusion.serve.router.merge import merged_reply, without_top
from taskfusion.serve.router.reason import UnansweredError
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.message import NO_LIMIT, Call, Kind, Reply
from taskfusion.serve.worker.refusal import RefusedError
from taskfusion.serve.worker.scored import Scored
from taskfusion.serve.worker.settings import Started


def _reply(answerer: Answerer, candidates: list[Any]) -> Reply:
    body = json.dumps({"request": REQUEST, "candidates": candidates}).encode()
    return answerer.reply(Call(1, Kind.RANK, 0, NO_LIMIT, body, with_scored=True))


def _of_tasks(reply: Reply, started: Started, places: slice) -> tuple[Reply, Started]:
    """The part of an answer that a bundle of some of the tasks would give."""
    tasks = started.tasks[places]
    names = [column for task in tasks for column in task.columns]
    everything = [column for task in started.tasks for column in task.columns]
    document = json.loads(reply.body[: reply.json_length])
    document["predictions"] = {name: document["predictions"][name] for name in names}
    scored = Scored.take(reply.body[reply.json_length :])
    rows = [everything.index(name) for name in names]
    content = json.dumps(document).encode()
    packed = replace(scored, prediction_CB=scored.prediction_CB[rows]).packed()
    return Reply(1, 200, len(content), reply.seconds, content + packed), started.model_copy(update={"tasks": tasks})


@pytest.mark.parametrize("top", [None, 1, 2])
def test_parts_of_an_answer_make_the_whole(answerer: Answerer, top: int | None) -> None:
    whole = _reply(answerer, ["v1", "nobody", "v2", "v3"])
    parts = [_of_tasks(whole, answerer.started, places) for places in (slice(0, 1), slice(1, None))]
    found = merged_reply([part for part, _ in parts], [one for _, one in parts], answerer.started.ordered_by, top)
    expected, merged = (json.loads(one.body[: one.json_length]) for one in (whole, found))
    assert merged["order"] == expected["order"][:top]
    assert merged["unknown"] == expected["unknown"] == ["nobody"]
    assert merged["counts"] == expected["counts"]
    for name, values in expected["predictions"].items():
        np.testing.assert_allclose(merged["predictions"][name], values[:top], rtol=1e-6)
    scored = Scored.take(found.body[found.json_length :])
    assert scored.prediction_CB.shape == (sum(len(task.columns) for task in answerer.started.tasks), 3)


def test_answers_for_other_candidates_are_none(answerer: Answerer) -> None:
    replies = [_reply(answerer, ["v1", "nobody"]), _reply(answerer, ["nobody", "v1"])]
    with pytest.raises(UnansweredError, match="different candidates"):
        merged_reply(replies, [answerer.started] * 2, {}, None)


def test_a_request_for_some_is_made_one_for_all() -> None:
    assert without_top(b'{"request": {}}') == (b'{"request": {}}', None)
    body, top = without_top(b'{"top": 3, "candidates": [1]}')
    assert (json.loads(body), top) == ({"candidates": [1]}, 3)
    with pytest.raises(RefusedError, match="'top' should be a whole number"):
        without_top(b'{"top": 0}')
