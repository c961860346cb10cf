"""Data weighted for a domain: what changes, what does not, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from support import experiment, log_table
from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.config.experiment import Experiment
from taskfusion.data.dataset import MemoryDataset
from taskfusion.data.prepared import EncodedData, encode_splits
from taskfusion.inspect.check.experiment import check_experiment
from taskfusion.pipeline.domain import encode_experiment
from taskfusion.pipeline.progress import Silent
from taskfusion.pipeline.train import train_run
from taskfusion.report.shift import shift_sentence
from taskfusion.study.compare.comparison import compare_variants


class Heard(Silent):
    """Keeps notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def on_note(self, found: str) -> None:
        self.notes.append(found)


def shifted(rows: int, seed: int) -> pl.DataFrame:
    """Old users are mostly in Japan; a coin says nothing of anybody."""
    table = log_table(rows, seed)
    rng = np.random.default_rng(seed + 100)
    age = table["age"].fill_null(40).to_numpy()
    country = np.where(rng.random(rows) < 1 / (1 + np.exp(-(age - 45) / 4)), "JP", "US")
    return table.with_columns(country=pl.Series(country), coin=pl.Series(rng.random(rows) < 0.4))


SPLITS = {
    name: shifted(rows, seed).lazy()
    for seed, (name, rows) in enumerate((("train", 1200), ("validation", 500), ("test", 100)))
}


def meant_for(target: str, **parts: Any) -> Experiment:
    return experiment(domain={"target": target}, **parts)


def weights(data: EncodedData, split: str) -> np.ndarray:
    dataset = data.splits[split]
    assert isinstance(dataset, MemoryDataset)
    return dataset.batch.weight_BT.numpy()


PLAIN = encode_splits(SPLITS, experiment().table_schema, memory_gib=1)


def test_rows_are_made_like_the_target_in_training_and_validation_alike() -> None:
    heard = Heard()
    data = encode_experiment(meant_for("country = 'JP'"), SPLITS, heard)
    assert data.domain is not None
    assert data.domain.told_apart
    assert data.domain.auc > 0.7
    assert data.domain.effective_rows < data.domain.train_rows
    assert "told apart" in heard.notes[0]
    assert f"{data.domain.effective_rows:,.0f}" in heard.notes[0]
    for split in ("train", "validation"):
        frame = SPLITS[split].collect()
        known = weights(PLAIN, split) > 0
        found = weights(data, split)
        assert ((found > 0) == known).all()
        target = (frame["country"] == "JP").to_numpy()
        np.testing.assert_allclose([one[one > 0].mean() for one in found.T], 1, atol=1e-5)
        factor = found[:, 1]  # of seconds, whose label every row has
        np.testing.assert_allclose(found[known[:, 0], 0] / factor[known[:, 0]], 1, atol=0.1)
        age = frame["age"].fill_null(40).to_numpy()
        before, after = age.mean(), np.average(age, weights=factor)
        assert before + 0.6 * (age[target].mean() - before) < after < age[target].mean() + 1
    np.testing.assert_array_equal(weights(data, "test"), weights(PLAIN, "test"))
    assert data.fingerprint == PLAIN.fingerprint


def test_domains_that_cannot_be_told_apart_leave_every_bit_as_it_is() -> None:
    heard = Heard()
    data = encode_experiment(meant_for("coin"), SPLITS, heard)
    assert data.domain is not None
    assert not data.domain.told_apart
    assert "cannot tell" in heard.notes[0]
    for split in SPLITS:
        np.testing.assert_array_equal(weights(data, split), weights(PLAIN, split))


def test_without_the_section_nothing_is_weighted_or_said() -> None:
    heard = Heard()
    data = encode_experiment(experiment(), SPLITS, heard)
    assert data.domain is None
    assert not heard.notes
    for split in SPLITS:
        np.testing.assert_array_equal(weights(data, split), weights(PLAIN, split))


def test_a_feature_of_the_condition_does_not_count() -> None:
    by_age = encode_experiment(meant_for("age > 45"), SPLITS, Silent()).domain
    assert by_age is not None
    assert by_age.auc < 0.65


@pytest.mark.parametrize(
    ("target", "parts", "kind", "words"),
    [
        ("country = 'FR'", {}, DataError, "needs at least 100 .* but 0 satisfy"),
        ("country <> 'FR'", {}, DataError, "0 do not satisfy"),
        ("age", {}, DataError, "should be true or false"),
        ("planet = 1", {}, DataError, "'planet'"),
        ("age > 45", {"features": [{"name": "age", "kind": "numeric"}]}, ExperimentError, "columns of all features"),
    ],
)
def test_what_cannot_be_estimated_is_refused_by_train_and_check(
    target: str, parts: dict[str, Any], kind: type[Exception], words: str, tmp_path: Path
) -> None:
    chosen = meant_for(target, **parts)
    with pytest.raises(kind, match=words):
        train_run(chosen, SPLITS, tmp_path / "run", resume=False, progress=Silent())
    assert not list(tmp_path.glob("run*"))
    with pytest.raises(kind, match=words):
        check_experiment(chosen, SPLITS)


def test_rows_that_stream_are_refused() -> None:
    with pytest.raises(ExperimentError, match="in memory"):
        encode_experiment(meant_for("country = 'JP'", training={"memory_gib": 0}), SPLITS, Silent())


def test_runs_tell_of_the_domain_on_page_and_in_metrics(tmp_path: Path) -> None:
    chosen = meant_for("country = 'JP'", training={"epochs": 1})
    directory = train_run(chosen, SPLITS, tmp_path / "run", resume=False, progress=Silent())
    found = directory.read_metrics().domain
    assert found is not None
    assert found.told_apart
    assert shift_sentence(directory.read_metrics()) in directory.report.read_text()
    assert directory.experiment().domain == chosen.domain
    again = train_run(chosen, SPLITS, tmp_path / "run", resume=True, progress=Silent())
    assert again.read_metrics().domain == found


def test_every_method_of_a_comparison_has_the_weights(tmp_path: Path) -> None:
    chosen = meant_for("country = 'JP'", training={"epochs": 1}, lightgbm={"num_rounds": 3})
    compare_variants(chosen, SPLITS, ["shared-bottom", "lightgbm"], num_seeds=1, out=tmp_path / "c", progress=Silent())
    metrics = [path.read_text() for path in (tmp_path / "c").rglob("metrics.json")]
    assert len(metrics) == 4
    assert all('"told_apart": true' in text for text in metrics)
