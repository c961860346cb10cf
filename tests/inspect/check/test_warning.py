"""Every check finds what it is for, and a sound log sets off none."""

from pathlib import Path

import polars as pl
import pytest

from sound_log import FEATURES, ROWS, TASKS, Change, changing, only, split_table, warn
from taskfusion.inspect.check.warning import CHECKS


def test_a_sound_log() -> None:
    assert warn() == []


def test_few_labels() -> None:
    rare = changing(click=(pl.int_range(pl.len()) % 40 == 0).cast(pl.Int8))
    finding = only(warn(all_parts=rare), "few_labels")
    assert finding.subject == "task 'click'"
    assert finding.message.startswith("75 positive labels in the training rows:")
    finding = only(warn(test=lambda table: table.head(50)), "few_labels")
    assert "labels in the test rows: its metrics are mostly noise" in finding.message


def test_few_negative_labels() -> None:
    often = changing(click=(pl.int_range(pl.len()) % 40 > 0).cast(pl.Int8))
    assert only(warn(all_parts=often), "few_labels").message.startswith("75 negative labels")


def test_a_rare_class() -> None:
    rare = changing(mood=pl.when(pl.int_range(pl.len()) % 50 == 0).then(2).otherwise(pl.col("mood") % 2))
    finding = only(warn(all_parts=rare), "rare_class")
    assert finding.message.startswith("60 training rows of class 2")


def test_labels_that_are_hardly_known() -> None:
    some = changing(ratio=pl.when(pl.int_range(pl.len()) % 150 == 0).then("ratio"))
    finding = only(warn(all_parts=some), "rarely_known")
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
    finding = only(warn({}, **{part: changing(**{task: column})}), "label_shift")
    assert finding.subject == f"task '{task}'"
    assert f"the {part} rows" in finding.message


def test_chance_is_no_shift() -> None:
    few = warn(validation=lambda table: table.sort("click", descending=True).head(40).tail(10))
    assert "label_shift" not in [finding.check for finding in few if finding.subject == "task 'click'"]


def test_a_task_that_is_not_learned() -> None:
    tasks = [{**TASKS[0], "loss_weight": 0}, *TASKS[1:]]
    assert only(warn({"tasks": tasks}), "untrained_task").subject == "task 'click'"


def test_an_outcome_that_happens_without_the_one_before() -> None:
    tasks = [TASKS[0], {"name": "glad", "kind": "binary", "label": "mood > 0"}]
    relations = [{"kind": "aitm", "source": "click", "target": "glad"}]
    finding = only(warn({"tasks": tasks, "relations": relations}), "part_of_the_space")
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
    finding = only(warn(all_parts=changing(**{column: value})), "constant_feature")
    assert finding.subject == f"feature '{column}'"
    assert message in finding.message


@pytest.mark.parametrize("column", ["age", "item", "tags"])
def test_a_feature_with_gaps(column: str) -> None:
    gaps = changing(**{column: pl.when(pl.int_range(pl.len()) % 5 < 2).then(column)})
    assert "no value in 60.0 % of the training rows" in only(warn(all_parts=gaps), "missing_feature").message


@pytest.mark.parametrize(("far", "shown"), [(-999_999.0, "-999999"), (1e30, "1e+30")])
def test_numbers_that_stand_for_a_missing_value(far: float, shown: str) -> None:
    coded = changing(age=pl.when(pl.int_range(pl.len()) % 100 == 0).then(pl.lit(far)).otherwise("age"))
    finding = only(warn(all_parts=coded), "far_number")
    assert finding.subject == "feature 'age'"
    assert finding.message.startswith(f"numbers such as {shown} are far from all others")


def test_ids_that_do_not_come_back() -> None:
    unique = changing(user=pl.int_range(pl.len()) + pl.col("time"))
    finding = only(warn({"group": None}, all_parts=unique), "nearly_unique")
    assert "100.0 % of its training values occur less than min_count = 2 times" in finding.message
    every = [{**FEATURES[0], "min_count": 1}, *FEATURES[1:]]
    found = warn({"group": None, "features": every}, all_parts=unique)
    assert [finding.check for finding in found] == ["nearly_unique", "unseen_feature"]
    assert "3,002 codes for 3,000 training values" in found[0].message
    hashed = [{**FEATURES[0], "hash_buckets": 8}, *FEATURES[1:]]
    assert warn({"group": None, "features": hashed}, all_parts=unique) == []


def test_values_that_change_with_time() -> None:
    finding = only(warn(validation=changing(item="new" + pl.col("item"))), "unseen_feature")
    assert finding.subject == "feature 'item'"
    assert "100.0 % of its validation values" in finding.message


@pytest.mark.parametrize("split", [None, {"kind": "random"}])
def test_parts_that_overlap_in_time(split: dict[str, str] | None) -> None:
    data = {} if split is None else {"data": {"table": "x.parquet", "split": split}}
    finding = only(warn(data, validation=changing(time=pl.col("time") - 10**6 + 1500)), "time_overlap")
    assert "50.0 % of the training rows are later than the first validation row by 'time'" in finding.message
    assert ("at random" in finding.message) == (split is not None)


def test_last_rows_of_users_overlap_as_they_should() -> None:
    data = {"table": "x.parquet", "split": {"kind": "last_rows", "group": "user", "column": "time"}}
    later = changing(time=pl.col("time") - 10**6 + 1500)
    assert "time_overlap" not in [finding.check for finding in warn({"data": data}, validation=later)]


def test_validation_rows_from_the_training_rows() -> None:
    train = split_table(ROWS["train"], 10**9).drop("time")
    drop: Change = lambda table: table.drop("time")  # noqa: E731
    copied = warn(train=drop, test=drop, validation=lambda table: pl.concat([table.drop("time"), train.head(150)]))
    assert "20.0 % of the distinct validation rows" in only(copied, "repeated_rows").message


def test_groups_of_one_row() -> None:
    single = changing(user=pl.int_range(pl.len()) + 10)
    found = [finding for finding in warn(validation=single) if finding.check == "group_without_pairs"]
    assert [(finding.subject, "one validation row" in finding.message) for finding in found] == [("group 'user'", True)]


def test_groups_with_one_label() -> None:
    alike = changing(click=(pl.col("user") % 3 == 0).cast(pl.Int8))
    found = [finding for finding in warn(validation=alike) if finding.check == "group_without_pairs"]
    assert [(finding.subject, "both labels" in finding.message) for finding in found] == [("task 'click'", True)]


def test_tables_a_task() -> None:
    finding = only(warn({"embedding": {"tables": "per-task"}}), "costly_tables")
    assert "in tables of 3 units' own" in finding.message


def test_large_tables_updated_densely() -> None:
    hashed = [{**FEATURES[0], "hash_buckets": 600_000}, *FEATURES[1:]]
    assert "rowwise-adagrad" in only(warn({"features": hashed}), "costly_tables").message
    assert warn({"features": hashed, "embedding": {"update": "rowwise-adagrad"}}) == []


def test_few_steps() -> None:
    finding = only(warn({"training": {"batch_size": 1024}}), "few_steps")
    assert finding.message.startswith("an epoch has 3 steps of 1,024 rows")


def test_a_setting_that_nothing_reads() -> None:
    finding = only(warn({"training": {"batch_size": 64}, "numeric": {"bins": 4}}), "unread_setting")
    assert finding.subject == "setting 'numeric.bins'"


def test_a_device_that_is_not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert only(warn({"training": {"batch_size": 64, "device": "cuda"}}), "no_cuda").subject == "training"
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert warn({"training": {"batch_size": 64, "device": "cuda"}}) == []


def test_every_check_is_tested() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [check.__name__ for check in CHECKS if f'"{check.__name__.strip("_")}"' not in text] == []
