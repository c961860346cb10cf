from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import label_statistics
from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.data.label import (
    label_columns,
    label_frame,
    require_learnable,
    require_no_leak,
)
from taskfusion.data.table import BLOCK_ROWS, from_table, scan
from taskfusion.schema.schema import Schema


def schema(*tasks: dict[str, Any], features: tuple[str, ...] = ("x",)) -> Schema:
    return Schema.model_validate({"features": [{"name": name, "kind": "numeric"} for name in features], "tasks": tasks})


def binary(**more: object) -> dict[str, object]:
    return {"name": "y", "kind": "binary", **more}


def regression(**more: object) -> dict[str, object]:
    return {"name": "y", "kind": "regression", **more}


def multiclass(*classes: object, **more: object) -> dict[str, object]:
    return {"name": "y", "kind": "multiclass", "classes": classes, **more}


FRAME = pl.DataFrame(
    {
        "y": [1, 0, None, 1],
        "z": [0.5, None, 2.0, 3.0],
        "ok": [True, False, True, None],
        "w": [2.0, None, float("nan"), 0.5],
        "p": [0.1, 0.2, None, 0.4],
        "c": ["b", "a", None, "c"],
    }
)


def test_null_and_masked_labels_are_unknown() -> None:
    found = label_frame(
        FRAME,
        schema(
            {"name": "y", "kind": "binary"},
            {"name": "z", "kind": "regression", "mask": "ok"},
            {"name": "v", "kind": "binary", "label": "y", "weight": "COALESCE(w, 1.0)", "truth": "p", "mask": "y = 1"},
            {"name": "c", "kind": "multiclass", "classes": ["c", "a", "b"]},
        ),
    )
    assert found.label_BT.dtype == found.truth_BT.dtype == np.float64
    assert found.weight_BT.dtype == np.float32
    assert found.label_BT.tolist() == [[1, 0.5, 1, 2], [0, 0, 0, 1], [0, 2, 0, 0], [1, 0, 1, 0]]
    assert found.weight_BT.tolist() == [[1, 1, 2, 1], [1, 0, 0, 1], [0, 1, 0, 0], [1, 0, 0.5, 1]]
    truth = np.full((4, 4), np.nan)
    truth[:, 2] = [0.1, np.nan, np.nan, 0.4]
    np.testing.assert_array_equal(found.truth_BT, truth)


@given(
    st.lists(
        st.tuples(st.sampled_from([0, 1, None]), st.sampled_from([True, False, None]), st.floats(0, 10)), min_size=1
    )
)
def test_labels_equal_a_row_by_row_reading(rows: list[tuple[int | None, bool | None, float]]) -> None:
    frame = pl.DataFrame(rows, schema={"y": pl.Int8, "m": pl.Boolean, "w": pl.Float64}, orient="row")
    found = label_frame(frame, schema(binary(mask="m", weight="w")))
    known = [label is not None and mask is True for label, mask, _ in rows]
    labels = [float(row[0] or 0) if is_known else 0.0 for row, is_known in zip(rows, known, strict=True)]
    weights = [row[2] if is_known else 0.0 for row, is_known in zip(rows, known, strict=True)]
    assert found.label_BT[:, 0].tolist() == labels
    assert found.weight_BT[:, 0].tolist() == np.array(weights, dtype=np.float32).tolist()


@pytest.mark.parametrize("mask", ["m", "m = 1", "m > 0"])
def test_masks_may_be_numbers(mask: str) -> None:
    frame = pl.DataFrame({"y": [1, 1, 1], "m": [1.0, 0.0, None]})
    assert label_frame(frame, schema(binary(mask=mask))).weight_BT[:, 0].tolist() == [1, 0, 0]
    holes = pl.DataFrame({"y": [1, 1], "m": [1.0, float("nan")]})
    assert label_frame(holes, schema(binary(mask="m"))).weight_BT[:, 0].tolist() == [1, 0]


def test_missing_labels_of_pandas_arrow_and_polars() -> None:
    table = {"y": [1.0, None, 0.0]}
    for frame in (
        pl.DataFrame(table),
        pa.table(table),
        pd.DataFrame(table),
        pd.DataFrame({"y": pd.array([1, None, 0], dtype="Int64")}),
        pd.DataFrame({"y": pd.array([True, None, False], dtype="boolean")}),
    ):
        found = label_frame(from_table(frame), schema(binary()))
        assert found.label_BT[:, 0].tolist() == [1, 0, 0]
        assert found.weight_BT[:, 0].tolist() == [1, 0, 1]
    nan = {"y": [1.0, float("nan"), 0.0]}
    assert label_frame(from_table(pd.DataFrame(nan)), schema(binary())).weight_BT[:, 0].tolist() == [1, 0, 1]
    for table_with_nan in (pl.DataFrame(nan), pa.table(nan)):
        with pytest.raises(DataError, match=r"label of task 'y' .* 'y' is NaN or infinite in 1 of 3 rows; .*fill_nan"):
            label_frame(from_table(table_with_nan), schema(binary()))


@pytest.mark.parametrize(
    ("task", "column", "message"),
    [
        (binary(), [0, 1, 2], "label of task 'y' should be 0 or 1, true or false, but is 2 in 1 of 3 rows"),
        (binary(), ["yes", "no"], "label of task 'y' should be a number or a boolean, but 'y' is of type String"),
        (binary(label="y / 0"), [1, 1], r"'y / 0' is NaN or infinite in 2 of 2 rows.*CASE WHEN"),
        (regression(), [1.0, float("inf")], "infinite in 1 of 2 rows"),
        (regression(), [1.0, 1e39], "finite 32-bit number"),
        (regression(), [[1.0]], "is of type List"),
        (regression(log1p=True), [0.0, -1.0], "greater than -1 for log1p, but is -1 in 1 of 2 rows"),
        (multiclass("a", "b"), ["a", "q"], "one of its classes a, b, but is 'q' in 1 of 2 rows"),
        (multiclass(1, 2), [1, 3], "one of its classes 1, 2, but is 3 in 1 of 2 rows"),
        (multiclass(1, 2), ["1", "x"], "fitted on values of type Int64, but now finds type String"),
        (multiclass(1, 2), [1.0, float("nan")], "NaN or infinite in 1 of 2"),
        (multiclass(1, 2), [1.5], "should hold ids, but holds 1.5"),
        (binary(weight="w"), [1, 1], "weight of task 'y' should be a number >= 0, but is -1 in 1 of 2 rows"),
        (binary(weight="w / 0"), [1, 1], "weight of task 'y' should be a finite 32-bit number"),
        (binary(weight="NULL"), [1, 1], "weight of task 'y' .* 'NULL' is null in 2 of 2 such rows"),
        (binary(truth="CASE WHEN w > 0 THEN 0.5 END"), [1, 1], "truth of task 'y' .* null in 1 of 2 such rows"),
        (binary(mask="s"), [1, 1], "mask of task 'y' should be true or false, but 's' is of type String"),
        (binary(label="yy"), [1, 1], "label of task 'y' reads the column 'yy'.* did you mean 'y'"),
    ],
)
def test_labels_that_cannot_be_used(task: dict[str, Any], column: list[Any], message: str) -> None:
    rows = len(column)
    frame = pl.DataFrame({"y": pl.Series(column), "w": [1.0, -1.0, 1.0][:rows], "s": ["a"] * rows})
    with pytest.raises(DataError, match=message):
        label_frame(frame, schema(task))
    with pytest.raises(DataError, match=message):
        label_statistics(frame.lazy(), schema(task))


def test_masked_rows_are_not_looked_at() -> None:
    frame = pl.DataFrame({"y": [1.0, float("nan"), 7.0], "w": [1.0, -1.0, None], "ok": [True, False, None]})
    found = label_frame(frame, schema(binary(mask="ok", weight="w")))
    assert found.label_BT[:, 0].tolist() == [1, 0, 0]
    assert found.weight_BT[:, 0].tolist() == [1, 0, 0]


def test_an_aggregate_is_no_label() -> None:
    with pytest.raises(
        ExperimentError, match=r"label of task 'y' .* uses AVG, which is no function of the values of one row"
    ):
        label_frame(FRAME, schema(binary(label="z > AVG(z)")))


def test_classes_may_be_given_in_any_order_and_type() -> None:
    column = pl.Series([30, 10, None, 20])
    for values in (column, column.cast(pl.Float32), column.cast(pl.String)):
        found = label_frame(pl.DataFrame({"y": values}), schema(multiclass(30, 10, 20)))
        assert found.label_BT[:, 0].tolist() == [0, 1, 0, 2]
        assert found.weight_BT[:, 0].tolist() == [1, 1, 0, 1]
    computed = label_frame(pl.DataFrame({"y": column}), schema(multiclass(3, 1, 2, label="y / 10")))
    assert computed.label_BT[:, 0].tolist() == [0, 1, 0, 2]


def test_statistics_are_weighted_and_on_the_learned_scale() -> None:
    rng = np.random.default_rng(0)
    rows = BLOCK_ROWS + 1000
    value, weight = rng.exponential(5, rows).astype(np.float32), rng.uniform(0, 2, rows).astype(np.float32)
    known = rng.random(rows) < 0.7
    frame = pl.DataFrame({"v": value, "w": weight, "k": known, "c": rng.integers(0, 3, rows)})
    tasks = schema(
        {"name": "a", "kind": "regression", "label": "v", "weight": "w", "mask": "k"},
        {"name": "b", "kind": "regression", "label": "v", "log1p": True},
        {"name": "d", "kind": "binary", "label": "v > 5", "weight": "w"},
        {"name": "c", "kind": "multiclass", "classes": [2, 0, 1], "weight": "w"},
    )
    a, b, d, c = label_statistics(frame.lazy(), tasks)
    value64, weight64 = value.astype(np.float64), weight.astype(np.float64)
    mean = np.average(value64[known], weights=weight64[known])
    assert (a.task, a.rows, a.known) == ("a", rows, known.sum())
    assert a.mean == pytest.approx(mean, rel=1e-12)
    assert a.std == pytest.approx(np.sqrt(np.average((value64[known] - mean) ** 2, weights=weight64[known])))
    assert (b.mean, b.std) == pytest.approx((np.log1p(value64).mean(), np.log1p(value64).std()))
    assert d.mean == pytest.approx(np.average(value64 > 5, weights=weight64))
    shares = np.bincount(frame["c"].to_numpy(), weights=weight64)[[2, 0, 1]] / weight64.sum()
    assert c.class_shares == pytest.approx(tuple(shares))
    assert (c.mean, c.std, a.class_shares) == (0, 0, ())
    require_learnable((a, b, d, c), tasks)


def test_weight_zero_is_unknown() -> None:
    frame = pl.DataFrame({"y": [1, 0, 1], "w": [0.0, 1.0, 1.0]})
    (found,) = label_statistics(frame.lazy(), schema(binary(weight="w")))
    assert (found.rows, found.known, found.mean) == (3, 2, 0.5)


@pytest.mark.parametrize(
    ("task", "column", "message"),
    [
        (binary(), [None, None], "task 'y' has no known label in the 2 training rows"),
        (binary(), [0, 0, None], "task 'y' has no positive label in the training rows"),
        (binary(), [True, True], "task 'y' has no negative label in the training rows"),
        (regression(), [0.1, 0.1, 0.1, None], "task 'y' has the same label, 0.1 on the learned scale,"),
        (multiclass("a", "b"), ["a", "a", None], "task 'y' has only one class in the training rows"),
    ],
)
def test_what_cannot_be_learned(task: dict[str, Any], column: list[Any], message: str) -> None:
    statistics = label_statistics(pl.LazyFrame({"y": column}), schema(task))
    with pytest.raises(DataError, match=message):
        require_learnable(statistics, schema(task))


def test_a_constant_label_needs_no_column() -> None:
    (found,) = label_statistics(pl.LazyFrame({"x": [1, 2, 3]}), schema(binary(label="1")))
    assert (found.known, found.mean) == (3, 1)


def test_columns_of_labels() -> None:
    tasks = schema({"name": "r", "kind": "regression", "label": "z / y"}, binary(mask="ok"))
    assert label_columns(tasks, FRAME.columns) == {"z": "r", "y": "r"}


def test_no_feature_reads_what_a_label_is_made_of() -> None:
    tasks = {"name": "t", "kind": "binary", "label": "y = 1", "mask": "ok", "weight": "w", "truth": "p + 0"}
    require_no_leak(schema(tasks, features=("ok", "w", "z")), FRAME.columns)
    with pytest.raises(DataError, match="feature 'y' reads the column 'y', which the label of task 't' is made of"):
        require_no_leak(schema(tasks, features=("z", "y")), FRAME.columns)
    with pytest.raises(DataError, match="feature 'p' reads the column 'p', which the truth of task 't' is made of"):
        require_no_leak(schema(tasks, features=("p",)), FRAME.columns)


def test_rates_of_census_income(real_data: Path) -> None:
    frame = scan(real_data / "census_income" / "train.parquet")
    tasks = schema(
        {"name": "income", "kind": "binary", "label": "income_50k = '50000+.'"},
        {"name": "never_married", "kind": "binary", "label": "marital_stat = 'Never married'"},
    )
    income, never_married = label_statistics(frame, tasks)
    assert (income.known, never_married.known) == (199_523, 199_523)
    assert income.mean == pytest.approx(0.06206, abs=5e-6)
    assert never_married.mean == pytest.approx(0.43346, abs=5e-6)


def test_a_column_known_before_the_outcome_may_be_a_feature() -> None:
    ratio = {"name": "r", "kind": "regression", "label": "x / y"}
    known = {**ratio, "known_before": ["y"]}
    require_no_leak(schema(known, features=("y",)), ["x", "y"])
    with pytest.raises(DataError, match="known_before"):
        require_no_leak(schema(ratio, features=("y",)), ["x", "y"])
    with pytest.raises(DataError, match="'x'"):
        require_no_leak(schema(known, features=("x",)), ["x", "y"])
