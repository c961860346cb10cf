"""Tasks whose labels are mature after the same time: their rows wait in slices of time, and are joined when old enough.

Memory does not depend on rows: a slice is joined in parts by the hash of the request.

Axes: B rows, M impressions, T tasks, S segment columns.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from taskfusion.schema.task.table import Task, kind_of
from taskfusion.watch.count.cell import TaskCells
from taskfusion.watch.count.join import join
from taskfusion.watch.read.rows import Rows, decision_rows, outcome_rows
from taskfusion.watch.reference.record import TaskReference
from taskfusion.watch.state.memory import Lane
from taskfusion.watch.state.spool import Spool
from taskfusion.watch.statistics.drift import cluster_sums, design_effect, shares

_PART_ROWS: Final = 500_000
_DESIGN_ROWS: Final = 50_000
_GRACE: Final = 2
"""Minutes that servers may write later than others."""

_LEAST_SLICE: Final = 5
_MOST_SLICE: Final = 1440
_SLICES: Final = 4


@dataclass(frozen=True, eq=False)
class LaneTasks:
    """What a lane counts.

    Attributes:
        delay: minutes until labels are mature.
        tasks: in order.
        labels: place of each in the rows of outcomes.
        predictions: places of the predictions of each in the rows of decisions.
        columns: values by column of segments.
    """

    delay: int
    tasks: Sequence[Task]
    labels: Sequence[int]
    predictions: Sequence[Sequence[int]]
    columns: Mapping[str, Sequence[str]]

    @property
    def slice_minutes(self) -> int:
        """Minutes that are joined together: a quarter of the delay, so that an outcome is read a few times at most."""
        return min(max(ceil(self.delay / _SLICES), _LEAST_SLICE), _MOST_SLICE)


Labels = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Takers:
    """Who takes what a lane finds.

    Attributes:
        cells: the model, the task, the sums of a slice, and the design effect of predictions.
        labels: the task, rows of decisions [M] and their labels [M], NaN where unknown.
    """

    cells: Callable[[str, Task, TaskCells, float], None]
    labels: Callable[[Task, Rows, Labels], None]


class LaneCounter:
    """The rows of a lane that wait, and what becomes of them.

    Args:
        name: of the lane, which its files begin with.
        about: what it counts.
        state: where it was left.
        spool: with its files.
    """

    def __init__(self, name: str, about: LaneTasks, state: Lane, spool: Spool) -> None:
        self.about, self._name, self._spool = about, name, spool
        self._state: dict[str, Any] = state.model_dump()
        places = [place for one in about.predictions for place in one]
        self._places = places
        self._decision_kind = decision_rows(len(places))
        self._outcome_kind = outcome_rows(len(about.tasks), len(about.columns))

    @property
    def state(self) -> Lane:
        """What is to be remembered of it."""
        return Lane.model_validate(self._state)

    def add_decisions(self, rows: Rows) -> None:
        """Keep rows [B] of decisions until their labels are mature."""
        own = np.zeros(len(rows), dtype=self._decision_kind)
        for field in ("request", "candidate", "minute", "bundle", "arm", "unit"):
            own[field] = rows[field]
        own["prediction"] = rows["prediction"][:, self._places]
        own = own[~np.isnan(own["prediction"]).any(axis=1)]
        self._state["decided"] += len(own)
        self._append("d", own)

    def add_outcomes(self, rows: Rows) -> None:
        """Keep rows [B] of outcomes until their decisions are old enough; what is too late is counted."""
        own = np.zeros(len(rows), dtype=self._outcome_kind)
        for field in ("request", "candidate", "minute", "segment"):
            own[field] = rows[field]
        own["label"] = rows["label"][:, self.about.labels]
        closed = self._state["closed_until"]
        if closed is not None:
            is_late = own["minute"] < closed
            for place, task in enumerate(self.about.tasks):
                late = int((~np.isnan(own["label"][is_late, place])).sum())
                self._state["late"][task.name] = self._state["late"].get(task.name, 0) + late
            own = own[~is_late]
        self._append("o", own)

    def _append(self, side: str, rows: Rows) -> None:
        closed = self._state["closed_until"]
        if side == "d" and closed is not None:  # decisions that a server wrote too late
            rows = rows[rows["minute"] >= closed]
        slice_B = rows["minute"] // self.about.slice_minutes
        for one in np.unique(slice_B).tolist():
            self._spool.append(self._file(side, one), rows[slice_B == one].tobytes())

    def _file(self, side: str, number: int) -> str:
        return f"{self._name}-{side}-{number}"

    def _slices(self, side: str) -> list[int]:
        prefix = f"{self._name}-{side}-"
        return sorted(int(name.removeprefix(prefix)) for name in self._spool.lengths if name.startswith(prefix))

    def close(
        self,
        now: int,
        bundles: Sequence[str],
        references: Callable[[str, str], TaskReference | None],
        takers: Takers,
    ) -> Iterator[None]:
        """Join the slices that are old enough, one per step, after each of which all is as if it were the last.

        Args:
            now: minute since 1970 of the newest row of both logs.
            bundles: fingerprints by code.
            references: of a model and a task; None: there is none.
            takers: of what is found.
        """
        length = self.about.slice_minutes
        until = (now - self.about.delay - _GRACE) // length
        for number in self._slices("d"):
            if number >= until:
                break
            self._join(number, bundles, references, takers)
            self._spool.drop(self._file("d", number))
            self._state["closed_until"] = (number + 1) * length
            yield
        if until > 0 and until * length > (self._state["closed_until"] or 0):
            self._state["closed_until"] = until * length
            self._forget(until)
            yield

    def _forget(self, until: int) -> None:
        """Drop outcomes that no decision can have any more; one slice is kept, for clocks that differ."""
        for number in self._slices("o"):
            if number >= until - 1:
                break
            rows = self._spool.lengths[self._file("o", number)] // self._outcome_kind.itemsize
            self._state["outcomes"] += rows
            self._state["unmatched"] += rows - self._state["matched"].pop(str(number), 0)
            self._spool.drop(self._file("o", number))

    def _join(
        self,
        number: int,
        bundles: Sequence[str],
        references: Callable[[str, str], TaskReference | None],
        takers: Takers,
    ) -> None:
        length = self.about.slice_minutes
        decisions = self._spool.rows(self._file("d", number), self._decision_kind)
        last = number + 1 + ceil((self.about.delay + _GRACE) / length)
        near = [one for one in self._slices("o") if number - 1 <= one <= last]
        outcomes = [self._spool.rows(self._file("o", one), self._outcome_kind) for one in near]
        cells: dict[tuple[int, int], TaskCells] = {}
        parts = ceil(len(decisions) / _PART_ROWS)
        for part in range(parts):
            own = _part([decisions], part, parts, self._decision_kind)
            theirs = _part(outcomes, part, parts, self._outcome_kind)
            found = join(own, theirs)
            owner = np.repeat(np.arange(len(near)), [int((_requests(one, parts) == part).sum()) for one in outcomes])
            counts = np.bincount(owner[found.is_matched_N], minlength=len(near)).tolist()
            for other, count in zip(near, counts, strict=True):
                matched = self._state["matched"]
                matched[str(other)] = matched.get(str(other), 0) + count
            self._state["joined"] += len(own)
            self._state["shown"] += len(found.decisions)
            for place, task in enumerate(self.about.tasks):
                takers.labels(task, found.decisions, found.label_MT[:, place])
            self._count(found.decisions, found.label_MT, found.segment_MS, number, bundles, references, cells)
        for (code, place), sums in sorted(cells.items(), key=lambda item: item[0]):
            task = self.about.tasks[place]
            takers.cells(bundles[code], task, sums, self._state["designs"].get(f"{task.name} {bundles[code]}", 1.0))

    def _count(
        self,
        rows: Rows,
        label_MT: npt.NDArray[np.float64],
        segment_MS: npt.NDArray[np.uint8],
        number: int,
        bundles: Sequence[str],
        references: Callable[[str, str], TaskReference | None],
        cells: dict[tuple[int, int], TaskCells],
    ) -> None:
        first = 0
        length = self.about.slice_minutes
        for place, task in enumerate(self.about.tasks):
            width = len(self.about.predictions[place])
            columns = slice(first, first + width)
            first += width
            known = int((~np.isnan(label_MT[:, place])).sum())
            self._state["labelled"][task.name] = self._state["labelled"].get(task.name, 0) + known
            for code in np.unique(rows["bundle"]).tolist():
                reference = references(bundles[code], task.name)
                if reference is None:
                    continue
                is_its = rows["bundle"] == code
                its, label_M = rows[is_its], label_MT[is_its, place]
                own = its["prediction"][:, columns].astype(np.float64)
                predicted_M, observed_M = _balance(task, own, label_M)
                key = (code, place)
                if key not in cells:
                    cells[key] = TaskCells(reference, self.about.columns, number * length, length)
                minute_M = its["minute"].astype(np.int64)
                bin_M = cells[key].add(minute_M, segment_MS[is_its], observed_M, predicted_M)
                self._state["designs"][f"{task.name} {bundles[code]}"] = _design(its["request"], bin_M, reference)


def _balance(
    task: Task, own: npt.NDArray[np.float64], label_M: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """What was predicted and what was observed, as the kind of the task holds one against the other."""
    is_known_M = ~np.isnan(label_M)
    predictions = own[:, 0] if own.shape[1] == 1 else own
    predicted_M, observed_M = kind_of(task).balance.numbers(task, predictions, np.where(is_known_M, label_M, 0.0))
    return predicted_M, np.where(is_known_M, observed_M, np.nan)


def _design(request_M: npt.NDArray[np.uint64], bin_M: npt.NDArray[np.int64], reference: TaskReference) -> float:
    request_M, bin_M = request_M[:_DESIGN_ROWS], bin_M[:_DESIGN_ROWS]
    _, number_M = np.unique(request_M, return_inverse=True)
    bins = len(reference.edges) + 1
    square_K, cross_K, square = cluster_sums(bin_M, number_M, bins)
    share_K = shares(np.bincount(bin_M, minlength=bins))
    return design_effect(square_K, cross_K, square, share_K, len(bin_M))


def _requests(rows: Rows, parts: int) -> npt.NDArray[np.uint64]:
    return rows["request"] % np.uint64(parts)


def _part(files: Sequence[Rows], part: int, parts: int, kind: np.dtype[Any]) -> Rows:
    """The rows of a part of all requests, read from each file piece by piece."""
    pieces = [
        piece[_requests(piece, parts) == part]
        for rows in files
        for start in range(0, len(rows), _PART_ROWS)
        for piece in [rows[start : start + _PART_ROWS]]
    ]
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=kind)
