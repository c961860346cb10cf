"""Every table has an experiment, and is made of files of the shape that its package ships."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from benchmarks.foreign import tables
from benchmarks.foreign.package import PackageFile
from taskfusion.config.experiment import Experiment, read_experiment

FOLDER = Path(tables.__file__).parent


def _experiment(name: str) -> Experiment:
    return read_experiment(FOLDER / f"{name}.yaml", ())


def test_every_table_has_an_experiment_and_every_experiment_a_table() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(tables.TABLES)


@pytest.mark.parametrize("name", tables.TABLES)
def test_an_experiment_reads_the_table_of_its_name_by_time(name: str) -> None:
    data = _experiment(name).data
    assert data is not None
    assert Path(str(data.table)).name == f"{name}.parquet"
    assert data.split is not None


def _shipped(monkeypatch: pytest.MonkeyPatch, folder: Path, files: Mapping[str, pd.DataFrame | str]) -> None:
    """Packages that ship these files, by the ends of their paths."""

    def fetch(self: PackageFile, cache: Path) -> Path:
        (end,) = [end for end in files if self.path.endswith(end)]
        content, path = files[end], folder / Path(self.path).name
        if isinstance(content, str):
            path.write_text(content)
        elif path.suffix == ".parquet":
            content.to_parquet(path)
        elif path.suffix == ".zip":
            content.to_csv(path, index=False)
        else:
            content.to_pickle(path, compression="xz")
        return path

    monkeypatch.setattr(PackageFile, "fetch", fetch)


def test_ratings_know_their_user_and_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        ".inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n2\t9\t4\t30\n1\t9\t1\t20\n",
        ".user": "user_id:token\tage:token\tgender:token\n1\t20\tF\n2\t30\tM\n",
        ".item": 'item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n9\t"Up\t1995\tDrama War\n',
    }
    _shipped(monkeypatch, tmp_path, files)
    found = tables.movielens(tmp_path)
    assert found["rating"].to_list() == [1, 4]
    assert found["age"].to_list() == [20, 30]
    assert found["genres"].to_list() == [["Drama", "War"]] * 2
    assert found["release_year"].to_list() == [1995, 1995]


def test_flights_are_in_the_order_of_their_hours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hours = ["2013-01-02T05:00:00Z", "2013-01-01T05:00:00Z"]
    _shipped(monkeypatch, tmp_path, {"flights.csv.zip": pd.DataFrame({"flight": [1, 2], "time_hour": hours})})
    found = tables.flights(tmp_path)
    assert found["flight"].to_list() == [2, 1]
    assert found["weekday"].to_list() == [2, 3]


def test_lines_of_baskets_know_what_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = pd.to_datetime(["2017-01-02 10:00", "2017-01-01 09:00"])
    lines = pd.DataFrame({"household_id": [1, 2], "product_id": [7, 8], "transaction_timestamp": at})
    files = {
        "transactions.parquet": lines,
        "products.parquet": pd.DataFrame({"product_id": [7], "brand": ["own"]}),
        "demographics.parquet": pd.DataFrame({"household_id": [2], "age": ["25-34"]}),
    }
    _shipped(monkeypatch, tmp_path, files)
    found = tables.groceries(tmp_path)
    assert found.select("household_id", "brand", "age", "hour", "weekday").rows() == [
        (2, None, "25-34", 9, 7),
        (1, "own", None, 10, 1),
    ]


def test_an_affinity_is_that_of_the_item(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    affinities = "user-item_affinity_0,user-item_affinity_1"
    rows = "0,2019-11-24 00:00:02+00:00,1,{}\n1,2019-11-24 00:00:01+00:00,0,{}\n"
    files = {
        "all/all.csv": f",timestamp,item_id,{affinities}\n" + rows.format("5,6", "7,8"),
        "item_context.csv": ",item_id,item_feature_0\n0,0,0.5\n1,1,-0.5\n",
    }
    _shipped(monkeypatch, tmp_path, files)
    found = tables.recommendations(tmp_path)
    assert found.select("item_id", "affinity", "item_feature_0").rows() == [(0, 7, 0.5), (1, 6, -0.5)]


@pytest.mark.parametrize("name", ["wages", "baseball"])
def test_panels_are_in_the_order_of_their_years(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {"wages": ["idcode"], "baseball": ["id", "stint"]}[name]
    table = pd.DataFrame({"rownames": [1, 2], "year": [71, 68], **{key: [1, 2] for key in keys}})
    _shipped(monkeypatch, tmp_path, {".pkl.compress": table})
    found = tables.TABLES[name](tmp_path)
    assert found["year"].to_list() == [68, 71]
    assert "rownames" not in found.columns


def test_large_tables_are_sampled_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "SAMPLE", 10)
    rows = pl.DataFrame({"x": range(100)})
    first = tables._sampled(rows)
    assert len(first) == first["x"].n_unique() == 10
    assert first.equals(tables._sampled(rows))
    assert tables._sampled(rows[:10]).equals(rows[:10])
