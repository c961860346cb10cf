"""The last resort: where no model can answer, every candidate gets what training saw on average, in the order given."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from taskfusion.serve.worker.document import read_object, written
from taskfusion.serve.worker.message import OK, Reply
from taskfusion.serve.worker.ranking import ids_of, parts_of, top_of
from taskfusion.serve.worker.scored import Scored

VERSION = "prior"
"""In place of the fingerprint of a bundle."""


def prior_reply(
    body: bytes,
    priors: Mapping[str, float],
    weights: Mapping[str, float],
    most_candidates: int,
    unit: str | None,
    item: str | None = None,
) -> Reply:
    """An answer to /v1/rank without a model.

    Args:
        body: as it came.
        priors: by prediction.
        weights: by prediction, of the sum that candidates are ordered by.
        most_candidates: that a request may have.
        unit: column of the request that says whose it is.
        item: key of their ids in candidates of raw values; None: they are not told.

    Raises:
        RefusedError: the body is no request.
    """
    content = read_object(body, "the body")
    request, given = parts_of(content, most_candidates)
    score_B = np.full(len(given), sum(weights.get(name, 0.0) * prior for name, prior in priors.items()), np.float32)
    prediction_CB = np.repeat(np.asarray(list(priors.values()), np.float32)[:, None], len(given), axis=1)
    kept = slice(top_of(content))
    order_K = np.arange(len(given), dtype=np.int32)[kept]
    found: dict[str, Any] = {
        "bundle": VERSION,
        "order": order_K,
        "score": score_B[kept],
        "predictions": dict(zip(priors, np.ascontiguousarray(prediction_CB[:, kept]), strict=True)),
        "counts": {"candidates": len(given), "scored": len(given), "missing": {}, "unseen": {}},
    }
    scored = Scored(ids_of(given, item), order_K, score_B, prediction_CB, None if unit is None else request.get(unit))
    answer = written(found)
    return Reply(0, OK, len(answer), 0.0, answer + scored.packed())
