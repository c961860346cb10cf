"""Models that are loaded and answer: one bundle, or several that predict different tasks, each in its own processes."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from time import time
from typing import Any, Self

from taskfusion.base.errors import ExperimentError
from taskfusion.config.routes import Tier
from taskfusion.serve.order import parse_order
from taskfusion.serve.router.admission import Admission
from taskfusion.serve.router.breaker import Breaker
from taskfusion.serve.router.merge import merged_reply, without_top
from taskfusion.serve.router.reason import Reason, UnansweredError
from taskfusion.serve.worker.message import OK, Kind, Reply
from taskfusion.serve.worker.pool import WorkerPool
from taskfusion.serve.worker.process import START_SECONDS
from taskfusion.serve.worker.refusal import LATE, RefusedError
from taskfusion.serve.worker.settings import CommonSettings, Started, WorkerSettings

Tell = Callable[..., None]
_HANGS_AFTER = 4.0
_LEAST_HANG_SECONDS = 1.0


class Deployment:
    """Models that answer together.

    Args:
        tier: what it is made of.
        pools: processes that score, per bundle.
        started: what each bundle says of itself.
        weights: by prediction, of the sum that candidates are ordered by.
        queue: calls that may wait or be worked on.

    Attributes:
        prediction_names: of all its bundles.
    """

    def __init__(
        self,
        tier: Tier,
        pools: Sequence[WorkerPool],
        started: Sequence[Started],
        weights: dict[str, float],
        queue: int,
    ) -> None:
        self.tier, self.pools, self.started, self.weights = tier, tuple(pools), tuple(started), weights
        self.longest_seconds = 0.0
        self.allow(tier.deadline_seconds)
        self.breaker = Breaker()
        self.admission = Admission(tier.workers, queue)
        self.prediction_names = tuple(column for one in self.started for task in one.tasks for column in task.columns)
        self.num_holders = 0
        self._checking: asyncio.Task[None] | None = None
        self._is_untold = False

    @classmethod
    async def start(cls, tier: Tier, common: CommonSettings, queue: int, tell: Tell) -> Self:
        """Load all bundles, side by side.

        Args:
            tier: what it is made of.
            common: what processes of all models are started with.
            queue: calls that may wait or be worked on.
            tell: takes the name of an event and its fields.

        Raises:
            RunError: a bundle cannot be served; the message says why.
            ExperimentError: two bundles predict the same, or the order names what nobody predicts.
        """
        is_one = len(tier.directories) == 1
        shared = {**common.model_dump(), "items": tier.items, "item_id": tier.item_id}
        shared |= {} if is_one else {"score": None}  # a bundle may not predict all that is summed
        pools = [
            WorkerPool(WorkerSettings(**shared, bundle=one), tier.workers, START_SECONDS, tell, tier.most_mb)
            for one in tier.directories
        ]
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(pool.start()) for pool in pools]
            started = [task.result() for task in tasks]
            weights = _weights(tier, started, common.score)
            if tier.items_most_age_hours is not None and any(one.items_begun is None for one in started):
                raise ExperimentError(
                    f"'{tier.items}' does not say when its items were read, so nobody knows how old they are; make it "
                    f"with this version of taskfusion catalogue, or leave items_most_age_hours out"
                )
        except BaseException as error:
            for pool in pools:
                await pool.close()
            if isinstance(error, BaseExceptionGroup):
                raise _first(error) from None
            raise
        return cls(tier, pools, started, weights, queue)

    def allow(self, longest_seconds: float) -> None:
        """Say how long a call may take at most, in the tier that has the most time; longer, and a process hangs."""
        self.longest_seconds = longest_seconds
        for pool in self.pools:
            pool.allow(max(_LEAST_HANG_SECONDS, _HANGS_AFTER * longest_seconds))

    @property
    def version(self) -> str:
        """Fingerprint of its bundle; of several, all of them."""
        return "+".join(one.bundle for one in self.started)

    @property
    def items_age_seconds(self) -> float | None:
        """Since the table of its catalogue was read, of the oldest one; None: it has none that says so."""
        begun = [one.items_begun for one in self.started if one.items_begun is not None]
        return max(0.0, time() - min(begun)) if begun else None

    @property
    def is_stale(self) -> bool:
        """Whether its items are too old to be answered with."""
        most, age = self.tier.items_most_age_hours, self.items_age_seconds
        return most is not None and age is not None and age > 3600 * most

    @property
    def priors(self) -> dict[str, float]:
        """By prediction, what a candidate gets where no model answers."""
        return {name: prior for one in self.started for name, prior in one.priors.items()}

    @property
    def num_pending(self) -> int:
        """Calls that are not answered yet, by the bundle that has the most."""
        return max(pool.num_pending for pool in self.pools)

    @property
    def is_lost(self) -> bool:
        """Whether processes of a bundle cannot begin any more."""
        return any(pool.is_lost for pool in self.pools)

    @property
    def restarts(self) -> int:
        """Processes that were started in place of others."""
        return sum(pool.restarts for pool in self.pools)

    @property
    def pids(self) -> list[int | None]:
        """Of its processes."""
        return [worker.pid for pool in self.pools for worker in pool.workers]

    async def call(
        self, kind: Kind, body: bytes, json_length: int, seconds: float, *, with_scored: bool = False
    ) -> Reply:
        """The answer to a call: predictions, or what is wrong with the request.

        Args:
            kind: what is asked for.
            body: as it came.
            json_length: bytes of the body before its binary part; 0: all of it is JSON.
            seconds: to answer in.
            with_scored: whether Scored follows the JSON of the answer.

        Raises:
            UnansweredError: there is none in time.
        """
        if kind is Kind.RANK and self.is_stale:
            raise UnansweredError(Reason.STALE)
        if not all(pool.is_ready for pool in self.pools):
            raise UnansweredError(Reason.LOST)
        if any(pool.is_stuck(self.longest_seconds) for pool in self.pools):
            self.breaker.failed()
            raise UnansweredError(Reason.DEADLINE)
        if not self.admission.admits(self.num_pending, seconds):
            raise UnansweredError(Reason.OVERLOADED, self.admission.retry_seconds(self.num_pending))
        if not self.breaker.admit():
            raise UnansweredError(Reason.OPEN)
        try:
            async with asyncio.timeout(seconds):
                reply = await self._answer(kind, body, json_length, seconds, with_scored)
        except TimeoutError:
            self.breaker.failed()
            raise UnansweredError(Reason.DEADLINE) from None
        except (RefusedError, UnansweredError) as error:
            self.breaker.failed()
            raise error if isinstance(error, UnansweredError) else UnansweredError(Reason.LOST) from None
        except BaseException:
            self.breaker.released()
            raise
        return self._judged(reply)

    async def probe(self) -> None:
        """Have every process score a row.

        Raises:
            RefusedError: one cannot.
        """
        await asyncio.gather(*(pool.probe() for pool in self.pools))

    async def counts(self) -> list[dict[str, Any]]:
        """What its processes counted since they were last asked."""
        return [counts for pool in self.pools for counts in await pool.counts()]

    async def drain(self, seconds: float) -> None:
        """Wait until nobody holds it and no call is in flight, or so long, and end the processes."""
        end = asyncio.get_running_loop().time() + seconds
        try:
            while (self.num_holders or self.num_pending) and asyncio.get_running_loop().time() < end:
                await asyncio.sleep(0.005)
        finally:
            await self.close()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within it the processes are not ended by drain: a call that may come here yet will find them."""
        self.num_holders += 1
        try:
            yield
        finally:
            self.num_holders -= 1

    async def close(self) -> None:
        """End all processes."""
        if self._checking is not None:
            self._checking.cancel()
        await asyncio.gather(*(pool.close() for pool in self.pools))

    async def _answer(self, kind: Kind, body: bytes, json_length: int, seconds: float, with_scored: bool) -> Reply:
        if len(self.pools) == 1:
            return await self.pools[0].call(kind, body, json_length, seconds=seconds, with_scored=with_scored)
        try:
            whole, top = without_top(body)
        except RefusedError as refused:
            return Reply(0, refused.status, 0, 0.0, refused.body())
        replies = await _all([pool.call(kind, whole, seconds=seconds, with_scored=True) for pool in self.pools])
        other = next((reply for reply in replies if reply.status != OK), None)
        return merged_reply(replies, self.started, self.weights, top) if other is None else other

    def _judged(self, reply: Reply) -> Reply:
        """An answer as it is, where it is one.

        Raises:
            UnansweredError: the process said that it has none.
        """
        if reply.status < 500:
            self.breaker.succeeded()
            self.admission.add(reply.seconds)
            return reply
        if b'"not_finite"' in reply.body:
            self._is_untold = True
            self._check()
            raise UnansweredError(Reason.NOT_FINITE)
        self.breaker.failed()
        if reply.status == LATE:
            raise UnansweredError(Reason.DEADLINE)
        self._check()
        raise UnansweredError(Reason.DEFECT)

    def _check(self) -> None:
        """After a prediction that is not finite, or a defect: it may be the request's fault, and then one of missing
        values is fine; where that one fails too the process is unfit and replaced.
        """
        if self._checking is None or self._checking.done():
            self._checking = asyncio.get_running_loop().create_task(self._replace_unfit())

    async def _replace_unfit(self) -> None:
        unfit = sum([await pool.replace_unfit() for pool in self.pools])
        if self._is_untold:
            self._is_untold = False
            (self.breaker.failed if unfit else self.breaker.succeeded)()


async def _all(calls: Sequence[Coroutine[Any, Any, Reply]]) -> list[Reply]:
    """All replies; the first that fails ends the wait for the others."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in calls]
    except BaseExceptionGroup as error:
        raise _first(error) from None
    return [task.result() for task in tasks]


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _weights(tier: Tier, started: Sequence[Started], score: str | None) -> dict[str, float]:
    """Weight of each prediction in the order."""
    if len(started) == 1:
        return started[0].ordered_by
    names = [column for one in started for task in one.tasks for column in task.columns]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ExperimentError(
            f"the bundles {', '.join(tier.directories)} should predict different tasks, but two predict '{twice}'"
        )
    return dict(parse_order(score, names)) if score else {names[0]: 1.0}
