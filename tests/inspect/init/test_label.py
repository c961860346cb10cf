import math

import polars as pl
import pytest

from taskfusion.base.errors import ExperimentError
from taskfusion.data.label import label_frame
from taskfusion.inspect.init.column import profile_columns
from taskfusion.inspect.init.label import label_task, two_value_task
from taskfusion.schema.schema import Schema


def _learned(values: pl.Series) -> list[float | None]:
    """The labels that training sees under the guessed settings."""
    (column,) = profile_columns(values.to_frame())
    settings, _ = label_task(column, values)
    task = {"name": "t", **settings}
    schema = Schema.model_validate({"features": [{"name": "f", "kind": "numeric"}], "tasks": [task]})
    labels = label_frame(values.to_frame(), schema)
    pairs = zip(labels.label_BT[:, 0].tolist(), labels.weight_BT[:, 0].tolist(), strict=True)
    return [label if weight else None for label, weight in pairs]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 1, 1, None], [0, 1, 1, None]),
        ([True, False, None], [1, 0, None]),
        ([-1, 1, 1], [0, 1, 1]),
        ([1.0, 0.0, math.nan], [1, 0, None]),
        ([2.0, 5.0, math.nan], [0, 1, None]),
        (["no", "yes", None], [0, 1, None]),
        (["- 50000.", "- 50000.", "50000+."], [0, 0, 1]),
        (["it's", "it's", "o'er"], [0, 0, 1]),
        ([1.0, 2.5, 4.0, None], [1, 2.5, 4, None]),
        ([1.0, 2.5, 4.0, math.nan], [1, 2.5, 4, None]),
        (["b", "c", "a", None], [1, 2, 0, None]),
    ],
)
@pytest.mark.parametrize("name", ["like", "click", "what?", 'a"b'])
def test_labels_come_out_as_meant(name: str, values: list[object], expected: list[float | None]) -> None:
    assert _learned(pl.Series(name, values, strict=False)) == expected


@pytest.mark.parametrize("values", [["one"] * 3, [3, 3, 3], [[1], [2], [3]], [str(k) for k in range(60)]])
def test_what_is_no_label(values: list[object]) -> None:
    series = pl.Series("x", values)
    (column,) = profile_columns(series.to_frame())
    with pytest.raises(ExperimentError, match=r"--task x: a label should have two values"):
        label_task(column, series)


def test_the_rarer_text_is_positive_but_that_is_not_clear() -> None:
    values = pl.Series("x", ["a"] * 2 + ["b"] * 5)
    (column,) = profile_columns(values.to_frame())
    task = two_value_task(column, values)
    assert (task.positives, task.rarer, task.is_clear) == (2, 2, False)
    assert task.note == "28.6 % are 'a'"


def test_a_long_tail_is_learned_as_a_logarithm() -> None:
    values = pl.Series("x", [0.0] * 50 + [1.0] * 20 + [2.0] * 10 + [500.0])
    (column,) = profile_columns(values.to_frame())
    assert label_task(column, values)[0]["log1p"] is True
    (column,) = profile_columns((values / 100).to_frame())
    assert "log1p" not in label_task(column, values / 100)[0]


@pytest.mark.parametrize(
    ("name", "values", "levels"),
    [
        ("rating", [5, 1, 2, 4, None], [1, 2, 3, 4, 5]),
        ("stars", [1.0, 3.0, 2.0], [1, 2, 3]),
        ("user_score", [0, 10, 3], list(range(11))),
    ],
)
def test_a_rating_of_a_few_whole_numbers_has_levels(name: str, values: list[float | None], levels: list[int]) -> None:
    series = pl.Series(name, values)
    (column,) = profile_columns(series.to_frame())
    settings, note = label_task(column, series)
    assert settings == {"kind": "ordinal", "label": name, "levels": levels}
    assert "mean" in note
    assert _learned(series) == [None if value is None else levels.index(int(value)) for value in values]


@pytest.mark.parametrize(
    ("name", "values"), [("rating", [0.5, 1.0, 4.5]), ("rating", [1, 50, 100]), ("seconds", [1, 2, 3])]
)
def test_other_numbers_are_a_regression(name: str, values: list[float]) -> None:
    series = pl.Series(name, values)
    (column,) = profile_columns(series.to_frame())
    assert label_task(column, series)[0]["kind"] == "regression"
