"""Windows of all tasks, segments and models."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from taskfusion.run.record.watch import WindowReading
from taskfusion.schema.task.table import Task
from taskfusion.watch.count.cell import Segment, TaskCells, segment_table
from taskfusion.watch.count.window import Window
from taskfusion.watch.reference.model import KnownModels
from taskfusion.watch.state.memory import OpenWindow

Key = tuple[str, str, str | None]
"""Model, task and segment."""


class Streams:
    """Windows by model, task and segment.

    Args:
        models: that are known.
        kpis: name of the KPI by task.
        columns: values by column of segments.
        rows: of a full window.
        kept: windows that grew when it was left; those of models that nobody knows any more are forgotten.
        latest: the last full ones.
    """

    def __init__(
        self,
        models: KnownModels,
        kpis: Mapping[str, str],
        columns: Mapping[str, Sequence[str]],
        rows: int,
        kept: Iterable[OpenWindow],
        latest: Iterable[WindowReading],
    ) -> None:
        self._models, self._kpis, self._columns, self._rows = models, kpis, columns, rows
        self._windows: dict[Key, Window] = {}
        self._segments: dict[tuple[str, str], dict[str | None, Segment]] = {}
        self._designs: dict[tuple[str, str], float] = {}
        self._latest = {(one.bundle, one.task, one.segment): one for one in latest}
        for one in kept:
            if one.task in kpis and one.segment in self._known(one.bundle, one.task):
                self._window((one.bundle, one.task, one.segment), one)

    def take(self, bundle: str, task: Task, cells: TaskCells, design: float) -> Iterator[WindowReading]:
        """Take the sums of a slice; windows that are full with them."""
        self._designs[bundle, task.name] = design
        for segment, minute, shown, sums, counts in cells.minutes():
            key = (bundle, task.name, segment.reference.segment)
            full = self._window(key).add(minute, shown, sums, counts, design)
            if full is not None:
                self._latest[key] = full
                yield full

    def windows(self) -> Iterator[tuple[Window, WindowReading | None, WindowReading | None]]:
        """Each window that grows, what it reads, and the last full one before it."""
        for key, window in self._windows.items():
            yield window, window.reading(self._designs.get(key[:2], 1.0)), self._latest.get(key)

    def kept(self) -> list[OpenWindow]:
        """What is to be remembered."""
        return [window.kept() for window in self._windows.values()]

    @property
    def bundles(self) -> set[str]:
        """Models that have windows."""
        return {bundle for bundle, _, _ in self._windows}

    @property
    def latest(self) -> list[WindowReading]:
        """The last full windows."""
        return list(self._latest.values())

    def _known(self, bundle: str, task: str) -> dict[str | None, Segment]:
        key = (bundle, task)
        if key not in self._segments:
            reference = self._models.task(bundle, task)
            tables = [] if reference is None else segment_table(reference, self._columns)
            self._segments[key] = {one.reference.segment: one for table in tables for one in table if one is not None}
        return self._segments[key]

    def _window(self, key: Key, kept: OpenWindow | None = None) -> Window:
        if key not in self._windows:
            bundle, task, segment = key
            held_against = self._known(bundle, task)[segment]
            self._windows[key] = Window(task, self._kpis[task], bundle, held_against, self._rows, kept)
        return self._windows[key]
