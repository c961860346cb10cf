"""What commands read before they work."""

from pathlib import Path

import pytest
import yaml

from support import BASE, write_splits
from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.cli.inputs import read_with_tables, variant_names


def test_tables_are_those_that_the_experiment_names_from_its_folder(tmp_path: Path) -> None:
    data = {name: Path(path).name for name, path in write_splits(tmp_path).items()}
    path = tmp_path / "experiment.yaml"
    path.write_text(yaml.safe_dump({**BASE, "data": data}))
    experiment, tables = read_with_tables(path, ["training.epochs=7"])
    assert experiment.training.epochs == 7
    assert {name: table.collect().height for name, table in tables.items()} == {
        "train": 600,
        "validation": 200,
        "test": 200,
    }
    with pytest.raises(DataError, match="none"):
        read_with_tables(path, ["data.train=none.parquet"])


def test_an_experiment_without_tables_is_refused(tmp_path: Path) -> None:
    for data in ({}, {"data": {"split": {"kind": "random"}}}):
        (tmp_path / "experiment.yaml").write_text(yaml.safe_dump({**BASE, **data}))
        with pytest.raises(ExperimentError, match=r"experiment\.yaml' should say under data where the rows are"):
            read_with_tables(tmp_path / "experiment.yaml", None)


def test_names_stand_between_commas() -> None:
    assert variant_names("ple, mmoe") == ["ple", "mmoe"]
    with pytest.raises(ExperimentError, match="at least one variant"):
        variant_names(" , ")
