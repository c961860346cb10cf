"""What was perhaps meant."""

from pathlib import Path

import pytest

from taskfusion.base.nearest import did_you_mean, nearest_path


@pytest.mark.parametrize(
    ("name", "words"),
    [("trian", "; did you mean 'train'?"), ("train", "; did you mean 'train'?"), ("xyz", ""), ("", "")],
)
def test_the_nearest_name_is_offered(name: str, words: str) -> None:
    assert did_you_mean(name, iter(["predict", "train"])) == words


def test_the_nearest_file_of_the_folder_is_offered(tmp_path: Path) -> None:
    (tmp_path / "log.parquet").touch()
    assert nearest_path(tmp_path / "lag.parquet") == f"; did you mean '{tmp_path / 'log.parquet'}'?"
    assert nearest_path(tmp_path / "experiment.yaml") == ""
    assert nearest_path(tmp_path / "log.parquet") == ""
    assert nearest_path(tmp_path / "no folder" / "log.parquet") == ""
