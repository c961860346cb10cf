"""Single-feature predictions against scikit-learn's AUC and R2 of a plainly written target mean."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import r2_score, roc_auc_score

from taskfusion.data.layout import BagInput, InputLayout, NumericInput, Table
from taskfusion.data.rows import EncodedRows
from taskfusion.inspect.leakage import LEAK, find_implications, find_leaks
from taskfusion.schema.task.binary import BinaryTask
from taskfusion.schema.task.multiclass import MulticlassTask
from taskfusion.schema.task.regression import RegressionTask
from taskfusion.schema.task.table import Task

ROWS = 1000
LAYOUT = InputLayout(
    tables=(Table("id", 12, None),),
    ids=(0,),
    bags=(BagInput(0, "mean"),),
    num_numeric=2,
    id_names=("id",),
    bag_names=("bag",),
    numeric_names=("number", "number is missing"),
    numeric=(NumericInput("number", (0, 1)),),
)
BINARY = BinaryTask(name="click", kind="binary")
NUMBER = RegressionTask(name="ratio", kind="regression")
CLASSES = MulticlassTask(name="mood", kind="multiclass", classes=("a", "b", "c"))


def _rows(
    label_B: npt.NDArray[np.float64],
    *,
    id_B: npt.NDArray[np.int64] | None = None,
    bag_BL: npt.NDArray[np.int64] | None = None,
    number_B: npt.NDArray[np.float64] | None = None,
    missing_B: npt.NDArray[np.bool_] | None = None,
    weight_B: npt.NDArray[np.float64] | None = None,
) -> EncodedRows:
    """Rows whose features not given are noise."""
    rows = len(label_B)
    rng = np.random.default_rng(9)
    id_B = rng.integers(0, 12, rows) if id_B is None else id_B
    bag_BL = rng.integers(0, 12, (rows, 3)) if bag_BL is None else bag_BL
    number_B = rng.normal(size=rows) if number_B is None else number_B
    missing_B = np.zeros(rows, dtype=bool) if missing_B is None else missing_B
    weight_B = np.ones(rows) if weight_B is None else weight_B
    return EncodedRows(
        ids_BF=id_B[:, None].astype(np.int32),
        bags=(bag_BL.astype(np.int32),),
        numeric_BN=np.stack([number_B, missing_B], axis=1).astype(np.float32),
        label_BT=label_B[:, None].astype(np.float32),
        weight_BT=weight_B[:, None].astype(np.float32),
    )


def _found(rows: EncodedRows, task: Task, least: Mapping[str, float] = LEAK) -> dict[str, float]:
    return {leak.feature: leak.value for leak in find_leaks(rows, LAYOUT, [task], least)}


@given(st.integers(0, 2**32 - 1))
def test_the_figure_is_that_of_the_mean_label_of_a_value(seed: int) -> None:
    rng = np.random.default_rng(seed)
    id_B = rng.integers(0, 12, ROWS)
    probability = rng.random(12)[id_B]
    click_B = (rng.random(ROWS) < probability).astype(float)
    ratio_B = probability + rng.normal(0, 0.1, ROWS)
    known_B = rng.random(ROWS) < 0.8
    fit_B = np.random.default_rng(0).permutation(ROWS) % 2 == 0
    for task, label_B, oracle in ((BINARY, click_B, roc_auc_score), (NUMBER, ratio_B, r2_score)):
        seen = defaultdict(list)
        for code, label, use in zip(id_B, label_B.astype(np.float32), fit_B & known_B, strict=True):
            if use:
                seen[code].append(float(label))
        overall = float(np.mean([label for labels in seen.values() for label in labels]))
        mean = {code: (sum(seen[code]) + overall) / (len(seen[code]) + 1) for code in range(12)}
        judged_B = ~fit_B & known_B
        expected = oracle(label_B[judged_B], [mean[code] for code in id_B[judged_B]])
        rows = _rows(label_B, id_B=id_B, weight_B=known_B.astype(float))
        assert _found(rows, task, {"AUC": -10.0, "R2": -10.0})["id"] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("task", [BINARY, NUMBER, CLASSES], ids=lambda task: task.kind)
def test_noise_is_no_leak(task: Task) -> None:
    label_B = np.random.default_rng(1).integers(0, 2, ROWS).astype(float)
    assert _found(_rows(label_B), task) == {}


@pytest.mark.parametrize("task", [BINARY, NUMBER, CLASSES], ids=lambda task: task.kind)
def test_a_copy_of_the_label_is_a_leak_in_every_kind_of_feature(task: Task) -> None:
    label_B = np.random.default_rng(1).integers(0, 2, ROWS).astype(float)
    code_B = label_B.astype(np.int64)
    bag_BL = np.stack([code_B + 3, np.zeros(ROWS, np.int64), np.zeros(ROWS, np.int64)], axis=1)
    assert set(_found(_rows(label_B, id_B=code_B + 2), task)) == {"id"}
    assert set(_found(_rows(label_B, bag_BL=bag_BL), task)) == {"bag"}
    assert set(_found(_rows(label_B, number_B=-5 * label_B), task)) == {"number"}
    missing_B = label_B > 0
    assert set(_found(_rows(label_B, number_B=np.where(missing_B, 0, 1.5), missing_B=missing_B), task)) == {"number"}


def test_a_threshold_on_a_number_is_found() -> None:
    number_B = np.random.default_rng(2).normal(size=ROWS)
    assert set(_found(_rows((np.abs(number_B) > 1).astype(float), number_B=number_B), BINARY)) == {"number"}


def test_a_number_that_follows_from_an_id_is_no_feature_of_its_own() -> None:
    label_B = np.random.default_rng(3).integers(0, 2, ROWS).astype(float)
    rows = _rows(label_B, number_B=label_B)
    beside = replace(LAYOUT, numeric=(NumericInput("id", (0,), "plain"),))
    assert [found.feature for found in find_leaks(rows, LAYOUT, [BINARY])] == ["number"]
    assert not find_leaks(rows, beside, [BINARY])


def test_a_number_that_is_the_label_on_another_scale_is_found() -> None:
    number_B = np.random.default_rng(2).normal(size=ROWS)
    assert set(_found(_rows(1 / (1 + np.exp(-number_B)), number_B=number_B), NUMBER)) == {"number"}


def test_a_value_of_its_own_in_every_row_tells_nothing() -> None:
    label_B = np.random.default_rng(1).integers(0, 2, ROWS).astype(float)
    assert _found(_rows(label_B, id_B=np.arange(ROWS)), BINARY) == {}


def test_too_few_labels_tell_nothing() -> None:
    label_B = (np.arange(ROWS) < 20).astype(float)
    assert _found(_rows(label_B, id_B=label_B.astype(np.int64)), BINARY) == {}
    unknown = np.zeros(ROWS)
    assert _found(_rows(label_B, weight_B=unknown), NUMBER) == {}


@given(st.integers(0, 2**32 - 1))
def test_implications_are_what_counting_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    id_B = rng.integers(0, 4, ROWS)
    label_B = (rng.random(ROWS) < rng.choice([0.0, 0.3, 1.0], 4)[id_B]).astype(float)
    known_B = rng.random(ROWS) < 0.8
    positives = sum(label_B[known_B] > 0)
    expected = {}
    for code in range(4):
        hits, rows = sum(label_B[known_B & (id_B == code)] > 0), sum(known_B & (id_B == code))
        holds_all = hits >= 0.99 * positives and rows <= 0.5 * sum(known_B)
        only = rows >= 20 and hits >= 0.05 * positives and hits >= 0.99 * rows and positives <= 0.5 * sum(known_B)
        if (holds_all or only) and 20 <= positives <= sum(known_B) - 20:
            expected[code] = (hits, rows / sum(known_B), hits / positives, hits / rows)
    rows = _rows(label_B, id_B=id_B, weight_B=known_B.astype(float))
    found = [one for one in find_implications(rows, LAYOUT, [BINARY]) if one.feature == "id"]
    assert len(found) == bool(expected)
    for one in found:
        hits = max(found_hits for found_hits, *_ in expected.values())
        assert sum(label_B[known_B & one.rows_B]) == hits
        assert (one.share, one.positives, one.rate) in [tuple(v[1:]) for v in expected.values() if v[0] == hits]


def test_a_row_counts_once_however_often_it_holds_a_value() -> None:
    label_B = (np.arange(ROWS) % 4 == 0).astype(float)
    bag_BL = np.stack([np.where(label_B > 0, 3, 4)] * 2 + [np.full(ROWS, 5)], axis=1)
    (one,) = find_implications(_rows(label_B, bag_BL=bag_BL), LAYOUT, [BINARY])
    assert (one.feature, one.share, one.positives, one.rate) == ("bag", 0.25, 1.0, 1.0)


@pytest.mark.parametrize("task", [NUMBER, CLASSES], ids=lambda task: task.kind)
def test_implications_are_of_binary_tasks(task: Task) -> None:
    label_B = (np.arange(ROWS) % 4 == 0).astype(float)
    assert find_implications(_rows(label_B, id_B=label_B.astype(np.int64)), LAYOUT, [task]) == []
