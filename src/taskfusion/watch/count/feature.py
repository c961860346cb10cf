"""Values of features in the outcome log against the reference of a model: one window a minute at most, which is enough
to see a feature that breaks and costs little where rows are many.

Axes: B rows, K bins of one feature.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.data.column import transformed
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.rows import MISSING, UNSEEN
from taskfusion.run.record.watch import FeatureReading
from taskfusion.schema.coded import needed_columns
from taskfusion.serve.reference import ReferenceFeature
from taskfusion.watch.moments import moment
from taskfusion.watch.reference.build import MOST_FEATURE_ROWS
from taskfusion.watch.reference.model import KnownModel, KnownModels
from taskfusion.watch.state.memory import FeatureWindow
from taskfusion.watch.statistics.drift import (
    above_p_value,
    cluster_sums,
    design_effect,
    psi,
    psi_p_value,
    shares,
)

Ints = npt.NDArray[np.int64]
ANY_MODEL: Final = "any"
"""In place of the fingerprint of a reference that is of no model."""


class FeatureCounter:
    """Windows of features, of each model that has a reference.

    Args:
        models: that are known.
        kept: windows that grew when it was left.
        latest: the last full ones.
    """

    def __init__(self, models: KnownModels, kept: Iterable[FeatureWindow], latest: Iterable[FeatureReading]) -> None:
        self._windows: dict[str, dict[str, Any]] = {one.bundle: one.model_dump() for one in kept}
        self._latest = {(one.bundle, one.feature): one for one in latest}
        self._models = {bundle or ANY_MODEL: model for bundle, model in models.models.items()}
        self._parts: dict[tuple[str, tuple[str, ...]], FeatureEncoder | None] = {}

    def add(self, frame: pl.DataFrame, minute_B: Ints, request_B: npt.NDArray[np.uint64]) -> Iterator[FeatureReading]:
        """Take rows of the outcome log; readings of windows that are full with them.

        Args:
            frame: with the columns of features, or some of them.
            minute_B: of each row, since 1970.
            request_B: hash of the request of each.
        """
        for bundle, model in self._models.items():
            encoder = self._encoder(bundle, model, frame)
            if encoder is None:
                continue
            start = 0
            while start < frame.height:
                window = self._windows.setdefault(bundle, _empty(bundle))
                wanted = model.reference.window
                if window["rows"] >= wanted:  # the next one begins with the next minute
                    later = np.flatnonzero(minute_B[start:] > window["last"])
                    if not len(later):
                        break
                    start += int(later[0])
                    window = self._windows[bundle] = _empty(bundle)
                end = min(frame.height, start + wanted - window["rows"])
                self._count(window, model, encoder, frame[start:end], minute_B[start:end], request_B[start:end])
                start = end
                if window["rows"] >= wanted:
                    for one in self._read(window, model):
                        self._latest[bundle, one.feature] = one
                        yield one

    def readings(self) -> list[FeatureReading]:
        """The last full windows, and those that grow."""
        growing = [
            one
            for bundle, window in self._windows.items()
            if bundle in self._models and 0 < window["rows"] < self._models[bundle].reference.window
            for one in self._read(window, self._models[bundle])
        ]
        return [*self._latest.values(), *growing]

    @property
    def latest(self) -> list[FeatureReading]:
        """The last full windows."""
        return list(self._latest.values())

    def kept(self) -> list[FeatureWindow]:
        """What is to be remembered."""
        return [FeatureWindow.model_validate(one) for one in self._windows.values()]

    def _encoder(self, bundle: str, model: KnownModel, frame: pl.DataFrame) -> FeatureEncoder | None:
        """Of the features whose columns are there; None: none is."""
        key = (bundle, tuple(frame.columns))
        if key not in self._parts:
            there = set(frame.columns)
            names = [one.name for one in model.encoder.features if set(needed_columns([one])) <= there]
            self._parts[key] = model.encoder.part(names) if names else None
        return self._parts[key]

    def _count(
        self,
        window: dict[str, Any],
        model: KnownModel,
        encoder: FeatureEncoder,
        frame: pl.DataFrame,
        minute_B: Ints,
        request_B: npt.NDArray[np.uint64],
    ) -> None:
        window["first"] = int(minute_B[0]) if window["first"] is None else window["first"]
        window["last"] = int(minute_B.max())
        window["rows"] += frame.height
        _, number_B = np.unique(request_B, return_inverse=True)
        window["square"] += float((np.bincount(number_B).astype(np.float64) ** 2).sum())
        known = {one.name: one for one in model.reference.features}
        for name, bin_V, row_V, missing, unseen in _binned(encoder, frame, known):
            bins = _bins(known[name])
            found = window["features"].setdefault(name, _nothing(bins))
            found["rows"] += frame.height
            found["missing"] += missing
            found["unseen"] += unseen
            found["values"] += len(bin_V) + unseen
            square_K, cross_K, _ = cluster_sums(bin_V, number_B[row_V], bins)
            for key, more in (
                ("counts", np.bincount(bin_V, minlength=bins)),
                ("squares", square_K),
                ("crosses", cross_K),
            ):
                found[key] = (np.array(found[key]) + more).tolist()

    def _read(self, window: Mapping[str, Any], model: KnownModel) -> Iterator[FeatureReading]:
        known = {one.name: one for one in model.reference.features}
        rows, full = window["rows"], model.reference.window
        before = min(model.reference.rows, MOST_FEATURE_ROWS)
        design = max(1.0, window["square"] / rows)
        for name, found in window["features"].items():
            reference = known[name]
            own = max(found["rows"], 1)
            effective = max(1, round(own / design))
            index, p_value = _drift(found, reference, window["square"])
            values = max(found["values"], 1)
            yield FeatureReading(
                feature=name,
                bundle=window["bundle"],
                start=moment(window["first"]),
                end=moment(window["last"] + 1),
                is_full=rows >= full,
                rows=own,
                missing=found["missing"] / own,
                missing_reference=reference.missing,
                missing_p=above_p_value(round(found["missing"] / design), effective, reference.missing, before),
                unseen=None if reference.unseen is None else found["unseen"] / values,
                unseen_reference=reference.unseen,
                unseen_p=None
                if reference.unseen is None
                else above_p_value(
                    round(found["unseen"] / design), max(1, round(values / design)), reference.unseen, before
                ),
                psi=index,
                psi_p=p_value,
            )


def _empty(bundle: str) -> dict[str, Any]:
    return {"bundle": bundle, "first": None, "last": None, "rows": 0, "square": 0.0, "features": {}}


def _nothing(bins: int) -> dict[str, Any]:
    zeros = [0.0] * bins
    return {"rows": 0, "missing": 0, "values": 0, "unseen": 0, "counts": zeros, "squares": zeros, "crosses": zeros}


def _bins(reference: ReferenceFeature) -> int:
    return len(reference.codes) + 1 if reference.histogram is None else len(reference.histogram.counts)


def _reference_counts(reference: ReferenceFeature) -> Ints:
    if reference.histogram is None:
        return np.array([*reference.codes.values(), reference.other_codes])
    return np.array(reference.histogram.counts)


def _drift(found: Mapping[str, Any], reference: ReferenceFeature, square: float) -> tuple[float, float]:
    before, count = _reference_counts(reference), np.array(found["counts"])
    if len(before) < 2 or not count.sum():
        return 0.0, 1.0
    share_K = shares(before)
    index = psi(shares(count), share_K)
    crosses, squares = np.array(found["crosses"]), np.array(found["squares"])
    design = design_effect(squares, crosses, square, share_K, float(count.sum()))
    return index, psi_p_value(index, len(before), float(count.sum()), float(before.sum()), design)


def _binned(
    encoder: FeatureEncoder, frame: pl.DataFrame, known: Mapping[str, ReferenceFeature]
) -> Iterator[tuple[str, Ints, Ints, int, int]]:
    """Of each feature bins and rows of its known values [V], and numbers of missing and of unseen ones."""
    encoded, layout = encoder.encode(frame), encoder.layout
    coded = [
        *zip(layout.id_names, encoded.ids_BF.T[:, :, None], strict=True),
        *zip(layout.bag_names, encoded.bags, strict=True),
    ]
    for name, code_BL in coded:
        reference = known[name]
        is_value_BL = (code_BL != MISSING) & (code_BL != UNSEEN)
        row_V, _ = np.nonzero(is_value_BL)
        missing = int((~(code_BL != MISSING).any(axis=1)).sum())
        yield name, _code_bins(code_BL[is_value_BL], reference), row_V, missing, int((code_BL == UNSEEN).sum())
    for one in encoder.numeric:
        name, reference = one.feature.name, known[one.feature.name]
        is_missing_B = np.isnan(transformed(frame[one.feature.source], one.feature))
        value_B = encoded.numeric_BN[:, layout.numeric_names.index(name)].astype(np.float64)
        edges = [] if reference.histogram is None else reference.histogram.edges
        row_V = np.flatnonzero(~is_missing_B)
        yield name, np.searchsorted(edges, value_B[row_V]), row_V, int(is_missing_B.sum()), 0


def _code_bins(code_V: npt.NDArray[np.int32], reference: ReferenceFeature) -> Ints:
    """Places of codes among the most frequent of the reference; others come last."""
    codes = np.array(list(reference.codes), dtype=np.int64)
    if not len(codes):
        return np.zeros(len(code_V), dtype=np.int64)
    order = np.argsort(codes)
    place_V = np.minimum(np.searchsorted(codes[order], code_V), len(codes) - 1)
    return np.where(codes[order][place_V] == code_V, order[place_V], len(codes))
