"""Bodies given to what answers calls, in this process: each is answered, or refused in a sentence."""

import faulthandler
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from sys import stderr
from time import perf_counter
from typing import Any, Final

from benchmarks.malformed.bodies import Body, body
from benchmarks.malformed.world import World
from taskfusion.serve.worker.answerer import Answerer
from taskfusion.serve.worker.collector import collect_rarely
from taskfusion.serve.worker.message import NO_LIMIT, Call, Kind, Reply

REFUSED: Final = {400, 413, 422}
LONGEST_MESSAGE: Final = 1_000
EVERY: Final = 50_000
"""Bodies after which it says how far it is."""

HANGS_SECONDS: Final = 120
"""A thousand bodies take a second; a process that is still at them has its stack printed and ends."""


class WrongAnswerError(Exception):
    """An answer is none that the server may give."""


@dataclass
class Found:
    """What came back.

    Attributes:
        count: bodies.
        first: number of the first one.
        seconds: from the first to the last.
        statuses: answers by status.
        slowest: seconds of the slowest call.
        slowest_number: its number.
        early_mb: memory after a tenth of the bodies.
        late_mb: memory after the last.
        wrong: what was wrong, by the number of the body.
    """

    count: int
    first: int
    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    slowest_number: int = 0
    early_mb: float = 0.0
    late_mb: float = 0.0
    wrong: dict[int, str] = field(default_factory=dict)


def run(worlds: Sequence[World], count: int, first: int = 0) -> Found:
    """Give bodies to what serves each bundle, in turns.

    Args:
        worlds: bundles.
        count: bodies.
        first: number of the first one.
    """
    answerers = [Answerer(world.settings) for world in worlds]
    collect_rarely()
    found = Found(count, first)
    begin = perf_counter()
    for number in range(first, first + count):
        place = number % len(worlds)
        one = body(worlds[place], number)
        if number % 1000 == 0:
            faulthandler.dump_traceback_later(HANGS_SECONDS, exit=True)
            for answerer in answerers:
                answerer.reply(Call(0, Kind.COUNTS, 0, NO_LIMIT, b""))
        start = perf_counter()
        reply = answerers[place].reply(Call(number, one.kind, one.json_length, NO_LIMIT, one.content))
        seconds = perf_counter() - start
        if seconds > found.slowest:
            found.slowest, found.slowest_number = seconds, number
        found.statuses[reply.status] += 1
        try:
            require_sound(one, reply)
        except WrongAnswerError as error:
            found.wrong[number] = str(error)
        if number - first == count // 10:
            found.early_mb = resident_mb("self")
        if (number + 1) % EVERY == 0:
            done = f"{number + 1 - first:,} of {count:,}"
            print(f"{done}: {len(found.wrong)} wrong, {resident_mb('self'):.0f} MB", file=stderr)
    faulthandler.cancel_dump_traceback_later()
    found.late_mb = resident_mb("self")
    found.seconds = perf_counter() - begin
    return found


def require_sound(one: Body, reply: Reply) -> None:
    """Raises WrongAnswerError where a reply is neither an answer to the body nor a sentence that says why not."""
    head = reply.body[: reply.json_length or len(reply.body)]
    try:
        content = json.loads(head)
    except ValueError as error:
        raise WrongAnswerError(f"no JSON: {reply.body[:80]!r}") from error
    if reply.status != 200:
        _require_refusal(one.kind, reply.status, content)
    elif one.kind is Kind.RANK:
        _require_order(content)
    else:
        _require_tensors(content, len(reply.body) - len(head))
    if one.is_sound and reply.status != 200:
        raise WrongAnswerError(f"a sound body is refused: {reply.body[:300]!r}")


def _require_refusal(kind: Kind, status: int, content: Any) -> None:  # noqa: ANN401  JSON
    message = content.get("error")
    code = None
    if kind is Kind.RANK:
        code, message = (message or {}).get("code"), (message or {}).get("message")
    if status not in REFUSED and not (status == 503 and (code == "not_finite" or "not finite" in str(message))):
        raise WrongAnswerError(f"status {status}: {message}")
    if not isinstance(message, str) or not message or "Traceback" in message or set(message) & set("\n\r\x00"):
        raise WrongAnswerError(f"no sentence: {message!r}")
    if len(message) > LONGEST_MESSAGE:
        raise WrongAnswerError(f"a message of {len(message):,} characters: {message[:100]!r}")


def _require_order(content: Any) -> None:  # noqa: ANN401  JSON
    counts, order = content["counts"], content["order"]
    numbers = [content["score"], *content["predictions"].values()]
    if sorted(set(order)) != sorted(order) or not set(order) <= set(range(counts["candidates"])):
        raise WrongAnswerError(f"the order names other places: {order}")
    if any(len(one) != len(order) or not all(map(_is_finite, one)) for one in numbers):
        raise WrongAnswerError("numbers that are missing or not finite")
    if content["score"] != sorted(content["score"], reverse=True):
        raise WrongAnswerError("the order is not that of the scores")


def _require_tensors(content: Any, size: int) -> None:  # noqa: ANN401  JSON
    binary = 0
    for tensor in content["outputs"]:
        length = math.prod(tensor["shape"])
        binary += tensor.get("parameters", {}).get("binary_data_size", 0)
        if "data" in tensor and not (len(tensor["data"]) == length and all(map(_is_finite, tensor["data"]))):
            raise WrongAnswerError("an output is not as long as its shape says, or not finite")
    if binary != size:
        raise WrongAnswerError(f"{binary} bytes of binary data are announced, {size} are there")


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def resident_mb(pid: int | str) -> float:
    """Megabytes of memory that a process holds."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()[0]) / 1e3
