"""Windows of features: against plain counts, and in any pieces."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from taskfusion.run.record.watch import FeatureReading
from taskfusion.watch.count.feature import ANY_MODEL, FeatureCounter
from taskfusion.watch.reference.model import KnownModel, KnownModels
from taskfusion.watch.reference.record import WatchReference
from taskfusion.watch.state.memory import FeatureWindow
from watch.worlds import reference, rows


def _models(folder: Path) -> KnownModels:
    reference(folder / "r", count=20_000)
    return KnownModels((str(folder / "r"),))


def _added(counter: FeatureCounter, frame: pl.DataFrame, first: int = 0) -> list[FeatureReading]:
    count = frame.height
    minute, request = first + np.arange(count) // 1000, (np.arange(count) // 6).astype(np.uint64)
    return list(counter.add(frame, minute, request))


def _of(found: Sequence[FeatureReading], name: str) -> FeatureReading:
    return next(one for one in found if one.feature == name)


def test_clean_features_are_as_the_reference_has_them(tmp_path: Path) -> None:
    frame = rows(5000, 3)
    found = _added(FeatureCounter(_models(tmp_path), [], []), frame)
    assert {one.feature for one in found} == {"country", "taste"}
    for one in found:
        assert (one.rows, one.is_full, one.missing, one.unseen or 0.0) == (5000, True, 0.0, 0.0)
        assert one.psi_p > 1e-4
        assert one.missing_p > 0.1


@pytest.mark.parametrize("name", ["country", "taste"])
def test_a_feature_that_turns_null_is_found_within_a_window(tmp_path: Path, name: str) -> None:
    frame = rows(5000, 3)
    frame = frame.with_columns(pl.lit(None, frame[name].dtype).alias(name))
    found = _of(_added(FeatureCounter(_models(tmp_path), [], []), frame), name)
    assert found.missing == 1
    assert found.missing_p < 1e-100


def test_values_that_training_never_saw_and_values_that_moved(tmp_path: Path) -> None:
    frame = rows(5000, 3).with_columns(country=pl.lit("fr"), taste=pl.col("taste") + 1)
    found = _added(FeatureCounter(_models(tmp_path), [], []), frame)
    assert _of(found, "country").unseen == 1
    assert _of(found, "taste").psi > 0.5
    assert _of(found, "taste").psi_p < 1e-50


def test_pieces_and_leaving_do_not_change_a_window(tmp_path: Path) -> None:
    models, frame = _models(tmp_path), rows(6000, 4)
    whole = _added(FeatureCounter(models, [], []), frame)
    counter, found = FeatureCounter(models, [], []), list[FeatureReading]()
    minute, request = np.arange(6000) // 1000, (np.arange(6000) // 6).astype(np.uint64)
    for start in range(0, 6000, 600):
        piece = slice(start, start + 600)
        found += counter.add(frame[piece], minute[piece], request[piece])
        kept = [FeatureWindow.model_validate_json(one.model_dump_json()) for one in counter.kept()]
        counter = FeatureCounter(models, kept, counter.latest)
    assert found == whole
    assert len(counter.readings()) == 2 * len(whole), "the last full window and the one that grows"


def test_the_next_window_begins_with_the_next_minute(tmp_path: Path) -> None:
    counter = FeatureCounter(_models(tmp_path), [], [])
    frame = rows(9000, 5)
    assert list(counter.add(frame, np.zeros(9000, dtype=np.int64), np.arange(9000).astype(np.uint64)))
    assert counter.kept()[0].rows == 5000, "the rest of the minute is left out"


def test_without_columns_of_features_nothing_is_read(tmp_path: Path) -> None:
    counter = FeatureCounter(_models(tmp_path), [], [])
    assert _added(counter, pl.DataFrame({"id": range(10)})) == []
    assert counter.readings() == []


def test_a_reference_of_no_model_has_a_name(tmp_path: Path) -> None:
    model = reference(tmp_path / "r", count=20_000)
    content = model.reference.model_dump() | {"bundle": None}
    KnownModel(WatchReference.model_validate(content), model.schema, model.encoder).save(tmp_path / "s")
    found = _added(FeatureCounter(KnownModels((str(tmp_path / "s"),)), [], []), rows(5000, 3))
    assert {one.bundle for one in found} == {ANY_MODEL}
