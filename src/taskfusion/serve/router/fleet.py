"""The models that are loaded, and how they change while requests come: load, verify, switch, drain."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from taskfusion.base.errors import ExperimentError, RunError, StorageError, TaskfusionError
from taskfusion.config.derive import derive
from taskfusion.config.routes import Routes, Tier
from taskfusion.serve.router.batch_load import load_scores
from taskfusion.serve.router.deployment import Deployment, Tell
from taskfusion.serve.router.hybrid import Hybrid, columns_of
from taskfusion.serve.router.identity import Identity, batch_identity, identity
from taskfusion.serve.router.reason import Reason
from taskfusion.serve.router.recent import Recent
from taskfusion.serve.router.router import CANARY, FALLBACK, PRIMARY, Step
from taskfusion.serve.router.state_file import StateFile
from taskfusion.serve.router.verify import verify
from taskfusion.serve.worker.refusal import RefusedError
from taskfusion.serve.worker.settings import CommonSettings, Started

DRAIN_SECONDS: Final = 30.0
"""That calls to a model which was replaced have to end in."""

PROBE_SECONDS: Final = 2.0
"""That a model has to score a row for a probe."""

SHADOW: Final = "shadow"


class Fleet:
    """All models of a server.

    Args:
        common: what processes of all models are started with; order and unit are those of the routes.
        queue: calls that may wait or be worked on, per model.
        tell: takes the name of an event and its fields.
        state: where changes are kept; None: nowhere.
    """

    def __init__(self, common: CommonSettings, queue: int, tell: Tell, state: StateFile | None) -> None:
        self._common, self._queue, self._tell, self._state = common, queue, tell, state
        self._deployments: dict[str, tuple[Identity, Deployment]] = {}
        self._batch: tuple[Identity, Hybrid] | None = None
        self._change = asyncio.Lock()
        self._draining: set[asyncio.Task[None]] = set()
        self._routes: Routes | None = None
        self.previous: Routes | None = None
        self.recent = Recent()
        self.swaps = 0

    @property
    def routes(self) -> Routes:
        """What is in force.

        Raises:
            RunError: the server was not started.
        """
        if self._routes is None:
            raise RunError("no routes are in force yet")
        return self._routes

    @property
    def deployments(self) -> Mapping[str, Deployment]:
        """Models by tier."""
        return {name: deployment for name, (_, deployment) in self._deployments.items()}

    @property
    def hybrid(self) -> Hybrid | None:
        """Predictions made beforehand; None: there are none."""
        return None if self._batch is None else self._batch[1]

    @property
    def started(self) -> Started:
        """What the primary says of itself; of several bundles, the first with the tasks of all."""
        parts = self.deployments[PRIMARY].started
        tasks = [task for part in parts for task in part.tasks]
        return Started(**(parts[0].model_dump() | {"tasks": tasks, "bundle": self.deployments[PRIMARY].version}))

    def steps(self, unit: object) -> tuple[list[Step], str | None]:
        """Whom to ask in turn, and the arm of a unit where there is a canary.

        Args:
            unit: of whom a request is; None: not known, which is never in the canary.
        """
        names, arm = [PRIMARY, FALLBACK], None
        canary = self.routes.canary
        if canary is not None and unit is not None:
            arm = CANARY if canary.answers(str(unit)) else PRIMARY
            names = [CANARY, PRIMARY, FALLBACK] if arm == CANARY else names
        deployments, tiers = self.deployments, self.routes.tiers
        steps = [Step(name, deployments[name], tiers[name].deadline_seconds) for name in names if name in deployments]
        return steps, arm

    async def start(self, routes: Routes, previous: Routes | None = None) -> None:
        """Load all models.

        Args:
            routes: to be in force.
            previous: were in force before; None: nothing was.

        Raises:
            TaskfusionError: a model cannot be served; the message says why.
        """
        try:
            await self.apply(routes)
        except BaseException:
            await self.close()
            raise
        self.previous = previous
        await self._keep()

    async def apply(self, routes: Routes) -> None:
        """Put routes in force: all of them, or where a model is not fit none.

        What is loaded already stays, also in another tier. New models are loaded and verified beside the old ones;
        then all change at once, and the old ones end when their calls are answered. The decision log stays what it is.

        Raises:
            TaskfusionError: a model cannot be served, or is not fit; the message says why.
        """
        async with self._change:
            if self._routes is not None:  # the log is open
                routes = derive(routes, decisions=self._routes.decisions)
            tiers = routes.tiers
            wanted = {name: identity(tier, routes.score, routes.unit) for name, tier in tiers.items()}
            loaded = dict(self._deployments.values())
            fresh: dict[Identity, Deployment] = {}
            try:
                for name, key in wanted.items():
                    if key not in loaded and key not in fresh:
                        fresh[key] = await self._loaded(name, tiers[name], routes)
                self._require_same_tasks({name: (loaded | fresh)[key] for name, key in wanted.items()})
                batch = await self._batch_of(routes, (loaded | fresh)[wanted[PRIMARY]])
            except BaseException:
                for deployment in fresh.values():
                    await deployment.close()
                raise
            found = {name: (key, (loaded | fresh)[key]) for name, key in wanted.items()}
            used = {id(deployment) for _, deployment in found.values()}
            for deployment in (loaded | fresh).values():
                allowed = [tiers[name].deadline_seconds for name, (_, one) in found.items() if one is deployment]
                deployment.allow(max(allowed, default=deployment.longest_seconds))
            self.previous, self._routes, self._deployments = self._routes, routes, found
            self._batch = batch
            self.swaps += bool(fresh)
            for deployment in loaded.values():
                if id(deployment) not in used:
                    self._drain(deployment)
            self._tell("routes", **{name: deployment.version for name, deployment in self.deployments.items()})
            await self._keep()

    async def rollback(self) -> None:
        """Put in force what was before.

        Raises:
            ExperimentError: nothing was.
            TaskfusionError: it cannot be served any more.
        """
        if self.previous is None:
            raise ExperimentError("there is nothing to roll back to: no other routes were in force")
        await self.apply(self.previous)

    @property
    def models(self) -> list[Deployment]:
        """Each model once, though it may stand in several tiers."""
        return list({id(one): one for one in self.deployments.values()}.values())

    @property
    def num_pending(self) -> int:
        """Calls that are not answered yet."""
        return sum(model.num_pending for model in self.models)

    @property
    def restarts(self) -> int:
        """Processes that were started in place of others, of the models that are there now."""
        return sum(model.restarts for model in self.models)

    @property
    def is_lost(self) -> bool:
        """Whether processes of no model that answers can begin any more."""
        return all(step.deployment.is_lost for step in self.steps(None)[0])

    async def health(self) -> dict[str, str | None]:
        """By tier, why it cannot score a row; None: it can."""
        deployments = dict(self.deployments)
        reasons = await asyncio.gather(*map(_ill, deployments.values()))
        return dict(zip(deployments, reasons, strict=True))

    async def counts(self) -> list[dict[str, Any]]:
        """What all processes counted since they were last asked."""
        return [counts for model in self.models for counts in await model.counts()]

    async def close(self) -> None:
        """End all models."""
        for task in self._draining:
            task.cancel()
        await asyncio.gather(*(one.close() for one in self.models), *self._draining, return_exceptions=True)

    async def _loaded(self, name: str, tier: Tier, routes: Routes) -> Deployment:
        common = CommonSettings(**(self._common.model_dump() | {"score": routes.score, "unit": routes.unit}))
        self._tell("loading", tier=name, bundles=list(tier.directories))
        try:
            deployment = await Deployment.start(tier, common, self._queue, self._tell)
            try:
                await verify(deployment, self.deployments.get(PRIMARY), self.recent, tier.deadline_seconds)
            except BaseException:
                await deployment.close()
                raise
        except TaskfusionError as error:
            self._tell("not_loaded", tier=name, reason=str(error))
            raise type(error)(f"{name}: {error}") from error
        if deployment.is_stale:
            self._tell("stale_items", tier=name, age_hours=round((deployment.items_age_seconds or 0.0) / 3600, 3))
        return deployment

    async def _batch_of(self, routes: Routes, primary: Deployment) -> tuple[Identity, Hybrid] | None:
        """Predictions made beforehand; what is loaded already and did not change is not loaded again."""
        settings, unit = routes.batch, routes.unit
        if settings is None or unit is None:
            return None
        tasks = [task for one in primary.started for task in one.tasks]
        asked = (Path(settings.scores), unit, settings.item, columns_of(settings, tasks))
        key = batch_identity(*asked)
        try:
            is_same = self._batch is not None and self._batch[0] == key
            scores = self._batch[1].scores if self._batch is not None and is_same else await load_scores(*asked)
            hybrid = Hybrid(settings, scores, tasks)
        except TaskfusionError as error:
            self._tell("not_loaded", batch=settings.scores, reason=str(error))
            raise type(error)(f"batch: {error}") from error
        table = scores.table
        self._tell(
            "batch",
            scores=settings.scores,
            bundle=table.bundle,
            of_other_model=table.bundle != primary.version,
            rows=table.rows,
            pairs=table.pairs,
            rows_without_ids=table.without_ids,
            age_hours=round(hybrid.age_seconds / 3600, 3),
            is_stale=hybrid.is_stale,
        )
        return key, hybrid

    def _require_same_tasks(self, deployments: Mapping[str, Deployment]) -> None:
        """Raises ExperimentError where a tier predicts other tasks than the primary, or the primary others than before;
        callers and the decision log count on them.
        """
        names = {name: sorted(one.prediction_names) for name, one in deployments.items()}
        before = self.deployments.get(PRIMARY)
        if before is not None and sorted(before.prediction_names) != names[PRIMARY]:
            raise ExperimentError(
                f"primary should predict what callers get now, {', '.join(sorted(before.prediction_names))}, but "
                f"predicts {', '.join(names[PRIMARY])}; start another server for other tasks"
            )
        other = next((name for name in names if names[name] != names[PRIMARY]), None)
        if other is not None:
            raise ExperimentError(
                f"{other} should predict what the primary does, {', '.join(names[PRIMARY])}, but predicts "
                f"{', '.join(names[other])}"
            )

    def _drain(self, deployment: Deployment) -> None:
        task = asyncio.get_running_loop().create_task(deployment.drain(DRAIN_SECONDS))
        self._draining.add(task)
        task.add_done_callback(self._draining.discard)

    async def _keep(self) -> None:
        """Write the state, which waits for the disk; where that fails the routes are in force all the same, and the log
        says so.
        """
        if self._state is None:
            return
        try:
            await asyncio.to_thread(self._state.write, self.routes, self.previous)
        except StorageError as error:
            self._tell("state_not_written", file=str(self._state.path), reason=str(error))


async def _ill(deployment: Deployment) -> str | None:
    """Why a model cannot score a row; None: it can."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await deployment.probe()
    except (RefusedError, TimeoutError) as error:
        return error.message if isinstance(error, RefusedError) else Reason.DEADLINE.sentence
    return None
