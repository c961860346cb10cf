"""One way to prepare data: a fault of a table is told in the same sentence by every command that reads it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from support import FEATURES, TASKS, experiment, log_table
from taskfusion.base.errors import TaskfusionError
from taskfusion.config.experiment import Experiment
from taskfusion.data.prepared import SplitTables, encode_splits
from taskfusion.inspect.check.experiment import check_experiment
from taskfusion.inspect.check.profile import profile_experiment
from taskfusion.pipeline.predict import TrainedModel
from taskfusion.pipeline.progress import Silent
from taskfusion.pipeline.train import train_run
from taskfusion.study.compare.comparison import compare_variants
from taskfusion.study.tune.search import tune_methods

TABLES = {"train": log_table(300, 0), "validation": log_table(150, 1), "test": log_table(100, 2)}
PLAIN = [{**feature, "transform": "none"} if feature["name"] == "age" else feature for feature in FEATURES]
"""Numbers as they are, which may be beyond 32-bit floats."""
STREAMED = 1e-6
"""GiB of memory in which no split fits."""

Command = Callable[[Experiment, SplitTables, Path], object]
COMMANDS: Mapping[str, Command] = {
    "check": lambda whole, splits, out: check_experiment(whole, splits),
    "train": lambda whole, splits, out: train_run(whole, splits, out, resume=False, progress=Silent()),
    "compare": lambda whole, splits, out: compare_variants(whole, splits, ["adatt-sp"], 1, out, progress=Silent()),
    "tune": lambda whole, splits, out: tune_methods(whole, splits, ["adatt-sp"], 1, out, progress=Silent()),
}


def _with(**columns: Any) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Values in place of a column's; the first row alone where it is a value in a list."""

    def change(table: pl.DataFrame) -> pl.DataFrame:
        first = pl.int_range(pl.len()) == 0
        changes = {
            name: pl.when(first).then(pl.lit(value[0])).otherwise(pl.col(name)) if isinstance(value, list) else value
            for name, value in columns.items()
        }
        return table.with_columns(**changes)

    return change


def _without(column: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda table: table.drop(column)


Change = Callable[[pl.DataFrame], pl.DataFrame]
IN_ANY_SPLIT: Mapping[str, tuple[Change, dict[str, Any], str]] = {
    "missing feature": (_without("age"), {}, "feature 'age' needs the column 'age'"),
    "missing label": (_without("click"), {}, "'click'"),
    "missing group": (_without("user_id"), {}, "'user_id'"),
    "text for a number": (_with(age=pl.lit("old")), {}, "feature 'age' is numeric"),
    "fractions for ids": (_with(user_id=[0.5]), {}, "feature 'user_id' should hold ids"),
    "a number beyond bounds": (_with(age=[1e39]), {}, "feature 'age'"),
    "an infinite number": (_with(age=[float("inf")]), {}, "should hold finite numbers"),
    "a label of another value": (_with(click=[2]), {}, "label of task 'click'"),
    "a label without a number": (_with(seconds=[float("nan")]), {}, "NaN or infinite"),
    "a negative label": (_with(seconds=[-1.0]), {}, "label of task 'seconds'"),
    "an unknown class": (_with(reaction=["shrug"]), {}, "should be one of its classes"),
    "a negative weight": (_with(w=[-1.0]), {"tasks": [{**TASKS[0], "weight": "w"}, *TASKS[1:]]}, "weight of task"),
    "no truth": (_with(w=["x"]), {"tasks": [{**TASKS[0], "truth": "w"}, *TASKS[1:]]}, "truth of task 'click'"),
    "no rows": (lambda table: table.clear(), {}, "should hold rows"),
    "two faults in two columns": (_with(age=[float("inf")], click=[2]), {}, "feature 'age'"),
}
FAULTS = {
    **{
        f"{name} in {split}": ({split: change}, settings, words)
        for name, (change, settings, words) in IN_ANY_SPLIT.items()
        for split in ("train", "validation")
    },
    "nothing to learn": ({"train": _with(click=pl.lit(0))}, {}, "no positive label"),
    "no known label": ({"train": _with(click=pl.lit(None))}, {}, "no known label"),
    "a criterion that cannot be computed": (
        {"validation": _with(click=pl.lit(0))},
        {"training": {"criterion": {"metric": "auc"}}},
        "criterion is auc",
    ),
    "nothing to learn, and a fault of the next split": (
        {"train": _with(click=pl.lit(0)), "validation": _with(age=[float("inf")])},
        {},
        "no positive label",
    ),
    "a number beyond bounds, and nothing to learn": ({"train": _with(age=[1e39], click=pl.lit(0))}, {}, "'age'"),
    "a missing column of the second split, and a fault of the first": (
        {"train": _with(age=[float("inf")]), "validation": _without("click")},
        {},
        "'click'",
    ),
    "a truth that is no probability": (
        {"validation": _with(w=[1.5])},
        {"tasks": [{**TASKS[0], "truth": "w"}, *TASKS[1:]]},
        "should be a probability",
    ),
}


def _whole(**settings: Any) -> Experiment:
    return experiment(features=PLAIN, **settings)


def _tables(changes: Mapping[str, Change]) -> SplitTables:
    found = {name: table.with_columns(w=pl.lit(0.5)) for name, table in TABLES.items()}
    return {name: (changes[name](table) if name in changes else table).lazy() for name, table in found.items()}


def _sentence(run: Callable[[], object]) -> str:
    with pytest.raises(TaskfusionError) as caught:
        run()
    return f"{type(caught.value).__name__}: {caught.value}"


@pytest.mark.parametrize("fault", FAULTS)
def test_every_command_says_the_same(fault: str, tmp_path: Path) -> None:
    changes, settings, words = FAULTS[fault]
    whole, splits = _whole(**settings), _tables(changes)
    found = {name: _sentence(lambda: run(whole, splits, tmp_path / name)) for name, run in COMMANDS.items()}  # noqa: B023
    assert len(set(found.values())) == 1, found
    assert words in found["check"]
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("fault", [fault for fault, (_, settings, _) in FAULTS.items() if not settings])
def test_it_is_the_same_whether_rows_are_held_or_streamed(fault: str, tmp_path: Path) -> None:
    changes, _, _ = FAULTS[fault]
    whole, splits = _whole(training={"memory_gib": STREAMED}), _tables(changes)
    held = _sentence(lambda: check_experiment(_whole(), splits))
    assert _sentence(lambda: check_experiment(whole, splits)) == held
    assert _sentence(lambda: COMMANDS["train"](whole, splits, tmp_path / "run")) == held


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    path = tmp_path_factory.mktemp("preparation") / "run"
    train_run(_whole(training={"epochs": 1}), _tables({}), path, resume=False, progress=Silent())
    return TrainedModel.load(path)


@pytest.mark.parametrize("name", [name for name, (_, settings, _) in IN_ANY_SPLIT.items() if not settings])
def test_evaluate_says_the_same(name: str, trained: TrainedModel) -> None:
    splits = _tables({"validation": IN_ANY_SPLIT[name][0]})
    checked = _sentence(lambda: check_experiment(_whole(), splits))
    assert _sentence(lambda: trained.evaluate(splits["validation"], "the validation table")) == checked


def test_check_meets_the_encoder_and_the_labels_of_training() -> None:
    whole, splits = _whole(), _tables({})
    data, profile = encode_splits(splits, whole.table_schema, memory_gib=4), profile_experiment(whole, splits)
    assert profile.encoder.layout == data.encoder.layout
    assert profile.train.statistics == data.statistics
    (rows,) = data.splits["validation"].batches(1000)
    assert profile.splits["validation"].rows == len(rows)
    ours, theirs = (one.encode(TABLES["validation"]) for one in (profile.encoder, data.encoder))
    assert all((a == b).all() for a, b in zip(ours.arrays(), theirs.arrays(), strict=True))
