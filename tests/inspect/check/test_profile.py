"""Counts of check against a plain reading of the tables, and the errors of training."""

from collections import Counter
from typing import Any

import polars as pl
import pytest
import torch

from support import FEATURES, TASKS, experiment, log_table
from taskfusion.assemble.network import build_model, count_parameters
from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.data.prepared import SplitTables, encode_splits
from taskfusion.inspect.check import profile as check_facts
from taskfusion.inspect.check.profile import Profile, profile_experiment

TABLES = {"train": log_table(600, 0), "validation": log_table(200, 1), "test": log_table(150, 2)}
SPLITS: SplitTables = {name: table.lazy() for name, table in TABLES.items()}


@pytest.fixture(scope="module")
def profile() -> Profile:
    return profile_experiment(experiment(), SPLITS)


def _values(table: pl.DataFrame, column: str) -> list[list[Any]]:
    """The values of each row that a feature sees."""
    rows = []
    for value in table[column].to_list():
        values = value.split(",")[:3] if column == "tags" and value is not None else value
        values = values[-4:] if isinstance(values, list) else [values]
        rows.append([v for v in values if v not in (None, "")])
    return rows


@pytest.mark.parametrize("part", TABLES)
@pytest.mark.parametrize("feature", [feature["name"] for feature in FEATURES])
def test_missing_and_unseen_values_are_counted(profile: Profile, part: str, feature: str) -> None:
    rows = _values(TABLES[part], feature)
    found = profile.splits[part].features[feature]
    assert (found.rows, found.missing) == (len(rows), sum(not row for row in rows))
    assert found.values == sum(len(row) for row in rows)
    if feature == "age":
        return
    owner = "item_id" if feature == "history" else feature
    rows_with = Counter(value for row in _values(TABLES["train"], owner) for value in set(row))
    known = {value for value, count in rows_with.items() if count >= 2}
    assert found.unseen == sum(value not in known for row in rows for value in row)
    assert profile.codes(feature) == len(known) + 2


def test_rare_values_are_unseen() -> None:
    train = TABLES["train"].with_columns(item_id=pl.Series([f"x{k // 3}" if k < 9 else f"y{k}" for k in range(600)]))
    found = profile_experiment(experiment(), {**SPLITS, "train": train.lazy()}).train.features["item_id"]
    assert (found.values, found.unseen) == (600, 591)


@pytest.mark.parametrize("part", TABLES)
def test_labels_are_counted(profile: Profile, part: str) -> None:
    table, found = TABLES[part], profile.splits[part]
    assert found.rows == len(table)
    assert [s.known for s in found.statistics] == [len(table) - int(table[t["name"]].null_count()) for t in TASKS]
    assert found.positives[0] == table["click"].sum()
    assert found.statistics[0].mean == pytest.approx(table["click"].mean())


@pytest.mark.parametrize("tables", ["shared", "per-task", "both"])
def test_sizes_are_those_of_training(tables: str) -> None:
    chosen = experiment(embedding={"tables": tables})
    profile = profile_experiment(chosen, SPLITS)
    data = encode_splits(SPLITS, chosen.table_schema, memory_gib=4)
    model = build_model(chosen, data.encoder.layout, data.statistics)
    assert count_parameters(profile.model) == count_parameters(model)
    assert sum(profile.parameters(f.name) for f in chosen.features) == count_parameters(model)["embedding"]
    units = 2 if tables == "both" else 1
    widths = {f.name: profile.width(f.name) for f in chosen.features}
    assert widths == {"user_id": 4 * units, "item_id": 4 * units, "age": 2, "tags": 4 * units, "history": 4 * units}
    assert model.inputs.output_dim == sum(widths.values())
    for name, part in data.splits.items():
        (batch,) = part.batches(10_000)
        assert profile.splits[name].num_bytes == batch.num_bytes


def test_what_stands_beside_a_feature_is_counted_with_it() -> None:
    user, item, age, *more = FEATURES
    rich = [{**user, "frequency": True}, item, {**age, "also_categorical": True}, *more]
    whole = {name: part.with_columns(pl.col("age").round()) for name, part in SPLITS.items()}
    profile = profile_experiment(experiment(features=rich, numeric={"encoding": "periodic"}), whole)
    assert (profile.width("user_id"), profile.width("age")) == (4 + 1, 4 + 4 + 1)
    assert profile.codes("age") is None
    assert profile.parameters("age") == 4 * profile.encoder.tables["age"].num_codes
    assert profile.train.features["age"].rows == profile.train.rows
    names = [feature["name"] for feature in rich]
    assert sum(map(profile.parameters, names)) == profile.table_weights < count_parameters(profile.model)["embedding"]
    assert profile.model.inputs.output_dim == sum(map(profile.width, names))


def test_memory_while_training(profile: Profile) -> None:
    counts = count_parameters(profile.model)
    assert profile.model_bytes == 16 * counts["total"]
    rows = counts["embedding"] // 4
    assert profile.num_codes == rows
    for update, accumulators in (("adagrad", counts["embedding"]), ("rowwise-adagrad", rows)):
        sparse = profile_experiment(experiment(embedding={"update": update}), SPLITS)
        trunk = counts["total"] - counts["embedding"]
        assert sparse.model_bytes == 16 * trunk + 4 * counts["embedding"] + 4 * accumulators


def test_what_does_not_fit_in_memory_streams() -> None:
    profile = profile_experiment(experiment(training={"memory_gib": 20_000 / 1024**3}), SPLITS)
    assert [name for name in TABLES if profile.in_memory(name)] == ["validation", "test"]
    assert profile.steps_per_epoch == 10


def test_the_model_takes_no_memory(profile: Profile) -> None:
    assert {parameter.device for parameter in profile.model.parameters()} == {torch.device("meta")}


def test_samples_are_spread_and_hashes_find_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_facts, "SAMPLE_ROWS", 100)
    monkeypatch.setattr("taskfusion.data.table.BLOCK_ROWS", 64)
    validation = pl.concat([TABLES["validation"], TABLES["train"].head(50)])
    profile = profile_experiment(experiment(), {"train": SPLITS["train"], "validation": validation.lazy()})
    assert profile.train.sample["time"].to_list() == list(range(0, 600, 7))
    common = profile.splits["validation"].row_hashes.is_in(profile.train.row_hashes.implode())
    assert common.sum() == 50


def test_hashes_of_many_rows_are_sampled_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_facts, "HASHED_ROWS", 200)
    profile = profile_experiment(experiment(), {"train": SPLITS["train"], "validation": SPLITS["train"]})
    hashes = profile.train.row_hashes
    assert 75 < len(hashes) < 225
    assert hashes.sort().equals(profile.splits["validation"].row_hashes.sort())


@pytest.mark.parametrize(
    ("change", "settings", "error", "message"),
    [
        ({"train": pl.col("age").alias("aged")}, {}, DataError, "feature 'age' needs the column 'age'"),
        ({"train": pl.lit(0).alias("click")}, {}, DataError, "no positive label"),
        ({"train": pl.lit(None).alias("click")}, {}, DataError, "no known label"),
        ({"validation": pl.lit(float("nan")).alias("click")}, {}, DataError, "NaN or infinite"),
        ({"validation": pl.lit(float("inf")).alias("age")}, {}, DataError, "should hold finite numbers"),
        ({"test": pl.lit("nil").alias("reaction")}, {}, DataError, "should be one of its classes"),
        ({"validation": pl.lit(0).alias("click")}, {"criterion": {"metric": "auc"}}, DataError, "criterion is auc"),
    ],
)
def test_problems_are_those_of_training(
    change: dict[str, pl.Expr], settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    tables = dict(TABLES)
    for part, column in change.items():
        tables[part] = tables[part].with_columns(column)
        if column.meta.output_name() == "aged":
            tables[part] = tables[part].drop("age")
    with pytest.raises(error, match=message):
        profile_experiment(experiment(training=settings), {name: table.lazy() for name, table in tables.items()})


def test_weights_that_are_all_zero() -> None:
    tasks = [{**TASKS[0], "weight": "weight"}, *TASKS[1:]]
    parts = {name: table.with_columns(weight=pl.lit(0.0)).lazy() for name, table in TABLES.items()}
    with pytest.raises(DataError, match="check its label, mask and weight"):
        profile_experiment(experiment(tasks=tasks), parts)


def test_a_truth_that_is_no_probability() -> None:
    tasks = [{**TASKS[0], "truth": "age"}, *TASKS[1:]]
    with pytest.raises(DataError, match=r"age"):
        profile_experiment(experiment(tasks=tasks, features=[f for f in FEATURES if f["name"] != "age"]), SPLITS)


def test_a_variant_that_does_not_fit() -> None:
    with pytest.raises(ExperimentError, match=r"per-task.*mmoe"):
        profile_experiment(experiment(network={"variant": "mmoe"}, embedding={"tables": "per-task"}), SPLITS)
