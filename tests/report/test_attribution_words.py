"""Sentences on columns and on one row."""

from attribution_records import ATTRIBUTION, LIKE, changed, columns, push
from taskfusion.evaluate.comparison import Interval
from taskfusion.report.attribution_words import (
    base_text,
    columns_sentences,
    named_pushes,
    overall_sentence,
    prediction_text,
    row_sentence,
    short_row_sentence,
    start_text,
    value_of,
)
from taskfusion.report.language import speaking


def test_the_leading_columns_are_named_and_that_shuffling_agrees() -> None:
    assert columns_sentences(columns()) == [
        "Its score moves most with user, video and hour.",
        "Shuffling the columns gives an order with rank correlation +1.00; no column leads in one "
        "and is far behind in the other.",
    ]


def test_seeds_that_agree_are_told_and_of_those_that_do_not_no_column_is_named() -> None:
    assert "Seeds agree on the order of the columns (rank correlation +0.90)." in columns_sentences(columns(0.9))
    unstable = " ".join(columns_sentences(columns(0.31)))
    assert "Unstable: seeds order the columns that move its score differently (rank correlation +0.31)." in unstable
    assert "user, video" not in unstable


def test_a_column_that_shuffling_puts_elsewhere_is_told() -> None:
    said = columns_sentences(columns(last_rise=9.0))[-1]
    assert said.startswith("The two differ on city: it moves the score little on average, but the loss rests on it.")
    first, *others = columns().columns
    unread = changed(first, permutation=Interval(mean=-1.0, low=-2.0, high=0.0))
    moved = changed(columns(), columns=(unread, *others))
    assert "The two differ on user: it moves the score more than the loss rests on it" in columns_sentences(moved)[-1]


def test_without_labels_nothing_is_said_of_shuffling() -> None:
    bare = changed(columns(), columns=tuple(changed(one, permutation=None) for one in columns().columns))
    assert columns_sentences(bare) == ["Its score moves most with user, video and hour."]


def test_a_row_is_held_against_its_base_and_no_push_is_named_on_which_seeds_disagree() -> None:
    said = row_sentence(LIKE)
    assert said.startswith("20.0\u202f%, against the base rate of 2.00\u202f% (10 times).")
    assert "Up: video = v12 (+2.00)." in said
    assert "Down: hour = 23 (\u22120.40)." in said
    assert "city" not in said
    assert said.endswith("Unstable: seeds disagree whether user pushes up or down.")


def test_numbers_and_values_are_told_as_such() -> None:
    number = changed(LIKE, kind="regression", prediction=1234.4, base=1000.0)
    assert (prediction_text(number), base_text(number)) == ("1\u202f234", "the mean of 1\u202f000")
    assert "times" not in row_sentence(number)
    assert prediction_text(changed(LIKE, kind="multiclass", value="PhD")) == "20.0\u202f% for PhD"


def test_small_pushes_are_not_named() -> None:
    pushes = [push("a", "1", 1.0), push("b", "2", 0.04), push("c", "3", -0.3)]
    assert [one.column for one in named_pushes(pushes, 1)] == ["a"]
    assert [one.column for one in named_pushes(pushes, -1)] == ["c"]
    assert named_pushes([], 1) == []


def test_all_tasks_are_one_sentence() -> None:
    two = changed(ATTRIBUTION, tasks=(columns(0.9), changed(columns(0.1), task="click")))
    assert overall_sentence(two) == (
        "Of the table's columns, scores move most: like with user, video and hour. "
        "Unstable: seeds order the columns of click differently."
    )
    assert overall_sentence(changed(ATTRIBUTION, tasks=(columns(0.1),))).startswith("Unstable: seeds order")


def test_the_short_sentence_has_no_values() -> None:
    assert short_row_sentence(LIKE) == (
        "like: 20.0\u202f%, against the base rate of 2.00\u202f% (10 times); video (+2.00) pushes it up; "
        "hour (\u22120.40) pushes it down."
    )


def test_the_average_input_is_told_as_a_probability_where_it_is_one() -> None:
    assert start_text(LIKE) == "\u22124.00 (1.80\u202f%)"
    assert start_text(changed(LIKE, kind="regression")) == "\u22124.00"


def test_a_push_that_is_written_as_0_is_not_named() -> None:
    tiny = changed(LIKE, pushes=(push("video", "1", 0.004), push("hour", "1", -0.004), push("city", "1", 0.011)))
    assert "city" in row_sentence(tiny)
    assert "video" not in row_sentence(tiny) + short_row_sentence(tiny)
    assert "push" not in short_row_sentence(changed(LIKE, pushes=(push("hour", "1", -0.004),)))


def test_what_the_table_holds_is_said_in_the_language() -> None:
    pushes = [push("a", "missing", 1.0), push("b", "7, 8, 9 \u2026 (12 values)", 1.0), push("c", "Kyoto", 1.0)]
    assert [value_of(one) for one in pushes] == ["missing", "7, 8, 9 \u2026 (12 values)", "Kyoto"]
    with speaking("ja"):
        assert [value_of(one) for one in pushes] == ["欠損", "7, 8, 9 \u2026（12個）", "Kyoto"]
