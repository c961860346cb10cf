"""What trees see of ids, and that no training row sees its own label."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.config.training import LightGBMConfig
from taskfusion.data.layout import InputLayout, Table
from taskfusion.data.rows import EncodedRows
from taskfusion.trees import encoding as encodings
from taskfusion.trees.columns import Matrix
from taskfusion.trees.encoding import ENCODINGS, FEW, FittedEncoding
from taskfusion.trees.statistic import Floats, TrainingSums
from trees.cases import block_of, label_of, some_rows, task_of, three_rows

of_every_encoding = pytest.mark.parametrize("name", ENCODINGS)
READ_LABELS = ("statistics", "earlier-statistics")


def fit(name: str, rows: EncodedRows, label_B: Floats) -> FittedEncoding:
    return task_of(rows, label_B).fitted(name)


def training_matrix(name: str, rows: EncodedRows, label_B: Floats) -> Matrix:
    fitted = fit(name, rows, label_B)
    return fitted.training_matrix(rows, fitted.fold_N)


def test_the_experiment_file_knows_every_encoding() -> None:
    assert str(LightGBMConfig.model_fields["ids"].annotation).count("'") == 2 * (len(ENCODINGS) + 1)
    for name in ENCODINGS:
        assert LightGBMConfig(ids=name).ids == name


@of_every_encoding
@given(st.integers(0, 10_000), st.integers(0, 119), st.booleans())
def test_a_rows_own_label_does_not_change_what_is_seen_of_it(
    name: str, seed: int, row: int, becomes_unknown: bool
) -> None:
    rows = some_rows(120, seed)
    label_B = label_of(rows, seed)
    changed_B = label_B.copy()
    changed_B[row] = np.nan if becomes_unknown else 1 - label_B[row]
    one, other = (training_matrix(name, rows, label)[row] for label in (label_B, changed_B))
    assert np.array_equal(one, other, equal_nan=True)


@of_every_encoding
def test_labels_matter_where_they_are_to_and_nowhere_else(name: str) -> None:
    rows = some_rows(120, 0)
    label_B = label_of(rows, 0)
    one, other = (fit(name, rows, label).columns.matrix(rows) for label in (label_B, 1 - label_B))
    assert np.array_equal(one, other, equal_nan=True) == (name not in READ_LABELS)


@given(st.integers(0, 10_000), st.integers(0, 119))
def test_statistics_of_earlier_rows_hang_on_no_later_label(seed: int, row: int) -> None:
    rows = some_rows(120, seed)
    label_B = label_of(rows, seed)
    later_B = np.where(np.arange(120) > row, 1 - label_B, label_B)
    one, other = (training_matrix("earlier-statistics", rows, label)[: row + 1] for label in (label_B, later_B))
    assert np.array_equal(one, other, equal_nan=True)


def test_rows_that_nothing_was_learned_from_are_told_of_all_labels() -> None:
    rows = some_rows(2000, 1)
    label_B = label_of(rows, 1)
    for name in READ_LABELS:
        mean_B, known_B = fit(name, rows, label_B).columns.matrix(rows)[:, 3:5].T
        for code in (6, 7):
            is_code_B = rows.ids_BF[:, 1] == code
            assert known_B[is_code_B].tolist() == [is_code_B.sum()] * is_code_B.sum()
            assert mean_B[is_code_B] == pytest.approx(label_B[is_code_B].mean(), abs=0.05)


def test_what_a_training_row_is_told_predicts_its_label_no_better_than_what_a_new_row_is_told() -> None:
    """Ids of a single row each, whose label tells nothing of other rows."""
    rows = some_rows(40, 2)
    ids_BF = rows.ids_BF.copy()
    ids_BF[:, 1] = 2 + np.arange(40)
    alone = EncodedRows(ids_BF, rows.bags, rows.numeric_BN, rows.label_BT, rows.weight_BT)
    label_B = np.random.default_rng(2).integers(2, size=40).astype(np.float64)
    assert training_matrix("statistics", alone, label_B)[:, 4].tolist() == [0] * 40


def test_columns_by_hand() -> None:
    columns = fit("ordered", three_rows(), np.zeros(3)).columns
    numbers, few = [[0.5, 0], [-1, 0], [0, 1]], [[2], [4], [2]]
    code_and_its_rows = [[40, 1], [7, 2], [7, 2]]
    tags = [[3, 0, 2, 0, 1], [1, 0, 0, 1, 0], [0, 0, 0, 0, 0]]  # length, then codes 1 to 4
    history = [[1], [2], [0]]
    expected = np.hstack([np.array(part) for part in (numbers, few, code_and_its_rows, tags, history)])
    assert np.array_equal(columns.matrix(three_rows()), expected)
    assert columns.categories == (2,)


def test_the_most_common_codes_are_categories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "MOST_CATEGORIES", 2)
    layout = InputLayout((Table("many", FEW + 1, None),), (0,), (), 0, ("many",), (), ())
    code_B = np.array([[3], [5], [5], [7], [7], [7], [3], [9]], np.int32)
    none = np.zeros((8, 0), np.float32)
    rows = EncodedRows(code_B, (), none, none, none)
    sums = TrainingSums.of(layout, [block_of(rows, np.zeros(8))], 1)
    columns = encodings.fit_encoding(ENCODINGS["categories"], layout, sums, np.zeros(8, np.int64)).columns
    found = columns.matrix(rows)
    assert found[:, 0].tolist() == [2, 0, 0, 1, 1, 1, 2, 0]
    assert found[:, 1].tolist() == [2, 2, 2, 3, 3, 3, 2, 1]
    assert columns.categories == (0,)


def test_bags_of_many_codes_are_told_by_the_mean_of_their_codes() -> None:
    rows = some_rows(500, 4)
    holds_B = (rows.bags[1] == 9).any(axis=1)
    columns = fit("statistics", rows, holds_B.astype(np.float64)).columns
    mean_B = columns.matrix(rows)[:, -1]
    assert np.nanmin(mean_B[holds_B]) > np.nanmean(mean_B[~holds_B]) + 0.2
    assert np.isnan(mean_B[(rows.bags[1] == 0).all(axis=1)]).all()


def test_layouts_without_ids_or_bags_are_seen() -> None:
    layout = InputLayout((), (), (), 1, (), (), ("age",))
    rows = EncodedRows(np.zeros((3, 0), np.int32), (), np.ones((3, 1), np.float32), np.zeros((3, 0)), np.zeros((3, 0)))
    for name in ENCODINGS:
        sums = TrainingSums.of(layout, [block_of(rows, np.zeros(3))], 1)
        fitted = encodings.fit_encoding(ENCODINGS[name], layout, sums, np.zeros(3, np.int64))
        assert fitted.training_matrix(rows, fitted.fold_N).tolist() == [[1], [1], [1]]
