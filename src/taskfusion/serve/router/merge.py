"""One answer to /v1/rank of several that predict different tasks of the same candidates.

Axes: B candidates that were scored, K the first of them, C predictions.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from taskfusion.serve.router.reason import Reason, UnansweredError
from taskfusion.serve.worker.document import read_object, written
from taskfusion.serve.worker.message import OK, Reply
from taskfusion.serve.worker.ranking import top_of
from taskfusion.serve.worker.scored import Scored
from taskfusion.serve.worker.settings import Started


def without_top(body: bytes) -> tuple[bytes, int | None]:
    """A request for all candidates, and how many it asked for; only with all can several answers be made one.

    Raises:
        RefusedError: it is no request.
    """
    content = read_object(body, "the body")
    top = top_of(content)
    if top is None:
        return body, None
    content.pop("top")
    return orjson.dumps(content), top


def merged_reply(
    replies: Sequence[Reply], started: Sequence[Started], weights: Mapping[str, float], top: int | None
) -> Reply:
    """The answers of several bundles as that of one.

    Args:
        replies: of each, to a request for all candidates, with what it scored behind the JSON.
        started: what each says of itself.
        weights: by prediction, of the sum that candidates are ordered by.
        top: candidates that are answered; None: all.

    Raises:
        UnansweredError: they scored different candidates.
    """
    parts = [Scored.take(reply.body[reply.json_length :]) for reply in replies]
    documents = [orjson.loads(reply.body[: reply.json_length]) for reply in replies]
    places = [np.sort(np.asarray(document["order"], np.int32)) for document in documents]
    if any(not np.array_equal(place_B, places[0]) for place_B in places[1:]):
        raise UnansweredError(Reason.DIFFERENT)
    prediction_CB = np.concatenate([part.prediction_CB for part in parts])
    names = [column for one in started for task in one.tasks for column in task.columns]
    weight_C = np.asarray([weights.get(name, 0.0) for name in names])
    score_B = (weight_C @ prediction_CB).astype(np.float32)
    order_K = np.argsort(-score_B, kind="stable")[:top].astype(np.int32)
    scored = Scored(parts[0].ids, order_K, score_B, prediction_CB, parts[0].unit)
    content: dict[str, Any] = {
        "bundle": "+".join(one.bundle for one in started),
        "order": places[0][order_K],
        "score": score_B[order_K],
        "predictions": dict(zip(names, np.ascontiguousarray(prediction_CB[:, order_K]), strict=True)),
        "counts": _counts([document["counts"] for document in documents]),
    }
    if "unknown" in documents[0]:
        content["unknown"] = documents[0]["unknown"]
    body = written(content)
    return Reply(0, OK, len(body), max(reply.seconds for reply in replies), body + scored.packed())


def _counts(counts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Counts of the same candidates; of values, the highest that a bundle found."""
    found: dict[str, Any] = {"candidates": counts[0]["candidates"], "scored": counts[0]["scored"]}
    for name in ("missing", "unseen"):
        highest = Counter[str]()
        for one in counts:
            highest |= Counter(one[name])
        found[name] = dict(highest)
    return found
