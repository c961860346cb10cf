"""The tables that an experiment names are found from its folder, and cut as it says."""

from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from support import log_table, write_splits
from taskfusion.assemble.tables import read_tables
from taskfusion.base.errors import DataError
from taskfusion.config.experiment import DataConfig


def test_relative_paths_start_from_the_folder_and_others_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_splits(tmp_path)
    (tmp_path / "configs").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir("/")
    data = DataConfig(train="../train.parquet", validation="~/validation.parquet", test=str(tmp_path / "test.parquet"))
    found = read_tables(data, tmp_path / "configs")
    expected = {"train": log_table(600, 0), "validation": log_table(200, 1), "test": log_table(200, 2)}
    assert list(found) == list(expected)
    for name, table in expected.items():
        assert_frame_equal(found[name].collect(), table)


def test_what_is_not_named_is_not_there(tmp_path: Path) -> None:
    write_splits(tmp_path)
    assert list(read_tables(DataConfig(train="train.parquet", validation="test.parquet"), tmp_path)) == [
        "train",
        "validation",
    ]


def test_one_table_is_cut_into_rows_that_are_in_one_split_each(tmp_path: Path) -> None:
    log_table(400).write_parquet(tmp_path / "log.parquet")
    split = {"kind": "time", "column": "time", "validation": 0.2, "test": 0.1}
    found = read_tables(DataConfig.model_validate({"table": "log.parquet", "split": split}), tmp_path)
    times = {name: frame.collect()["time"].to_list() for name, frame in found.items()}
    assert times["train"] + times["validation"] + times["test"] == list(range(400))


@pytest.mark.parametrize("name", ["train", "validation", "test"])
def test_a_table_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    write_splits(tmp_path)
    (tmp_path / f"{name}.parquet").unlink()
    with pytest.raises(DataError, match=rf"there is no file.*{name}\.parquet|{name}\.parquet.*there is no file"):
        read_tables(DataConfig(**{one: f"{one}.parquet" for one in ("train", "validation", "test")}), tmp_path)
