"""Wrong answers are found: a check that finds none is no evidence."""

import json
import os
from typing import Any

import pytest

from benchmarks.malformed.bodies import Body
from benchmarks.malformed.in_process import WrongAnswerError, require_sound, resident_mb
from taskfusion.serve.worker.message import Kind, Reply

RANK, INFER = Body(Kind.RANK, 0, b"", False), Body(Kind.INFER, 0, b"", False)
SOUND = Body(Kind.RANK, 0, b"", True)
ANSWER: dict[str, Any] = {
    "counts": {"candidates": 2},
    "order": [1, 0],
    "score": [0.5, 0.25],
    "predictions": {"click": [0.5, 0.25]},
}
TENSOR = {"name": "click", "shape": [2, 1], "data": [0.5, 0.25]}


def reply(status: int, content: Any, tail: bytes = b"") -> Reply:
    text = json.dumps(content).encode() if not isinstance(content, bytes) else content
    return Reply(1, status, len(text) if tail else 0, 0.0, text + tail)


def refused(message: Any, code: str = "unusable") -> Any:
    return {"error": {"code": code, "message": message}}


def test_right_answers_pass() -> None:
    require_sound(SOUND, reply(200, ANSWER))
    require_sound(RANK, reply(422, refused("a should be b")))
    require_sound(RANK, reply(503, refused("no", "not_finite")))
    require_sound(INFER, reply(200, {"outputs": [TENSOR]}))
    binary = {"name": "click", "shape": [1, 1], "parameters": {"binary_data_size": 4}}
    require_sound(INFER, reply(200, {"outputs": [binary]}, b"1234"))
    require_sound(INFER, reply(413, {"error": "too many"}))


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (RANK, reply(200, b"{")),
        (RANK, reply(500, refused("a defect"))),
        (RANK, reply(503, refused("gone"))),
        (RANK, reply(422, refused(""))),
        (RANK, reply(422, refused("two\nlines"))),
        (RANK, reply(422, refused("x" * 2000))),
        (RANK, reply(422, refused(None))),
        (SOUND, reply(422, refused("no"))),
        (RANK, reply(200, {**ANSWER, "order": [0, 0]})),
        (RANK, reply(200, {**ANSWER, "order": [2, 0]})),
        (RANK, reply(200, {**ANSWER, "score": [0.25, 0.5]})),
        (RANK, reply(200, {**ANSWER, "predictions": {"click": [0.5]}})),
        (RANK, reply(200, {**ANSWER, "predictions": {"click": [0.5, None]}})),
        (INFER, reply(200, {"outputs": [{**TENSOR, "shape": [3, 1]}]})),
        (INFER, reply(200, {"outputs": [TENSOR]}, b"more")),
        (INFER, reply(500, {"error": "x"})),
    ],
)
def test_wrong_answers_are_found(body: Body, answer: Reply) -> None:
    with pytest.raises(WrongAnswerError):
        require_sound(body, answer)


def test_memory_is_read() -> None:
    assert resident_mb("self") == pytest.approx(resident_mb(os.getpid()), rel=0.2)
