import dataclasses
import gzip
import hashlib
import json
from pathlib import Path

import polars as pl
import pytest

from taskfusion.base.errors import DataError, StorageError
from taskfusion.config.experiment import read_experiment
from taskfusion.datasets.public import prepare
from taskfusion.datasets.public.download import RemoteFile
from taskfusion.datasets.public.prepare import DATASETS, prepare_dataset
from taskfusion.schema.feature import NumericFeature

CONFIGS = Path(__file__).parents[3] / "configs"
FOLDERS = {"census-income": "census_income", "kuairand": "kuairand_pure"}
OUTCOMES = {
    "is_click",
    "is_like",
    "is_follow",
    "is_comment",
    "is_forward",
    "is_hate",
    "long_view",
    "is_profile_enter",
    "play_time_ms",
    "profile_stay_time",
    "comment_stay_time",
    "watch_ratio",
    "education",
    "marital_stat",
    "income_50k",
    "instance_weight",
}


def fake_prepare(source: Path, out: Path) -> tuple[Path, ...]:
    """Three parts of the lines of numbers.txt.gz: the first, the second, the others."""
    path = source / "numbers.txt.gz"
    numbers = pl.Series("y", [float(line) for line in gzip.decompress(path.read_bytes()).split()]).to_frame()
    for part, table in (("train", numbers[:1]), ("validation", numbers[1:2]), ("test", numbers[2:])):
        table.write_parquet(out / f"{part}.parquet")
    return (path,)


BODY = gzip.compress(b"1 2 3 4")


@pytest.fixture
def numbers(publisher: str, served: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> prepare.Dataset:
    """A data set 'numbers', published by a server on this machine."""
    record = {"files": [{"key": "numbers.txt.gz", "checksum": f"md5:{hashlib.md5(BODY).hexdigest()}"}]}
    served |= {"/numbers": BODY, "/record": json.dumps(record).encode()}
    dataset = prepare.Dataset(
        name="numbers",
        title="Numbers",
        licence="CC0",
        source_files=(RemoteFile("numbers.txt.gz", f"{publisher}/numbers", f"{publisher}/record"),),
        prepare=fake_prepare,
        labels={"y": pl.col("y")},
    )
    monkeypatch.setattr(prepare, "DATASETS", {"numbers": dataset})
    return dataset


def test_fetch_and_prepare(numbers: prepare.Dataset, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "numbers"
    summary = prepare_dataset("numbers", out=out)
    assert summary.rows == {"train": 1, "validation": 1, "test": 2}
    assert summary.label_means == {"train": {"y": 1.0}, "validation": {"y": 2.0}, "test": {"y": 3.5}}
    assert set(summary.files) == set(out.iterdir())
    assert {path.name for path in summary.files} == {
        "train.parquet",
        "validation.parquet",
        "test.parquet",
        "source.json",
    }
    assert json.loads((out / "source.json").read_text()) == {
        "title": "Numbers",
        "licence": "CC0",
        "published": [numbers.source_files[0].url],
        "files": [{"name": "numbers.txt.gz", "bytes": len(BODY), "sha256": hashlib.sha256(BODY).hexdigest()}],
    }
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.usefixtures("numbers")
def test_local_source_needs_no_publisher(served: dict[str, bytes], tmp_path: Path) -> None:
    served.clear()
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    out.mkdir()
    (source / "numbers.txt.gz").write_bytes(BODY)
    assert prepare_dataset("numbers", out=out, source=source).rows["test"] == 2
    assert [path.name for path in source.iterdir()] == ["numbers.txt.gz"]


@pytest.mark.parametrize("fault", ["publisher gone", "other bytes", "damaged file"])
def test_failure_leaves_nothing(
    numbers: prepare.Dataset, served: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    if fault == "publisher gone":
        served.clear()
    elif fault == "other bytes":
        served["/numbers"] = BODY + b"x"
    else:

        def broken(source: Path, out: Path) -> tuple[Path, ...]:
            (out / "train.parquet").touch()
            raise DataError("damaged")

        monkeypatch.setattr(prepare, "DATASETS", {"numbers": dataclasses.replace(numbers, prepare=broken)})
    with pytest.raises(DataError):
        prepare_dataset("numbers", out=tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("numbers")
def test_taken_folder_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "train.parquet").write_text("mine")
    with pytest.raises(DataError, match="out' should be new or an empty folder, but is taken"):
        prepare_dataset("numbers", out=out)
    with pytest.raises(DataError, match="is taken"):
        prepare_dataset("numbers", out=out / "train.parquet")
    assert (out / "train.parquet").read_text() == "mine"
    with pytest.raises(StorageError, match="cannot be written"):
        prepare_dataset("numbers", out=out / "train.parquet" / "below")


def test_unknown_name_and_missing_source(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="one of census-income, kuairand, but 'adult' was asked for"):
        prepare_dataset("adult", out=tmp_path / "out")
    with pytest.raises(DataError, match=r"nowhere' .* should exist, but does not"):
        prepare_dataset("kuairand", out=tmp_path / "out", source=tmp_path / "nowhere")


@pytest.mark.parametrize("name", list(DATASETS))
def test_publishers_addresses(name: str) -> None:
    dataset = DATASETS[name]
    assert dataset.name == name
    for file in dataset.source_files:
        assert file.url.startswith("https://")
        assert file.url.endswith("/" + file.name)


@pytest.mark.parametrize("name", list(DATASETS))
def test_experiment_files_fit_the_tables(name: str, real_data: Path, tmp_path: Path) -> None:
    summary = prepare_dataset(name, out=tmp_path / "data" / name, source=real_data / FOLDERS[name])
    (tmp_path / "configs").mkdir()
    copy = tmp_path / "configs" / f"{name}.yaml"
    copy.write_text((CONFIGS / copy.name).read_text())
    experiment = read_experiment(copy)
    sources = {feature.source for feature in experiment.features}
    assert not sources & OUTCOMES
    labels = [pl.sql_expr(t.label_expression).cast(pl.Float64).mean().alias(t.name) for t in experiment.tasks]
    for part in ("train", "validation", "test"):
        table = pl.read_parquet(copy.parent / getattr(experiment.data, part))
        assert sources <= set(table.columns)
        assert table.height == summary.rows[part]
        assert table.select(labels).row(0, named=True) == pytest.approx(summary.label_means[part])
        constant = [name for name in sources if part == "train" and table[name].drop_nulls().n_unique() < 2]
        assert constant == []


def test_census_income_reads_the_thirty_features() -> None:
    features = read_experiment(CONFIGS / "census-income.yaml").features
    assert len({feature.source for feature in features}) == 30
    numbers = [feature for feature in features if isinstance(feature, NumericFeature)]
    assert len(numbers) == 7
    assert all(feature.also_categorical for feature in numbers)
