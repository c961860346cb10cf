"""Requests at random moments while something else goes on, and what was answered to each."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import orjson

from benchmarks.failsafe.world import World, answer_of
from benchmarks.load import Connection

CONNECTIONS = 512
LOST = "lost"
"""Of a request that got no answer."""

Label = Callable[[int, int, bytes], str]
"""Number of the request, status and body of its answer, in a word."""


@dataclass
class Answers:
    """What came back, in the order of the requests.

    Attributes:
        due: seconds at which each request was due.
        sent: and was sent, once a connection was free.
        came: and was answered.
        labels: what the answer was.
    """

    due: list[float] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)
    came: list[float] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def counts(self) -> Counter[str]:
        """Answers by label."""
        return Counter(self.labels)

    def without(self, every: int) -> "Answers":
        """The same but for every so many-th, from the first; 0: all."""
        if every == 0:
            return self
        kept = [place for place in range(len(self)) if place % every]
        due, sent, came = ([column[place] for place in kept] for column in (self.due, self.sent, self.came))
        return Answers(due, sent, came, [self.labels[place] for place in kept])

    def seconds(self, *labels: str) -> npt.NDArray[np.float64]:
        """From the moment that each request was sent to its answer; of some labels, or of all."""
        is_in = np.asarray([not labels or one.startswith(labels) for one in self.labels], dtype=bool)
        found: npt.NDArray[np.float64] = (np.asarray(self.came) - np.asarray(self.sent))[is_in]
        return found

    def num_lost(self) -> int:
        """Requests without an answer that helps the caller."""
        return sum(not one.startswith(("primary", "fallback", "canary", "last_resort")) for one in self.labels)

    def num_mixed(self) -> int:
        """Answers whose predictions are not those of the version that they name."""
        return sum(one.endswith("mixed") for one in self.labels)


async def during(
    port: int, requests: Sequence[bytes], rate: float, label: Label, other: Awaitable[object], seed: int = 0
) -> Answers:
    """Send requests until something else is done.

    Args:
        port: of the server.
        requests: whole ones, which take turns.
        rate: per second, on average.
        label: of an answer.
        other: that is waited for.
        seed: of the moments.
    """
    random, answers = np.random.default_rng(seed), Answers()
    free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
    for _ in range(CONNECTIONS):
        free.put_nowait(Connection("127.0.0.1", port))
    tasks: set[asyncio.Task[None]] = set()

    async def send(place: int) -> None:
        connection = await free.get()
        answers.sent[place] = time.perf_counter()
        number = place % len(requests)
        try:
            status, body = await connection.ask(requests[number])
        except (OSError, EOFError, ValueError) as error:
            connection.close()
            connection = Connection("127.0.0.1", port)
            answers.labels[place] = f"{LOST} {type(error).__name__}"
            answers.came[place] = time.perf_counter()
        else:
            answers.came[place] = time.perf_counter()
            answers.labels[place] = label(number, status, body)
        free.put_nowait(connection)

    doing = asyncio.ensure_future(other)
    due = time.perf_counter()
    while not doing.done():
        due += random.exponential(1 / rate)
        pause = due - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        for column in (answers.due, answers.sent, answers.came):
            column.append(due)
        answers.labels.append(LOST)
        task = asyncio.create_task(send(len(answers) - 1))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    while not free.empty():
        free.get_nowait().close()
    await doing
    return answers


def checked(world: World, unknown: int = 0) -> Label:
    """Tier and reason of an answer, and "mixed" where another version than it says made its predictions.

    Args:
        world: bundles, and what they answer.
        unknown: every so many-th request, from the first, is another one than those of the world; 0: none is.
    """

    def label(number: int, status: int, body: bytes) -> str:
        document = orjson.loads(body)
        if status != 200:
            return f"{status} {document['error']['code']}"
        expected = world.expected.get(document["bundle"])
        is_known = expected is not None and (unknown == 0 or number % unknown != 0)
        is_mixed = is_known and expected is not None and answer_of(document) != expected[number]
        words = [document["tier"], document["reason"], "mixed" if is_mixed else None]
        return " ".join(word for word in words if word is not None)

    return label


def status_of(number: int, status: int, body: bytes) -> str:
    """The status alone, which costs the client least."""
    return "primary" if status == 200 else str(status)


def milliseconds(seconds: npt.NDArray[np.float64], share: float) -> str:
    """A quantile, as it is shown."""
    return f"{1e3 * float(np.quantile(seconds, share)):.1f}" if len(seconds) else "-"
