"""Windows of one task, segment and model: they take minutes, and are read when they are full.

Axes: F fields, K bins.
"""

from math import log
from typing import Final

import numpy as np

from taskfusion.run.record.watch import WindowReading
from taskfusion.watch.count.cell import FIELDS, Floats, Segment
from taskfusion.watch.moments import moment
from taskfusion.watch.reference.record import DAYS
from taskfusion.watch.reference.segment import weekday
from taskfusion.watch.state.memory import OpenWindow
from taskfusion.watch.statistics.cusum import climb
from taskfusion.watch.statistics.drift import psi, psi_p_value, shares

_MINUTES_PER_DAY: Final = 1440


class Window:
    """A window that grows, and the CUSUMs of its stream.

    Args:
        task: name of the task.
        kpi: whose label it is.
        bundle: fingerprint of the model.
        segment: what it is held against.
        rows: of a full window.
        kept: where it was left; None: at the beginning.
    """

    def __init__(
        self, task: str, kpi: str | None, bundle: str, segment: Segment, rows: int, kept: OpenWindow | None = None
    ) -> None:
        self.task, self.kpi, self.bundle, self.segment = task, kpi, bundle, segment
        self.rows = rows
        self.up, self.down = (0.0, 0.0) if kept is None else (kept.height_up, kept.height_down)
        self.since_up, self.since_down = (None, None) if kept is None else (kept.since_up, kept.since_down)
        self.run_up, self.run_down = ([0.0] * 3, [0.0] * 3) if kept is None else (kept.run_up, kept.run_down)
        self._first: int | None = None
        self._last: int | None = None
        self._clear()
        if kept is not None:
            self._first, self._last, self._shown = kept.first, kept.last, kept.shown
            self._sums, self._counts = np.array(kept.sums), np.array(kept.counts)
            self._weekdays, self._most = np.array(kept.weekdays), [kept.most_up, kept.most_down]

    def _clear(self) -> None:
        bins = len(self.segment.reference.counts[0])
        self._first, self._last = None, None
        self._shown, self._sums = 0.0, np.zeros(len(FIELDS))
        self._counts, self._weekdays, self._most = np.zeros(bins), np.zeros(DAYS), [self.up, self.down]

    def kept(self) -> OpenWindow:
        """What is to be remembered of it."""
        return OpenWindow(
            task=self.task,
            segment=self.segment.reference.segment,
            bundle=self.bundle,
            first=self._first,
            last=self._last,
            shown=self._shown,
            sums=self._sums.tolist(),
            counts=self._counts.tolist(),
            weekdays=self._weekdays.tolist(),
            height_up=self.up,
            height_down=self.down,
            most_up=self._most[0],
            most_down=self._most[1],
            run_up=self.run_up,
            run_down=self.run_down,
            since_up=self.since_up,
            since_down=self.since_down,
        )

    def add(self, minute: int, shown: float, sums: Floats, counts: Floats, design: float) -> WindowReading | None:
        """Take the impressions of a minute; the reading of the window where it is full with them.

        Args:
            minute: since 1970.
            shown: impressions.
            sums: over those with a label [F].
            counts: of predictions by bin [K].
            design: design effect of predictions.
        """
        reference = self.segment.reference
        evidence = self.segment.evidence(dict(zip(FIELDS, sums.tolist(), strict=True)))
        limit = np.array([reference.limit_up, reference.limit_down])
        self.up, self.down = climb(np.array([self.up, self.down]), np.array(evidence), limit).tolist()
        run = [sums[FIELDS.index(one)] for one in ("known", "labels", "predicted")]
        self.run_up, self.run_down = _run(self.run_up, self.up, run), _run(self.run_down, self.down, run)
        self.since_up = _since(self.since_up, minute, self.up > reference.limit_up)
        self.since_down = _since(self.since_down, minute, self.down > reference.limit_down)
        self._most = [max(self._most[0], self.up), max(self._most[1], self.down)]
        self._first = minute if self._first is None else self._first
        self._last = minute
        self._shown += shown
        self._sums += sums
        self._counts += counts
        self._weekdays[int(weekday(np.array([minute // _MINUTES_PER_DAY]))[0])] += shown
        if self._shown < self.rows:
            return None
        found = self.reading(design)
        self._clear()
        return found

    def reading(self, design: float) -> WindowReading | None:
        """What it holds; None: nothing yet."""
        if self._first is None or self._last is None:
            return None
        reference = self.segment.reference
        sums = dict(zip(FIELDS, self._sums.tolist(), strict=True))
        known = sums["known"]
        observed, predicted, expected = (sums[one] / max(known, 1) for one in ("labels", "predicted", "expected"))
        index, p_value = self._drift(design)
        return WindowReading(
            task=self.task,
            kpi=self.kpi,
            segment=reference.segment,
            bundle=self.bundle,
            start=moment(self._first),
            end=moment(self._last + 1),
            is_full=self._shown >= self.rows,
            rows=round(known),
            known=min(1.0, known / self._shown),
            positives=sums["labels"],
            predicted=predicted,
            expected=expected,
            observed=observed,
            reference=reference.observed,
            calibration=observed / expected if expected > 0 else None,
            ne=_entropy(sums["loss"], known, observed) if self.segment.kind == "probability" else None,
            cusum_up=self._most[0],
            cusum_down=self._most[1],
            limit_up=reference.limit_up,
            limit_down=reference.limit_down,
            psi=index,
            psi_p=p_value,
        )

    def _drift(self, design: float) -> tuple[float, float]:
        """PSI of the predictions against the reference of the same days of the week, and its p-value."""
        by_day = np.array(self.segment.reference.counts, dtype=float)
        rows = self.segment.reference.rows
        if len(by_day) == 1:
            reference_K = shares(by_day[0])
        else:
            share_DK = np.array([shares(one) for one in by_day])
            reference_K = self._weekdays @ share_DK / self._weekdays.sum()
            rows = int(self._weekdays @ by_day.sum(axis=1) / self._weekdays.sum())
        index = psi(shares(self._counts), reference_K)
        return index, psi_p_value(index, len(reference_K), self._shown, rows, design)


def _run(before: list[float], height: float, step: list[float]) -> list[float]:
    """Sums since a CUSUM was 0 for the last time, which is when a shift most likely began."""
    return [a + float(b) for a, b in zip(before, step, strict=True)] if height > 0 else [0.0] * len(step)


def _since(before: int | None, minute: int, is_above: bool) -> int | None:
    return None if not is_above else minute if before is None else before


def _entropy(loss: float, known: float, observed: float) -> float | None:
    if known <= 0 or not 0 < observed < 1:
        return None
    return loss / known / -(observed * log(observed) + (1 - observed) * log(1 - observed))
