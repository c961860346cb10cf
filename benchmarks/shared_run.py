"""What ranking requests that wait would save if one run of the graphs scored them all: the most that batching gives.

The request's graph is run on several requests at once, and that of candidates on all their candidates, which share one
request's part here: in truth each row would have to take its own. All other work stays as it is.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.rounds import measure
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.message import NO_LIMIT, Call, Kind
from taskfusion.serve.worker.settings import WorkerSettings

HEAD = ("candidates", "calls that share", "a call, us", "request's graph, us", "candidates' graph, us", "at most")
_TURNS = 50
Row = Mapping[str, Any]


def shared_runs(
    settings: WorkerSettings,
    requests: Sequence[Row],
    candidates: Sequence[Any],
    item: Row,
    *,
    counts: Sequence[int],
    calls: Sequence[int],
    rounds: int,
) -> list[list[str]]:
    """Rows of a table: microseconds of CPU per call, and how much cheaper a call would become at the most.

    Args:
        settings: of a process that scores, whose model is split.
        requests: raw values, at least as many as the most calls.
        candidates: of a call, as /v1/rank takes them.
        item: raw values of one.
        counts: candidates of a call.
        calls: numbers of calls that share a run, the first of them 1.
        rounds: rounds of each measurement.
    """
    answerer = Answerer(settings)
    own = candidates[0] if isinstance(candidates[0], dict) else {}
    found = []
    for count in counts:
        body = json.dumps({"request": requests[0], "candidates": candidates[:count]}).encode()
        call = Call(1, Kind.RANK, 0, NO_LIMIT, body)
        runs: dict[str, Callable[[], object]] = {"whole": lambda call=call: answerer.reply(call)}  # type: ignore[misc]
        for number in calls:
            runs |= _graphs(answerer, requests[:number], item, own, count)
        repeated = {name: _many(run) for name, run in runs.items()}
        times = measure(repeated, rounds=rounds, warmup=1, clock=time.process_time)
        each = {name: 1e6 * one.median / _TURNS for name, one in times.items()}
        alone = each["1 request"] + each["1 candidates"]
        for number in calls:
            parts = [each[f"{number} {graph}"] / number for graph in ("request", "candidates")]
            most = each["whole"] / (each["whole"] - alone + sum(parts))
            found.append([str(count), str(number), *(f"{one:.0f}" for one in (each["whole"], *parts)), f"{most:.2f}x"])
    return found


def _graphs(
    answerer: Answerer, requests: Sequence[Row], item: Row, own: Row, count: int
) -> dict[str, Callable[[], object]]:
    model, number = answerer.model, len(requests)
    features, inputs = model.features, model.inputs
    items = model.items(model.raw.rows([item], features["item"], "items"))
    feed = inputs["request"].feed(model.raw.rows(requests, features["request"], "requests"))
    shares = [share[:1] for share in model.engine.request_share(feed)]
    own_feed = inputs["candidate"].feed(model.raw.rows([own] * (count * number), features["candidate"], "candidates"))
    row_B = np.zeros(count * number, dtype=np.int64)
    return {
        f"{number} request": lambda: model.engine.request_share(feed),
        f"{number} candidates": lambda: model.engine.candidates(shares, items.shares, row_B, own_feed),
    }


def _many(run: Callable[[], object]) -> Callable[[], None]:
    def times() -> None:
        for _ in range(_TURNS):
            run()

    return times
