import re
from collections.abc import Mapping

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.inspect.init.column import profile_columns
from taskfusion.inspect.init.entity import with_entities
from taskfusion.inspect.init.entry import Entry, Log
from taskfusion.inspect.init.finish import clean_names, finish, with_lengths

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")


@given(st.lists(st.text(max_size=6), unique=True, max_size=12))
def test_names_are_valid_and_differ(columns: list[str]) -> None:
    names = clean_names(columns)
    assert all(NAME.fullmatch(name) for name in names)
    assert len(set(names)) == len(columns)
    assert [name for column, name in zip(columns, names, strict=True) if NAME.fullmatch(column)] == [
        column for column in columns if NAME.fullmatch(column)
    ]


def _finish(sample: pl.DataFrame, *entries: Entry, ids: Mapping[str, str] | None = None) -> list[Entry]:
    log = Log(sample, is_whole=True, ids=ids or {}, time=None, growing=frozenset(), named=())
    return finish(entries, profile_columns(sample), log)


def _feature(column: str, kind: str = "categorical") -> Entry:
    return Entry(column, "feature", "", {"kind": kind})


def test_roles_come_from_the_ids_and_the_names() -> None:
    names = ["member", "sku", "member_age", "sku_price", "hour", "user_item_distance", "reading_history"]
    kinds = ["categorical"] * 6 + ["sequence"]
    found = _finish(
        pl.DataFrame({name: ["a", "b"] for name in names}),
        *(_feature(name, kind) for name, kind in zip(names, kinds, strict=True)),
        ids={"user": "member", "item": "sku"},
    )
    roles = [entry.settings["role"] for entry in found]
    assert roles == ["user", "item", "user", "item", "context", "context", "user"]


def test_what_is_named_after_the_item_and_changes_within_it_is_of_the_candidate() -> None:
    sample = pl.DataFrame({"sku": ["a", "b"] * 50, "sku_age": range(100), "sku_price": [1, 2] * 50})
    columns = with_entities(profile_columns(sample), sample, {"item": "sku"})
    log = Log(sample, is_whole=True, ids={"item": "sku"}, time=None, growing=frozenset(), named=())
    found = finish([_feature("sku"), _feature("sku_age", "numeric"), _feature("sku_price", "numeric")], columns, log)
    assert [entry.settings["role"] for entry in found] == ["item", "candidate", "item"]


def test_names_that_yaml_does_not_take_are_cleaned() -> None:
    sample = pl.DataFrame({"what is it?": ["a", "b"], "clicked?": [0, 1]})
    feature, task = _finish(
        sample,
        _feature("what is it?"),
        Entry("clicked?", "task", "", {"kind": "binary", "label": "clicked?"}),
    )
    assert feature.settings["name"] == "what_is_it_"
    assert feature.settings["column"] == "what is it?"
    assert task.settings == {"name": "clicked_", "kind": "binary", "label": "clicked?"}


def test_names_without_a_latin_letter_or_digit_are_numbered() -> None:
    assert clean_names(["user", "артикул", "цена", "-", "_", "column_2", "größe", "цена 2"]) == [
        *("user", "column_2_2", "column_3", "column_4", "_", "column_2", "gr_e", "_2"),
    ]
    sample = pl.DataFrame({"артикул": ["a", "b"], "клик": [0, 1]})
    feature, task = _finish(
        sample, _feature("артикул"), Entry("клик", "task", "50 %", {"kind": "binary", "label": "клик"})
    )
    assert (feature.settings["name"], feature.settings["column"]) == ("column_1", "артикул")
    assert feature.note.startswith("'артикул'")
    assert task.settings == {"name": "column_2", "kind": "binary", "label": "клик"}
    assert task.note == "'клик': 50 %"


def test_a_label_named_as_the_task_is_not_repeated() -> None:
    (task,) = _finish(pl.DataFrame({"click": [0, 1]}), Entry("click", "task", "", {"kind": "binary", "label": "click"}))
    assert task.settings == {"name": "click", "kind": "binary"}


def test_truths_go_to_their_tasks() -> None:
    sample = pl.DataFrame({"click": [0, 1], "true_click": [0.1, 0.9], "true_like": [0.5, 0.5], "true_buy": [None, 0.1]})
    click = Entry("click", "task", "", {"kind": "binary", "label": "click"})
    truths = [Entry(name, "truth", "a truth") for name in sample.columns[1:]]
    found = _finish(sample, click, *truths)
    assert found[0].settings["truth"] == "true_click"
    assert [entry.place for entry in found[1:]] == ["truth", "left out", "left out"]


def test_a_truth_with_gaps_is_left_out() -> None:
    sample = pl.DataFrame({"click": [0, 1], "true_click": [0.1, None]})
    found = _finish(sample, Entry("click", "task", "", {"kind": "binary"}), Entry("true_click", "truth", ""))
    assert "truth" not in found[0].settings
    assert found[1].place == "left out"


def test_without_a_task_the_proposals_with_labels_enough_become_tasks() -> None:
    sample = pl.DataFrame({"a": [0, 1], "b": [0, 1], "c": [0, 1]})
    rows = {"a": 9, "b": 10, "c": 80}
    proposals = [Entry(name, "proposal", "", {"kind": "binary"}, support) for name, support in rows.items()]
    assert [entry.place for entry in _finish(sample, *proposals)] == ["proposal", "task", "task"]
    task = Entry("c", "task", "", {"kind": "binary"}, 80)
    assert [entry.place for entry in _finish(sample, *proposals[:2], task)] == ["proposal", "proposal", "task"]


def test_a_history_shares_the_table_of_the_values_it_holds() -> None:
    sample = pl.DataFrame(
        {
            "item_id": list(range(100, 140)),
            "author_id": list(range(40)),
            "shop": [f"s{k}" for k in range(40)],
            "items": [[100 + k, 139 - k] for k in range(40)],
            "things": [[100 + k] for k in range(40)],
            "authors": [[k // 2] for k in range(40)],
            "shops": [[f"s{k}"] for k in range(40)],
            "item_numbers": [[f"{100 + k}"] for k in range(40)],
            "item_zeros": [[f"0{100 + k}"] for k in range(40)],
            "others": [[k + 900] for k in range(40)],
        }
    )
    found = _finish(
        sample, *(_feature(c, "categorical" if c in sample.columns[:3] else "sequence") for c in sample.columns)
    )
    shared = {entry.column: entry.settings.get("share_with") for entry in found[3:]}
    assert shared == {
        "items": "item_id",
        "things": None,
        "authors": "author_id",
        "shops": "shop",
        "item_numbers": "item_id",
        "item_zeros": None,
        "others": None,
    }


def test_histories_of_several_lengths_give_these_too() -> None:
    sample = pl.DataFrame({"liked_history": [["a"], ["a", "b"]], "seen_history": [["a"], ["b"]], "tags": [["x"], []]})
    entries = _finish(
        sample,
        _feature("liked_history", "sequence"),
        _feature("seen_history", "sequence"),
        _feature("tags", "multi_categorical"),
    )
    found = with_lengths(entries, profile_columns(sample))
    assert [entry.settings["name"] for entry in found] == [
        *("liked_history", "liked_history_length", "seen_history", "tags"),
    ]
    length = found[1].settings
    assert (length["column"], length["kind"], length["length"]) == ("liked_history", "numeric", True)
    assert length["role"] == found[0].settings["role"]
