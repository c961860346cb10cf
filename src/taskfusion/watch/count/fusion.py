"""What the fusion levels do with rows of the outcome log, against the reference of a model: some rows of every minute,
which is enough to see gates that move and experts that die.

Axes: B rows, K edges, X experts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import norm

from taskfusion.run.record.watch import EdgeReading, ExpertReading
from taskfusion.schema.coded import needed_columns
from taskfusion.watch.count.feature import ANY_MODEL
from taskfusion.watch.moments import moment
from taskfusion.watch.reference.fusion import PIECE_ROWS, FusionReader, FusionSums
from taskfusion.watch.reference.model import KnownModel, KnownModels
from taskfusion.watch.reference.record import FusionReference
from taskfusion.watch.state.memory import FusionWindow
from taskfusion.watch.statistics.cluster import ClusterSums

Ints = npt.NDArray[np.int64]
ROWS_PER_MINUTE: Final = 500


@dataclass(frozen=True, eq=False)
class _Watched:
    """A model whose fusion levels are watched."""

    model: KnownModel
    reference: FusionReference
    reader: FusionReader


class FusionCounter:
    """Windows of edges and experts, of each model whose reference has them.

    Args:
        models: that are known.
        kept: windows that grew, or were the last full ones, when it was left.
    """

    def __init__(self, models: KnownModels, kept: Iterable[FusionWindow]) -> None:
        self._watched = {
            bundle or ANY_MODEL: _Watched(model, model.reference.fusion, model.fusion)
            for bundle, model in models.models.items()
            if model.reference.fusion is not None and model.fusion is not None
        }
        self._growing, self._full = dict[str, FusionWindow](), dict[str, FusionWindow]()
        for one in kept:
            if one.bundle in self._watched:
                (self._full if self._is_full(one) else self._growing)[one.bundle] = one

    def add(self, frame: pl.DataFrame, minute_B: Ints, request_B: npt.NDArray[np.uint64]) -> None:
        """Take rows of the outcome log, where it has the columns of all features.

        Args:
            frame: the rows.
            minute_B: of each row, since 1970.
            request_B: hash of the request of each.
        """
        for bundle, watched in self._watched.items():
            columns = needed_columns(watched.model.encoder.features)
            if not set(columns) <= set(frame.columns):
                continue
            window = self._growing.get(bundle, self._full.get(bundle))
            row_C = _some(minute_B, window)
            taken = frame.select(*columns)[row_C]
            for start in range(0, len(row_C), PIECE_ROWS):
                piece = slice(start, start + PIECE_ROWS)
                rows = watched.model.encoder.encode(taken[piece])
                sums = watched.reader.read(rows, request_B[row_C[piece]])
                window = _grown(bundle, self._growing.pop(bundle, None), sums, minute_B[row_C[piece]])
                (self._full if self._is_full(window) else self._growing)[bundle] = window

    def kept(self) -> list[FusionWindow]:
        """What is to be remembered."""
        return [*self._full.values(), *self._growing.values()]

    def edges(self) -> list[EdgeReading]:
        """Of the last full windows, and of those that grow."""
        return [reading for one in self.kept() for reading in self._edges(one)]

    def experts(self) -> list[ExpertReading]:
        """Of the last full windows, and of those that grow."""
        return [reading for one in self.kept() for reading in self._experts(one)]

    def _is_full(self, window: FusionWindow) -> bool:
        return window.rows >= self._watched[window.bundle].model.reference.window

    def _about(self, window: FusionWindow) -> dict[str, Any]:
        return {
            "bundle": window.bundle,
            "start": moment(window.first),
            "end": moment(window.last + 1),
            "is_full": self._is_full(window),
            "rows": window.rows,
        }

    def _edges(self, window: FusionWindow) -> Iterator[EdgeReading]:
        shares = _sums(window).shares
        known = self._watched[window.bundle].reference.edges
        for one, share, error in zip(known, shares.means.tolist(), shares.errors.tolist(), strict=True):
            yield EdgeReading(
                level=one.level,
                task=one.task,
                source=one.source,
                **self._about(window),
                share=share,
                reference=one.share,
                p=_p_value(share - one.share, float(np.hypot(error, one.error))),
            )

    def _experts(self, window: FusionWindow) -> Iterator[ExpertReading]:
        known = self._watched[window.bundle].reference.experts
        for one, part in zip(known, _sums(window).parts.tolist(), strict=True):
            yield ExpertReading(
                level=one.level,
                expert=one.expert,
                source=one.source,
                **self._about(window),
                part=part / one.part if one.is_alive else None,
            )


def _some(minute_B: Ints, window: FusionWindow | None) -> Ints:
    """Places, in order, of at most ROWS_PER_MINUTE rows of each minute; those of the window's last one count."""
    order_B = np.argsort(minute_B, kind="stable")
    sorted_B = minute_B[order_B]
    rank_B = np.arange(len(sorted_B)) - np.searchsorted(sorted_B, sorted_B)
    if window is not None:
        rank_B = rank_B + np.where(sorted_B == window.last, window.rows_of_last, 0)
    return np.asarray(np.sort(order_B[rank_B < ROWS_PER_MINUTE]))


def _grown(bundle: str, window: FusionWindow | None, sums: FusionSums, minute_B: Ints) -> FusionWindow:
    """A window with more rows."""
    first, last = int(minute_B.min()), int(minute_B.max())
    if window is not None:
        sums = _sums(window) + sums
        first, last = min(first, window.first), max(last, window.last)
    before = window.rows_of_last if window is not None and window.last == last else 0
    return FusionWindow(
        bundle=bundle,
        first=first,
        last=last,
        rows_of_last=before + int((minute_B == last).sum()),
        rows=sums.shares.rows,
        requests=sums.shares.requests,
        square=sums.shares.square,
        sums=sums.shares.sums_K.tolist(),
        squares=sums.shares.squares_K.tolist(),
        crosses=sums.shares.crosses_K.tolist(),
        weights=sums.weight_X.tolist(),
        says=[mean_H.tolist() for mean_H in sums.mean_X],
        says_squared=sums.square_X.tolist(),
    )


def _sums(window: FusionWindow) -> FusionSums:
    return FusionSums(
        shares=ClusterSums(
            rows=window.rows,
            requests=window.requests,
            square=window.square,
            sums_K=np.array(window.sums),
            squares_K=np.array(window.squares),
            crosses_K=np.array(window.crosses),
        ),
        weight_X=np.array(window.weights),
        mean_X=[np.array(one) for one in window.says],
        square_X=np.array(window.says_squared),
    )


def _p_value(change: float, error: float) -> float:
    """Of a change of a mean, by the normal distribution; 1 where nothing varies and nothing has changed."""
    if not error > 0:
        return 1.0 if abs(change) < 1e-6 else 0.0
    return float(2 * norm.sf(abs(change) / error))
