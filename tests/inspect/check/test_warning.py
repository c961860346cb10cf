"""Every check finds what it is for, and a sound log sets off none."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from taskfusion.config.experiment import Experiment, parse_experiment
from taskfusion.inspect.check.profile import profile_experiment
from taskfusion.inspect.check.warning import CHECKS, Finding, find_warnings

Change = Callable[[pl.DataFrame], pl.DataFrame]

FEATURES: list[dict[str, Any]] = [
    {"name": "user", "kind": "categorical", "role": "user"},
    {"name": "item", "kind": "categorical", "role": "item"},
    {"name": "age", "kind": "numeric"},
    {"name": "tags", "kind": "multi_categorical"},
]
TASKS: list[dict[str, Any]] = [
    {"name": "click", "kind": "binary"},
    {"name": "ratio", "kind": "regression"},
    {"name": "mood", "kind": "multiclass", "classes": [0, 1, 2]},
]
ROWS = {"train": 3000, "validation": 600, "test": 600}


def _table(rows: int, start: int) -> pl.DataFrame:
    rng = np.random.default_rng(start)
    user, item = rng.integers(0, 40, rows), rng.integers(0, 30, rows)
    return pl.DataFrame(
        {
            "user": user,
            "item": [f"i{k}" for k in item],
            "age": rng.normal(40, 10, rows),
            "tags": [[f"t{k % 4}", "t9"] for k in item],
            "time": start + np.arange(rows),
            "click": (rng.random(rows) < 0.2 + 0.01 * user).astype(int),
            "ratio": rng.normal(size=rows) + item / 30,
            "mood": rng.integers(0, 3, rows),
        }
    )


def _tables() -> dict[str, pl.DataFrame]:
    return {name: _table(rows, 10**9 + 10**6 * place) for place, (name, rows) in enumerate(ROWS.items())}


def _warn(
    settings: dict[str, Any] | None = None, /, *, all_parts: Change = pl.DataFrame.clone, **changes: Change
) -> list[Finding]:
    """The findings for the sound log, with changes to its tables and its experiment."""
    tables = {name: changes.get(name, pl.DataFrame.clone)(table) for name, table in _tables().items()}
    parts = {name: all_parts(table).lazy() for name, table in tables.items()}
    return find_warnings(profile_experiment(_experiment(settings or {}), parts))


def _experiment(settings: dict[str, Any]) -> Experiment:
    sound = {"features": FEATURES, "tasks": TASKS, "group": "user", "training": {"batch_size": 64}}
    return parse_experiment({**sound, **settings})


def _with(**columns: pl.Expr) -> Change:
    return lambda table: table.with_columns(**columns)


def _one(findings: list[Finding], check: str) -> Finding:
    """The only finding."""
    assert [finding.check for finding in findings] == [check]
    return findings[0]


def test_a_sound_log() -> None:
    assert _warn() == []


def test_few_labels() -> None:
    rare = _with(click=(pl.int_range(pl.len()) % 40 == 0).cast(pl.Int8))
    finding = _one(_warn(all_parts=rare), "few_labels")
    assert finding.subject == "task 'click'"
    assert finding.message.startswith("75 positive labels in the training rows:")
    finding = _one(_warn(test=lambda table: table.head(50)), "few_labels")
    assert "labels in the test rows: its metrics are mostly noise" in finding.message


def test_few_negative_labels() -> None:
    often = _with(click=(pl.int_range(pl.len()) % 40 > 0).cast(pl.Int8))
    assert _one(_warn(all_parts=often), "few_labels").message.startswith("75 negative labels")


def test_a_rare_class() -> None:
    rare = _with(mood=pl.when(pl.int_range(pl.len()) % 50 == 0).then(2).otherwise(pl.col("mood") % 2))
    finding = _one(_warn(all_parts=rare), "rare_class")
    assert finding.message.startswith("60 training rows of class 2")


def test_labels_that_are_hardly_known() -> None:
    some = _with(ratio=pl.when(pl.int_range(pl.len()) % 150 == 0).then("ratio"))
    finding = _one(_warn(all_parts=some), "rarely_known")
    assert "known in 0.667 % of the training rows" in finding.message


@pytest.mark.parametrize("part", ["validation", "test"])
@pytest.mark.parametrize(
    ("task", "column"),
    [
        ("click", (pl.int_range(pl.len()) % 5 > 0).cast(pl.Int8)),
        ("ratio", pl.col("ratio") + 1),
        ("mood", pl.when(pl.int_range(pl.len()) % 2 == 0).then(0).otherwise("mood")),
    ],
)
def test_labels_that_differ_between_parts(task: str, column: pl.Expr, part: str) -> None:
    finding = _one(_warn({}, **{part: _with(**{task: column})}), "label_shift")
    assert finding.subject == f"task '{task}'"
    assert f"the {part} rows" in finding.message


def test_chance_is_no_shift() -> None:
    few = _warn(validation=lambda table: table.sort("click", descending=True).head(40).tail(10))
    assert "label_shift" not in [finding.check for finding in few if finding.subject == "task 'click'"]


def test_a_task_that_is_not_learned() -> None:
    tasks = [{**TASKS[0], "loss_weight": 0}, *TASKS[1:]]
    assert _one(_warn({"tasks": tasks}), "untrained_task").subject == "task 'click'"


def test_an_outcome_that_happens_without_the_one_before() -> None:
    tasks = [TASKS[0], {"name": "glad", "kind": "binary", "label": "mood > 0"}]
    relations = [{"kind": "aitm", "source": "click", "target": "glad"}]
    finding = _one(_warn({"tasks": tasks, "relations": relations}), "part_of_the_space")
    assert finding.subject == "relation aitm from 'click' to 'glad'"


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("age", pl.lit(3.0), "the same in all training rows"),
        ("item", pl.lit("x"), "the same in all training rows"),
        ("tags", pl.lit(["x", "y"], dtype=pl.List(pl.String)), "the same in all training rows"),
        ("item", pl.lit(None, dtype=pl.String), "no value in any training row"),
        ("age", pl.lit(None, dtype=pl.Float64), "no value in any training row"),
    ],
)
def test_a_constant_feature(column: str, value: pl.Expr, message: str) -> None:
    finding = _one(_warn(all_parts=_with(**{column: value})), "constant_feature")
    assert finding.subject == f"feature '{column}'"
    assert message in finding.message


@pytest.mark.parametrize("column", ["age", "item", "tags"])
def test_a_feature_with_gaps(column: str) -> None:
    gaps = _with(**{column: pl.when(pl.int_range(pl.len()) % 5 < 2).then(column)})
    assert "no value in 60.0 % of the training rows" in _one(_warn(all_parts=gaps), "missing_feature").message


def test_ids_that_do_not_come_back() -> None:
    unique = _with(user=pl.int_range(pl.len()) + pl.col("time"))
    finding = _one(_warn({"group": None}, all_parts=unique), "nearly_unique")
    assert "100.0 % of its training values occur less than min_count = 2 times" in finding.message
    every = [{**FEATURES[0], "min_count": 1}, *FEATURES[1:]]
    found = _warn({"group": None, "features": every}, all_parts=unique)
    assert [finding.check for finding in found] == ["nearly_unique", "unseen_feature"]
    assert "3,002 codes for 3,000 training values" in found[0].message
    hashed = [{**FEATURES[0], "hash_buckets": 8}, *FEATURES[1:]]
    assert _warn({"group": None, "features": hashed}, all_parts=unique) == []


def test_values_that_change_with_time() -> None:
    finding = _one(_warn(validation=_with(item="new" + pl.col("item"))), "unseen_feature")
    assert finding.subject == "feature 'item'"
    assert "100.0 % of its validation values" in finding.message


def test_a_leak_names_all_tasks_that_it_gives_away() -> None:
    leak = _with(age=pl.col("ratio"), ratio=pl.col("ratio") * 2, click=(pl.col("ratio") > 0.5).cast(pl.Int8))
    finding = _one(_warn(all_parts=leak), "leak")
    assert finding.subject == "feature 'age'"
    assert "it looks like a leak: alone it predicts 'click' (AUC 1.000), 'ratio' (R2 0.9" in finding.message


FLAGS = [*FEATURES, {"name": "flag", "kind": "categorical"}]
THIRD = pl.int_range(pl.len()) % 3 == 0


@pytest.mark.parametrize("kind", ["categorical", "numeric"])
def test_a_value_that_holds_all_positives(kind: str) -> None:
    leak = _with(flag=THIRD.cast(pl.Int8), click=(THIRD & (pl.int_range(pl.len()) % 2 == 0)).cast(pl.Int8))
    finding = _one(_warn({"features": [*FEATURES, {"name": "flag", "kind": kind}]}, all_parts=leak), "leak")
    assert finding.subject == "feature 'flag'"
    assert finding.message == (
        "it looks like a leak: 100.0 % of the positives of 'click' are where it is 1, and these are 33.3 % of all "
        "rows; leave it out unless it is known before the outcome"
    )


def test_a_value_that_holds_nothing_but_positives() -> None:
    leak = _with(flag=((pl.col("click") == 1) & THIRD).cast(pl.String))
    finding = _one(_warn({"features": FLAGS}, all_parts=leak), "leak")
    assert "where it is true, 'click' is positive in 100.0 % of the rows, and these are 1" in finding.message


def test_a_value_of_most_rows_is_no_leak() -> None:
    most = _with(flag=(~THIRD).cast(pl.Int8), click=pl.col("click") * (~THIRD).cast(pl.Int8))
    assert _warn({"features": FLAGS}, all_parts=most) == []


@pytest.mark.parametrize("split", [None, {"kind": "random"}])
def test_parts_that_overlap_in_time(split: dict[str, str] | None) -> None:
    data = {} if split is None else {"data": {"table": "x.parquet", "split": split}}
    finding = _one(_warn(data, validation=_with(time=pl.col("time") - 10**6 + 1500)), "time_overlap")
    assert "50.0 % of the training rows are later than the first validation row by 'time'" in finding.message
    assert ("at random" in finding.message) == (split is not None)


def test_validation_rows_from_the_training_rows() -> None:
    train = _table(ROWS["train"], 10**9).drop("time")
    drop: Change = lambda table: table.drop("time")  # noqa: E731
    copied = _warn(train=drop, test=drop, validation=lambda table: pl.concat([table.drop("time"), train.head(150)]))
    assert "20.0 % of the distinct validation rows" in _one(copied, "repeated_rows").message


def test_groups_of_one_row() -> None:
    single = _with(user=pl.int_range(pl.len()) + 10)
    found = [finding for finding in _warn(validation=single) if finding.check == "group_without_pairs"]
    assert [(finding.subject, "one validation row" in finding.message) for finding in found] == [("group 'user'", True)]


def test_groups_with_one_label() -> None:
    alike = _with(click=(pl.col("user") % 3 == 0).cast(pl.Int8))
    found = [finding for finding in _warn(validation=alike) if finding.check == "group_without_pairs"]
    assert [(finding.subject, "both labels" in finding.message) for finding in found] == [("task 'click'", True)]


def test_tables_a_task() -> None:
    finding = _one(_warn({"embedding": {"tables": "per-task"}}), "costly_tables")
    assert "in tables of 3 units' own" in finding.message


def test_large_tables_updated_densely() -> None:
    hashed = [{**FEATURES[0], "hash_buckets": 600_000}, *FEATURES[1:]]
    assert "rowwise-adagrad" in _one(_warn({"features": hashed}), "costly_tables").message
    assert _warn({"features": hashed, "embedding": {"update": "rowwise-adagrad"}}) == []


def test_few_steps() -> None:
    finding = _one(_warn({"training": {"batch_size": 1024}}), "few_steps")
    assert finding.message.startswith("an epoch has 3 steps of 1,024 rows")


def test_a_setting_that_nothing_reads() -> None:
    finding = _one(_warn({"training": {"batch_size": 64}, "numeric": {"bins": 4}}), "unread_setting")
    assert finding.subject == "setting 'numeric.bins'"


def test_a_device_that_is_not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert _one(_warn({"training": {"batch_size": 64, "device": "cuda"}}), "no_cuda").subject == "training"
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert _warn({"training": {"batch_size": 64, "device": "cuda"}}) == []


def test_every_check_is_tested_here() -> None:
    with open(__file__, encoding="utf-8") as file:
        text = file.read()
    assert [check.__name__ for check in CHECKS if f'"{check.__name__.strip("_")}"' not in text] == []
