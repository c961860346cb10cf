"""All that a watch counts: logs come in as pieces, and come out as windows."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from math import ceil

import numpy as np
import numpy.typing as npt

from taskfusion.base.record import Record
from taskfusion.config.derive import derive
from taskfusion.config.kpi import Kpi
from taskfusion.config.watch import WatchSettings
from taskfusion.run.record.alarms import Alarm
from taskfusion.run.record.watch import HarmReading, LabelReading, WatchRecord
from taskfusion.schema.task.table import Task, kind_of
from taskfusion.watch.count.arms import KpiArms, UnitSample
from taskfusion.watch.count.cell import TaskCells
from taskfusion.watch.count.feature import FeatureCounter
from taskfusion.watch.count.fusion import FusionCounter
from taskfusion.watch.count.lane import LaneCounter, LaneTasks, Takers
from taskfusion.watch.count.renewed import digests, renewed
from taskfusion.watch.count.streams import Streams
from taskfusion.watch.count.traffic import TrafficCounter
from taskfusion.watch.moments import MINUTES_PER_DAY, moment
from taskfusion.watch.past import ended, worst
from taskfusion.watch.read.decisions import Decisions, Names
from taskfusion.watch.read.outcomes import OutcomeColumns, Outcomes
from taskfusion.watch.read.rows import Rows
from taskfusion.watch.reference.model import KnownModels
from taskfusion.watch.state.memory import Lane, WatchState
from taskfusion.watch.state.spool import Spool


class Counter:
    """Counts of a watch.

    Args:
        models: that are known.
        kpis: by task.
        state: where it was left.
        waiting: rows that wait for labels.
        history: windows that are full.
    """

    def __init__(
        self, models: KnownModels, kpis: Mapping[str, Kpi], state: WatchState, waiting: Spool, history: Spool
    ) -> None:
        state = renewed(state, models)
        self._models, self._kpis, self._waiting, self._history = models, kpis, waiting, history
        self._tasks = [task for task in models.tasks if task.name in kpis]
        self.predictions = [name for task in self._tasks for name in task.prediction_names]
        self._layout, self._references = state.layout, digests(models)
        self.decision_files, self.outcome_files = dict(state.decisions), dict(state.outcomes)
        self.bundles, self.arms = Names(list(state.bundles)), Names(list(state.arms))
        self.alarms: list[Alarm] = list(state.alarms)
        self._worst: list[Alarm] = list(state.worst or state.alarms)
        self.harm: list[HarmReading] = list(state.harm)
        self._from, self._until = state.data_from, state.data_until
        self._num_decisions, self._num_outcomes = state.num_decisions, state.num_outcomes
        reference = models.first.reference
        self._columns, self._window = reference.columns, reference.window
        names = {task.name: kpis[task.name].name for task in self._tasks}
        self.streams = Streams(models, names, self._columns, self._window, state.windows, state.latest)
        self.traffic = TrafficCounter(state.traffic)
        self.features = FeatureCounter(models, state.features, state.latest_features)
        self.fusion = FusionCounter(models, state.fusion)
        self.units, self.kpi_arms = UnitSample(state.units), KpiArms(state.kpi_arms)
        self._lanes = {
            name: LaneCounter(name, about, state.lanes.get(name, Lane.empty()), waiting)
            for name, about in self._lane_tasks().items()
        }

    @staticmethod
    def layout(models: KnownModels, kpis: Mapping[str, Kpi]) -> str:
        """What the files of a state are made for."""
        tasks = [
            f"{one.name} ({', '.join(one.prediction_names)}) after {kpis[one.name].delay_days:g} days"
            for one in models.tasks
            if one.name in kpis
        ]
        reference = models.first.reference
        columns = [f"{name} ({', '.join(values)})" for name, values in reference.columns.items()]
        return "; ".join([*tasks, *columns, f"{reference.window} rows"])

    def _lane_tasks(self) -> dict[str, LaneTasks]:
        """Tasks by delay."""
        delays: dict[int, list[Task]] = {}
        for task in self._tasks:
            delays.setdefault(ceil(self._kpis[task.name].delay_days * MINUTES_PER_DAY), []).append(task)
        places = {name: place for place, name in enumerate(self.predictions)}
        labels = {task.name: place for place, task in enumerate(self._tasks)}
        return {
            f"after{delay}": LaneTasks(
                delay=delay,
                tasks=tasks,
                labels=[labels[task.name] for task in tasks],
                predictions=[[places[name] for name in task.prediction_names] for task in tasks],
                columns=self._columns,
            )
            for delay, tasks in sorted(delays.items())
        }

    def columns(self, settings: WatchSettings) -> OutcomeColumns:
        """What is read of the outcome log."""
        schema = derive(self._models.first.schema, tasks=tuple(self._tasks))
        return OutcomeColumns(settings.id, settings.candidate, settings.time, schema, self._columns)

    def add_decisions(self, piece: Decisions) -> None:
        """Take a piece of the decision log."""
        self.decision_files[piece.file] = piece.until
        self._num_decisions += len(piece.minute_G)
        if len(piece.minute_G):
            first = int(piece.minute_G.min())
            self._from = first if self._from is None else min(first, self._from)
            self._see(int(piece.minute_G.max()))
        self.traffic.add(piece.traffic)
        self.units.add(piece.arm_G, piece.unit_G, self.arms.names)
        for lane in self._lanes.values():
            lane.add_decisions(piece.rows)

    def add_outcomes(self, piece: Outcomes) -> None:
        """Take a piece of the outcome log."""
        self.outcome_files[piece.file] = piece.until
        self._num_outcomes += len(piece.rows)
        if len(piece.rows):
            self._see(int(piece.rows["minute"].max()))
        for lane in self._lanes.values():
            lane.add_outcomes(piece.rows)
        minute_B = piece.rows["minute"].astype(np.int64)
        for full in self.features.add(piece.frame, minute_B, piece.rows["request"]):
            self._remember("features", full, full.end)
        self.fusion.add(piece.frame, minute_B, piece.rows["request"])

    def _see(self, minute: int) -> None:
        """What the logs reach to; a clock that is an hour wrong does not make labels mature."""
        if minute <= int(datetime.now(UTC).timestamp()) // 60 + 60:
            self._until = minute if self._until is None else max(minute, self._until)

    def close(self) -> Iterator[None]:
        """Count what is mature, step by step."""
        if self._until is None:
            return
        for lane in self._lanes.values():
            takers = Takers(self._take, self._take_labels)
            yield from lane.close(self._until, self.bundles.names, self._models.task, takers)
        for hour in self.traffic.settle(moment(self._until)):
            self._remember("traffic", hour, hour.start)

    def _take(self, bundle: str, task: Task, cells: TaskCells, design: float) -> None:
        for full in self.streams.take(bundle, task, cells, design):
            self._remember("windows", full, full.end)

    def _take_labels(self, task: Task, rows: Rows, label_M: npt.NDArray[np.float64]) -> None:
        if kind_of(task).values(task):  # a mean of classes is no KPI
            return
        for code in np.unique(rows["arm"]).tolist():
            if code < len(self.arms.names):
                is_its = (rows["arm"] == code) & ~np.isnan(label_M)
                kpi = self._kpis[task.name].name
                self.kpi_arms.add(kpi, self.arms.names[code], rows["unit"][is_its], label_M[is_its])

    def judged(self, alarms: list[Alarm], harm: list[HarmReading], now: datetime) -> bool:
        """Take what is wrong now, and remember alarms that are over.

        Returns:
            Whether it is anything else than before.
        """
        if (alarms, harm) == (self.alarms, self.harm):
            return False
        for one in ended(self._worst, alarms, self.data_until or now):
            self._remember("alarms", one, one.until)
        self.alarms, self.harm, self._worst = alarms, harm, worst(alarms, self._worst)
        return True

    def _remember(self, what: str, record: Record, when: datetime) -> None:
        self._history.append(f"{what}-{when:%Y-%m-%d}.jsonl", (record.model_dump_json() + "\n").encode())

    def state(self) -> WatchState:
        """All that is to be remembered."""
        return WatchState(
            layout=self._layout,
            decisions=self.decision_files,
            outcomes=self.outcome_files,
            spool=self._waiting.lengths,
            history=self._history.lengths,
            bundles=self.bundles.names,
            arms=self.arms.names,
            num_decisions=self._num_decisions,
            num_outcomes=self._num_outcomes,
            data_from=self._from,
            data_until=self._until,
            references=self._references,
            lanes={name: lane.state for name, lane in self._lanes.items()},
            windows=self.streams.kept(),
            traffic=self.traffic.hours,
            latest=self.streams.latest,
            features=self.features.kept(),
            latest_features=self.features.latest,
            fusion=self.fusion.kept(),
            units=self.units.kept(),
            kpi_arms=self.kpi_arms.kept(),
            alarms=self.alarms,
            worst=self._worst,
            harm=self.harm,
        )

    @property
    def num_tasks(self) -> int:
        """Tasks that are watched."""
        return len(self._tasks)

    @property
    def data_until(self) -> datetime | None:
        """What the logs reach to."""
        return None if self._until is None else moment(self._until)

    def record(self, now: datetime, settings: WatchSettings) -> WatchRecord:
        """What is read now, with arms as the settings plan them."""
        opened = [reading for _, reading, _ in self.streams.windows() if reading is not None]
        lanes = [lane.state for lane in self._lanes.values()]
        return WatchRecord(
            written=now,
            data_from=None if self._from is None else moment(self._from),
            data_until=self.data_until,
            window=self._window,
            decisions=self._num_decisions,
            outcomes=self._num_outcomes,
            unmatched=max((one.unmatched for one in lanes), default=0),
            windows=[*self.streams.latest, *opened],
            features=self.features.readings(),
            edges=self.fusion.edges(),
            experts=self.fusion.experts(),
            traffic=self.traffic.hours,
            labels=[self._labels(lane, task) for lane in self._lanes.values() for task in lane.about.tasks],
            ratio=self.units.reading(settings.arms),
            holdback=self.kpi_arms.readings(settings.holdback),
            harm=self.harm,
            alarms=self.alarms,
        )

    def _labels(self, lane: LaneCounter, task: Task) -> LabelReading:
        found = lane.state
        return LabelReading(
            task=task.name,
            kpi=self._kpis[task.name].name,
            delay_days=self._kpis[task.name].delay_days,
            mature_until=None if found.closed_until is None else moment(found.closed_until),
            decided=found.decided,
            matured=found.joined / found.decided if found.decided else 0.0,
            shown=found.shown,
            labelled=found.labelled.get(task.name, 0),
            late=found.late.get(task.name, 0),
        )
