"""Commands that make tables, as a user calls them."""

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from taskfusion.cli.app import app
from taskfusion.datasets.public.prepare import DATASETS, Summary
from taskfusion.datasets.simulate.settings import TASKS

SMALL = ("--rows", "1000", "--users", "500", "--items", "500")


def _call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "120"})


def _json(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def test_a_feed_is_written_and_summed_up(tmp_path: Path) -> None:
    found = _json(_call("simulate", "--out", tmp_path / "feed", *SMALL, "--json"))
    assert found["out"] == str(tmp_path / "feed")
    tables = {name: pl.read_parquet(tmp_path / "feed" / f"{name}.parquet") for name in found["rows"]}
    assert found["rows"] == {name: len(table) for name, table in tables.items()}
    assert sum(found["rows"].values()) == 1000
    whole = pl.concat(tables.values())
    for task in TASKS:
        assert found["label_means"][task] == pytest.approx(whole[task].mean(), abs=1e-6)

    shown = _call("simulate", "--out", tmp_path / "again", *SMALL)
    assert shown.exit_code == 0
    assert all(f"{task}: mean label {found['label_means'][task]:.4f}" in shown.stdout for task in TASKS)
    assert pl.read_parquet(tmp_path / "again" / "train.parquet").equals(tables["train"])


def test_few_labels_of_a_task_may_be_known(tmp_path: Path) -> None:
    assert _call("simulate", "--out", tmp_path / "feed", *SMALL, "--known", "click=0.1").exit_code == 0
    train, test = (pl.read_parquet(tmp_path / "feed" / f"{name}.parquet")["click"] for name in ("train", "test"))
    assert train.null_count() > 0.8 * len(train)
    assert test.null_count() == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rows", "10"], "at least 1000, found 10"),
        (["--users", "5"], "at least 500, found 5"),
        (["--transfer", "all"], "kuairand-like"),
        (["--known", "long_view"], "like long_view=0.05, found 'long_view'"),
        (["--known", "view=0.05"], "known names 'view', but the tasks are click"),
        (["--known", "like=5"], "up to 1, found 5.0 for like"),
    ],
)
def test_a_feed_that_cannot_be_is_one_sentence_and_leaves_nothing(
    arguments: list[str], words: str, tmp_path: Path
) -> None:
    result = _call("simulate", "--out", tmp_path / "feed", *arguments, "--json")
    assert result.exit_code == 2
    message = _json(result)["error"]
    assert words in message
    assert "\n" not in message
    assert list(tmp_path.iterdir()) == []


def test_a_data_set_is_summed_up_with_its_licence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    means = {"train": {"y": 0.25, "z": 2.0}, "test": {"y": 0.5, "z": 3.0}}
    asked: list[tuple[str, Path, Path | None]] = []

    def prepare(name: str, *, out: Path, source: Path | None) -> Summary:
        asked.append((name, out, source))
        return Summary(name, {"train": 1234, "test": 5}, means, ())

    monkeypatch.setattr("taskfusion.datasets.public.prepare.prepare_dataset", prepare)
    shown = _call("data", "kuairand", "--out", tmp_path / "k", "--from", tmp_path)
    lines = [re.findall(r"[\w.,]+", line) for line in shown.stdout.splitlines()]
    assert ["split", "rows", "mean", "y", "mean", "z"] in lines
    assert ["train", "1,234", "0.2500", "2.0000"] in lines
    assert DATASETS["kuairand"].licence in shown.stdout
    found = _json(_call("data", "kuairand", "--out", tmp_path / "k", "--json"))
    assert found["label_means"] == means
    assert asked == [("kuairand", tmp_path / "k", tmp_path), ("kuairand", tmp_path / "k", None)]


def test_a_data_set_that_is_not_known_is_named(tmp_path: Path) -> None:
    result = _call("data", "adult", "--out", tmp_path / "adult", "--json")
    assert result.exit_code == 2
    assert "one of census-income, kuairand, but 'adult'" in _json(result)["error"]
    assert list(tmp_path.iterdir()) == []
