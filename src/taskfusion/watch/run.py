"""A watch: what is new in both logs is read, what is mature is counted, and what is wrong is said.

Everything is in one directory: `state.json`, rows that wait in `waiting/`, windows that are full and alarms that are
over in `history/`, and what others read: `watch.json` and `alarms.json`.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.base.lock import only_writer
from taskfusion.base.record import read_artifact, write_artifact
from taskfusion.config.kpi import Kpi
from taskfusion.config.watch import WatchSettings
from taskfusion.run.record.alarms import AlarmRecord
from taskfusion.run.record.watch import WatchRecord
from taskfusion.watch.count.counter import Counter
from taskfusion.watch.judge import judge, lasting, lasting_harm
from taskfusion.watch.read import decisions, outcomes
from taskfusion.watch.reference.model import KnownModels
from taskfusion.watch.signals import arm_signals, feature_signals, fusion_signals, task_signals, traffic_signals
from taskfusion.watch.state.memory import STATE, WatchState
from taskfusion.watch.state.spool import Spool

ALARMS: Final = "alarms.json"
WATCH: Final = "watch.json"
WAITING: Final = "waiting"
HISTORY: Final = "history"

_COMMIT_SECONDS: Final = 2.0


class Watch:
    """Reads, counts and judges; to be opened by one process.

    Args:
        settings: of the watch.
        kpis: by task.

    Raises:
        TaskfusionError: a reference, the state or a setting is not usable.
    """

    def __init__(self, settings: WatchSettings, kpis: Mapping[str, Kpi]) -> None:
        self._settings, self._kpis = settings, kpis
        self._models = KnownModels(settings.references)
        watched = [task for task in self._models.tasks if task.name in kpis]
        if not watched:
            raise ExperimentError(
                f"{settings.kpis}: should name a task of the model in a KPI, such as "
                f"{', '.join(task.name for task in self._models.tasks)}, so that it is known when its labels are mature"
            )
        decisions.require_log(Path(settings.decisions))
        self._folder = Path(settings.state)
        state = self._read_state()
        self._waiting = Spool(self._folder / WAITING, state.spool)
        self._history = Spool(self._folder / HISTORY, state.history)
        self._counter = Counter(self._models, kpis, state, self._waiting, self._history)
        self._committed, self._has_changed = time.monotonic(), True

    @classmethod
    @contextmanager
    def opened(cls, settings: WatchSettings, kpis: Mapping[str, Kpi]) -> Iterator[Self]:
        """A watch while no other process has the same state.

        Raises:
            TaskfusionError: as of the class, or another process has the state.
        """
        with only_writer(Path(settings.state)):
            yield cls(settings, kpis)

    def _read_state(self) -> WatchState:
        path = self._folder / STATE
        layout = Counter.layout(self._models, self._kpis)
        if not path.exists():
            return WatchState(layout=layout)
        found = read_artifact(path, WatchState)
        if found.layout != layout:
            raise RunError(
                f"'{path}' was begun with other tasks, segments, delays or rows of a window; name another directory "
                f"with state, or bring back what it was begun with"
            )
        return found

    def step(self, stop: Callable[[], bool] = lambda: False) -> WatchRecord:
        """Read what is new, count what is mature, and write what is found.

        Args:
            stop: whether to end before all is read.

        Raises:
            TaskfusionError: a log is not usable.
        """
        counter, settings = self._counter, self._settings
        texts = self._models.first.encoder.text_columns
        for outcome in outcomes.read_new(settings.outcomes, counter.outcome_files, counter.columns(settings), texts):
            counter.add_outcomes(outcome)
            self._commit_where_due()
            if stop():
                break
        for decision in decisions.read_new(
            Path(settings.decisions), counter.decision_files, counter.predictions, counter.bundles, counter.arms
        ):
            counter.add_decisions(decision)
            self._commit_where_due()
            if stop():
                break
        if self._has_changed:
            self.commit()
        for _ in counter.close():
            self._commit_where_due()
        return self.report()

    def _commit_where_due(self) -> None:
        self._has_changed = True
        if time.monotonic() - self._committed >= _COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        """Make all that was read and counted last."""
        self._waiting.sync()
        self._history.sync()
        write_artifact(self._folder / STATE, self._counter.state())
        self._waiting.settle()
        self._history.settle()
        self._committed, self._has_changed = time.monotonic(), False

    def report(self) -> WatchRecord:
        """Say what is read now, and what is wrong."""
        counter = self._counter
        now = datetime.now(UTC)
        record = counter.record(now, self._settings)
        found = [*task_signals(counter.streams), *feature_signals(record.features)]
        found += fusion_signals(record.edges, record.experts, self._kpis)
        found += traffic_signals(record.traffic, self._settings.most_fallback)
        names = {kpi.name: kpi for kpi in self._kpis.values()}
        until = int((record.data_until or now).timestamp()) // 60
        found += arm_signals(record.ratio, record.holdback, names, until)
        alarms, harm = judge(found, models=len(counter.streams.bundles), tasks=counter.num_tasks)
        alarms = lasting(alarms, counter.alarms)
        if counter.judged(alarms, lasting_harm(harm, alarms), now):
            self._has_changed = True
        if self._has_changed:
            self.commit()
            record = counter.record(now, self._settings)
        judged = AlarmRecord(written=now, data_until=counter.data_until, alarms=counter.alarms)
        write_artifact(self._folder / ALARMS, judged)
        write_artifact(self._folder / WATCH, record)
        return record
