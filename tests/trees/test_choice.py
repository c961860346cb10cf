"""The choice falls on what validation rows show to be best, and says so."""

from functools import partial

import numpy as np
import pytest

from taskfusion.schema.task.binary import BinaryTask
from taskfusion.trees.boosting import fit_trees
from taskfusion.trees.choice import EncodingChoice, choose_encoding
from taskfusion.trees.encoding import ENCODINGS
from trees.cases import label_of, some_rows, task_of

CLICK = BinaryTask(name="click", kind="binary")
GROW = partial(
    fit_trees, CLICK, parameters={"learning_rate": 0.1, "num_leaves": 4}, num_rounds=40, patience=5, seed=0, threads=1
)


def test_an_id_whose_neighbours_differ_is_no_order() -> None:
    rows = some_rows(2000, 0)
    found = choose_encoding(task_of(rows, label_of(rows, 1)), lambda train, validation: GROW(train, validation))
    assert found.losses.keys() == ENCODINGS.keys()
    assert found.name != "ordered"
    other = found.other()
    assert other is not None
    assert {ENCODINGS[one.name].reads_labels for one in (found, other)} == {False, True}
    assert other.losses == found.losses
    assert found.losses[found.name] == min(found.losses.values()) < found.losses["ordered"] - 0.02


def test_a_label_in_the_order_of_the_codes_is_seen_in_order() -> None:
    """Codes that training lacks are known by their place alone."""
    rows, validation = some_rows(300, 0), some_rows(400, 99)
    rows.ids_BF[:, 1] -= rows.ids_BF[:, 1] % 2
    validation.ids_BF[:, 1] |= 1
    label_B, holdout_B = ((one.ids_BF[:, 1] > 24).astype(np.float64) for one in (rows, validation))
    task = task_of(rows, label_B, validation, holdout_B)
    assert choose_encoding(task, lambda train, holdout: GROW(train, holdout)).name == "ordered"


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (EncodingChoice("ordered", {}), "ids as ordered"),
        (
            EncodingChoice("categories", {"ordered": 0.5, "categories": 0.25}),
            "ids as categories, by the validation loss of a few trees: ordered 0.50000, categories 0.25000",
        ),
    ],
    ids=["given", "chosen"],
)
def test_a_choice_says_what_it_rests_on(choice: EncodingChoice, words: str) -> None:
    assert str(choice) == words


@pytest.mark.parametrize(
    "choice",
    [EncodingChoice("categories", {}), EncodingChoice("ordered", dict.fromkeys(ENCODINGS, 0.5))],
    ids=["given", "all equal"],
)
def test_there_is_no_other_sort_where_none_was_tried_or_none_differs(choice: EncodingChoice) -> None:
    assert choice.other() is None


def test_the_other_sort_is_its_best() -> None:
    losses = {"ordered": 0.5, "categories": 0.4, "statistics": 0.45, "earlier-statistics": 0.42}
    other = EncodingChoice("categories", losses).other()
    assert other is not None
    assert other.name == "earlier-statistics"
