"""The graph of trees says of any rows what the trees say."""

from pathlib import Path

import numpy as np
import pytest

from taskfusion.data.rows import EncodedRows
from taskfusion.serve.export.trees import write_trees
from taskfusion.serve.inputs import GraphInputs
from taskfusion.serve.interface import TREES
from taskfusion.serve.session import Session
from taskfusion.trees.bank import TreeBank, WeighedTrees
from taskfusion.trees.columns import BagMean, Column, IdCode, IdTable, Matrix, PlainNumbers, TreeColumns
from taskfusion.trees.columns_file import COLUMNS
from trees.cases import BY_HAND, LAYOUT, MANY, VALUE_V, some_rows, three_rows
from trees.test_bank import trees_of
from trees.test_nodes import grown

INPUTS = GraphInputs.of(LAYOUT, {*LAYOUT.id_names, *LAYOUT.bag_names, *LAYOUT.numeric_names})
ROWS = some_rows(500, 5)
CASES: list[Column] = [
    *(column for column, _ in BY_HAND),
    IdCode(0, is_category=True),
    IdTable(1, (np.arange(MANY) % 7).astype(np.float32), is_category=True),
    BagMean(0, np.array([9, 0.1, 0.7, -0.3, 2], np.float32)),
]


def scored(bank: TreeBank, rows: EncodedRows, path: Path) -> Matrix:
    """The logits [B, S] of ONNX Runtime."""
    write_trees(bank, INPUTS, path / "trees.onnx")
    session, feed = Session(path / "trees.onnx"), INPUTS.feed(rows)
    assert session.outputs == [TREES]
    (found,) = session.run({name: feed[name] for name in session.inputs})
    return np.asarray(found, np.float32)


def trees_on(columns: TreeColumns, classes: int = 1, seed: int = 0, weight: float = 1.0) -> WeighedTrees:
    """Trees whose label hangs on every column, with noise that makes them split all over."""
    matrix_BM = columns.matrix(ROWS)
    generator = np.random.default_rng(seed)
    label_B = np.sin(3 * np.nan_to_num(matrix_BM, nan=5)).sum(axis=1) + generator.normal(size=len(ROWS))
    objective = "regression" if classes == 1 else "multiclass"
    label_B = label_B if classes == 1 else np.digitize(label_B, np.quantile(label_B, [0.3, 0.6]))
    categories = {"categories": list(columns.categories)}
    booster = grown(matrix_BM, label_B, objective, num_leaves=30, **categories)
    return WeighedTrees(booster, columns, weight)


def require_equal(bank: TreeBank, rows: EncodedRows, path: Path) -> None:
    np.testing.assert_allclose(scored(bank, rows, path), bank.logits(rows), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("column", CASES, ids=lambda one: f"{type(one).__name__}-{one.is_category}")
def test_trees_on_one_column(column: Column, tmp_path: Path) -> None:
    bank = TreeBank([[trees_on(TreeColumns((column,)))]], [1])
    assert bank.logits(ROWS).std() > 0.01
    require_equal(bank, some_rows(800, 6), tmp_path)


def test_every_class_of_columns_is_among_them() -> None:
    assert {type(column) for column in CASES} == set(COLUMNS.values())


@pytest.mark.parametrize("rows", [some_rows(800, 6), some_rows(1, 6), some_rows(0, 6), three_rows()], ids=len)
def test_all_tasks_side_by_side(rows: EncodedRows, tmp_path: Path) -> None:
    columns = TreeColumns(tuple(CASES))
    bank = TreeBank(
        [[trees_on(columns), trees_of("statistics", weight=0.3)], [], [trees_on(columns, 3, weight=1.7)], []],
        [1, 2, 3, 1],
    )
    found = scored(bank, rows, tmp_path)
    assert found.shape == (len(rows), 7)
    assert (found[:, [1, 2, 6]] == 0).all()
    require_equal(bank, rows, tmp_path)


@pytest.mark.parametrize("encoding", ["ordered", "categories", "statistics", "earlier-statistics"])
def test_trees_of_every_encoding(encoding: str, tmp_path: Path) -> None:
    require_equal(TreeBank([[trees_of(encoding)]], [1]), some_rows(800, 6), tmp_path)


def test_bags_without_places_and_numbers_that_are_missing(tmp_path: Path) -> None:
    whole = some_rows(30, 6)
    numbers = np.where(np.arange(60).reshape(30, 2) % 3 == 0, np.nan, whole.numeric_BN).astype(np.float32)
    bags = tuple(np.zeros((30, width), np.int32) for width in (0, 5))
    rows = EncodedRows(whole.ids_BF, bags, numbers, whole.label_BT, whole.weight_BT)
    require_equal(TreeBank([[trees_on(TreeColumns(tuple(CASES)))]], [1]), rows, tmp_path)


def test_means_fall_on_the_side_of_a_threshold_that_the_trees_saw(tmp_path: Path) -> None:
    value_V = np.random.default_rng(0).normal(size=MANY).astype(np.float32)
    columns = TreeColumns((BagMean(1, value_V), IdTable(1, VALUE_V), PlainNumbers(2)))
    require_equal(TreeBank([[trees_on(columns)]], [1]), ROWS, tmp_path)


def test_no_task_has_trees(tmp_path: Path) -> None:
    assert (scored(TreeBank([[], []], [1, 2]), ROWS, tmp_path) == np.zeros((500, 3))).all()
