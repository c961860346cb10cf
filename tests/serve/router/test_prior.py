"""Where no model answers, priors do, in the order given."""

import json

import numpy as np
import pytest

from taskfusion.serve.router.prior import prior_reply
from taskfusion.serve.worker.refusal import RefusedError
from taskfusion.serve.worker.scored import Scored

PRIORS = {"click": 0.25, "watch": 12.0}


def test_every_candidate_gets_the_priors() -> None:
    body = json.dumps({"request": {"user": 17}, "candidates": ["a", {"id": "b"}, {"tags": "3"}], "top": 2}).encode()
    reply = prior_reply(body, PRIORS, {"click": 2.0, "watch": 1.0}, 10, "user")
    found = json.loads(reply.body[: reply.json_length])
    assert (found["order"], found["score"]) == ([0, 1], [12.5, 12.5])
    assert found["predictions"] == {"click": [0.25, 0.25], "watch": [12.0, 12.0]}
    scored = Scored.take(reply.body[reply.json_length :])
    assert list(scored.ids) == ["a", "b", None]
    assert scored.unit == 17
    np.testing.assert_array_equal(scored.prediction_CB, [[0.25] * 3, [12.0] * 3])
    named = prior_reply(body, PRIORS, {}, 10, "user", "tags")
    assert list(Scored.take(named.body[named.json_length :]).ids) == ["a", "b", "3"]


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b'{"request": 3}', 422), (b'{"request": {}, "candidates": [1, 2, 3]}', 413)]
)
def test_what_is_no_request_is_told(body: bytes, status: int) -> None:
    with pytest.raises(RefusedError) as error:
        prior_reply(body, PRIORS, {"click": 1.0}, 2, None)
    assert error.value.status == status
