"""What becomes of a column, by its name and its values."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from taskfusion.inspect.init.column import profile_columns
from taskfusion.inspect.init.entry import Entry, Log
from taskfusion.inspect.init.rule import decide

Values = Sequence[object] | npt.NDArray[Any]

ROWS = 2000
RNG = np.random.default_rng(0)
FLAG = RNG.integers(0, 2, ROWS)
RARE = (np.arange(ROWS) < 30).astype(int)
SMALL = RNG.integers(0, 12, ROWS)
MANY = RNG.integers(0, 900, ROWS)
NORMAL = RNG.normal(size=ROWS)
SKEWED = np.exp(2 * NORMAL)
DAYS = [date(2024, 1, 1) + timedelta(days=int(d)) for d in SMALL]


LOG = Log(pl.DataFrame(), is_whole=True, ids={}, time=None, growing=frozenset(), named=())


def _decide(name: str, values: Values, log: Log = LOG, entity: str | None = None) -> Entry:
    sample = pl.DataFrame({name: values}, strict=False)
    (column,) = profile_columns(sample)
    return decide(replace(column, entity=entity), replace(log, sample=sample))


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("is_click", FLAG, "binary"),
        ("long_view", FLAG.astype(bool), "binary"),
        ("label", FLAG, "binary"),
        ("is_something", FLAG, "binary"),
        ("purchased", ["yes", "no"] * 1000, "binary"),
        ("liked", [-1, 1] * 1000, "binary"),
        ("rating", SMALL, "regression"),
        ("watch_ratio", np.abs(NORMAL), "regression"),
        ("price_paid", SKEWED, "regression"),
        ("label_seconds", SKEWED, "regression"),
    ],
)
def test_tasks(name: str, values: Values, kind: str) -> None:
    entry = _decide(name, values)
    assert (entry.place, entry.settings["kind"]) == ("task", kind)


@pytest.mark.parametrize(
    ("name", "values", "note"),
    [
        ("is_hate", RARE, "rare, 30 positive"),
        ("clicks", SMALL, "known only afterwards"),
        ("quantity", SMALL, "known only afterwards"),
        ("arr_delay", SMALL - 5, "known only afterwards"),
        ("play_time_ms", SKEWED, "known only afterwards"),
        ("clicked", ["A", "B", "B", "B"] * 500, "25.0 % are 'A', if that means yes"),
        ("conversion", [1, None] * 1000, "null means no"),
    ],
)
def test_proposals(name: str, values: Values, note: str) -> None:
    entry = _decide(name, values)
    assert entry.place == "proposal"
    assert note in entry.note


def test_all_outcomes_are_proposals_where_labels_are_named() -> None:
    assert _decide("is_click", FLAG, replace(LOG, named=("other",))).place == "proposal"
    assert _decide("rating", SMALL, replace(LOG, named=("other",))).place == "proposal"
    assert _decide("other", FLAG, replace(LOG, named=("other",))).place == "task"


@pytest.mark.parametrize(
    ("name", "values", "settings"),
    [
        ("colour", ["red", "blue"] * 1000, {"kind": "categorical"}),
        ("is_mobile", FLAG, {"kind": "categorical"}),
        ("is_weekend", FLAG.astype(bool), {"kind": "categorical"}),
        ("position", SMALL, {"kind": "numeric", "also_categorical": True}),
        ("position", SMALL.astype(float), {"kind": "numeric", "also_categorical": True}),
        ("position", RNG.permutation(np.repeat(np.arange(40), 15)), {"kind": "numeric"}),
        ("step", 1 + SMALL % 2, {"kind": "categorical"}),
        ("author_id", MANY, {"kind": "categorical"}),
        ("onehot_feat3", MANY, {"kind": "categorical"}),
        ("C14", MANY, {"kind": "categorical"}),
        ("thing", MANY + 2**40, {"kind": "categorical"}),
        ("num_employees", SMALL, {"kind": "numeric"}),
        ("num_employees", SMALL % 4, {"kind": "numeric", "also_categorical": True}),
        ("num_employees", (SMALL % 4).astype(float), {"kind": "numeric"}),
        ("weeks_worked", RNG.integers(0, 53, ROWS), {"kind": "numeric"}),
        ("hour", RNG.integers(0, 24, ROWS), {"kind": "categorical"}),
        ("like_count", MANY, {"kind": "numeric"}),
        ("ctr_7d", NORMAL, {"kind": "numeric"}),
        ("?", MANY, {"kind": "numeric"}),
        ("price", SKEWED, {"kind": "numeric", "transform": "log_standardize"}),
        ("span", [timedelta(seconds=int(s)) for s in MANY], {"kind": "numeric"}),
        ("span", [timedelta(seconds=int(s) % 2) for s in MANY], {"kind": "numeric"}),
        ("cost", [Decimal(int(s)) / 4 for s in MANY], {"kind": "numeric"}),
        ("shop_id", [Decimal(int(s)) for s in MANY], {"kind": "categorical"}),
        ("shop_id", pl.Series([int(s) + 2**63 for s in MANY], dtype=pl.UInt64), {"kind": "categorical"}),
        ("size", pl.Series([int(s) for s in MANY], dtype=pl.UInt16), {"kind": "numeric"}),
        ("tags", [["a", "b"], ["b"]] * 1000, {"kind": "multi_categorical", "max_length": 2}),
        ("genres", ["x|y", "y|x", "x", "y"] * 500, {"kind": "multi_categorical", "separator": "|", "max_length": 2}),
        ("watch_seq", [[1, 2], [2]] * 1000, {"kind": "sequence", "max_length": 2}),
        ("last_items", [list(range(70))] * ROWS, {"kind": "sequence", "max_length": 50}),
    ],
)
def test_features(name: str, values: Values, settings: dict[str, Any]) -> None:
    entry = _decide(name, values)
    assert (entry.place, entry.settings) == ("feature", settings)


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("nothing", [None] * ROWS, "without any value"),
        ("", SMALL, "without a name"),
        ("always", ["x"] * ROWS, "always x"),
        ("pred_click", NORMAL, "the output of another model"),
        ("instance_weight", SKEWED, "a weight of the row"),
        ("click_delay_time", NORMAL, "the time of an outcome"),
        ("rating", [1.0, math.inf, 2.0, 3.0] * 500, "holds infinity"),
        ("price", [1.5, math.inf, 2.0, 3.0] * 500, "holds infinity"),
        ("when", DAYS, "a time, and times to come never occur in training; it has gaps"),
        ("row_id", np.arange(ROWS), "a value of its own in every row"),
        ("text", [f"text {k}" for k in range(ROWS)], "a value of its own in every row"),
        ("session_id", np.repeat(np.arange(ROWS // 2), 2), "passing, 1,000 values in 2,000 rows"),
        ("basket_id", np.repeat(np.arange(ROWS // 2), 2), "passing, 1,000 values in 2,000 rows"),
        ("nr", RNG.permutation(ROWS), "a row number"),
        ("propensity_score", NORMAL, "the output of another model"),
        ("title", [f"a rather long and wordy title of an article, number {k // 2}" for k in range(3000)], "free text"),
        ("nested", [[[1], [2]], [[3]]] * 1000, "no list of ids"),
        ("vector", [[0.5, 1.5], [1.0, 2.0]] * 1000, "no list of ids"),
        ("splits", [{"a": k} for k in range(ROWS)], "a struct: its fields are columns of their own"),
        ("moment", [time(int(s)) for s in SMALL], "of type Time"),
    ],
)
def test_left_out(name: str, values: Values, reason: str) -> None:
    entry = _decide(name, values)
    assert entry.place == "left out"
    assert reason in entry.note


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("tapped", FLAG),
        ("ad_tapped", FLAG.astype(bool)),
        ("geklickt?", FLAG.astype(float)),
        ("нажал", FLAG),
        ("tapped", [1, None] * 1000),
        ("tapped", [0, 1, None, 1] * 500),
        ("tapped", ["Yes", "No"] * 1000),
        ("tapped", ["0", "1"] * 1000),
    ],
)
def test_yes_or_no_under_an_unknown_name_is_asked_about(name: str, values: Values) -> None:
    entry = _decide(name, values)
    assert (entry.place, entry.settings) == ("question", {"kind": "categorical"})
    assert entry.note == "outcome or known before? name it a task, or take the '#' away"
    assert _decide(name, values, entity="user").place == "feature"
    assert _decide(name, values, replace(LOG, named=("other",))).place == "question"


@pytest.mark.parametrize("name", ["is_new_user", "has_music", "seen_before", "is_peak_hour", "user-item_affinity_7"])
def test_yes_or_no_that_is_known_before_by_its_name_is_a_feature(name: str) -> None:
    assert _decide(name, FLAG).settings == {"kind": "categorical"}
    assert _decide(name, FLAG.astype(str), entity="item").place == "feature"


def test_iso_times_of_any_name_are_no_categories() -> None:
    entry = _decide("wann", [str(day) for day in DAYS])
    assert entry.place == "left out"
    assert "a time" in entry.note


def test_an_attribute_of_the_user_is_no_outcome() -> None:
    assert _decide("is_follow", FLAG, entity="user").place == "feature"
    assert _decide("rating", SMALL, entity="item").place == "feature"
    assert _decide("label", FLAG, entity="user").place == "task"


def test_what_grows_with_time_is_left_out() -> None:
    assert (
        "grows with time"
        in _decide("week_number", SMALL, replace(LOG, time="when", growing=frozenset({"week_number"}))).note
    )
    assert "orders the rows" in _decide("when", DAYS, replace(LOG, time="when")).note
    assert "a date of the item" in _decide("uploaded_at", DAYS, replace(LOG, time="when"), entity="item").note


def test_an_id_that_never_comes_back_is_left_out_only_where_all_rows_were_seen() -> None:
    users = [f"u{k}" for k in range(ROWS)]
    assert _decide("user_id", users, replace(LOG, ids={"user": "user_id"})).place == "left out"
    assert _decide("user_id", users, replace(LOG, ids={"user": "user_id"}, is_whole=False)).place == "feature"


def test_what_is_constant_in_a_sample_is_called_so() -> None:
    assert _decide("tab", ["x"] * ROWS, replace(LOG, is_whole=False)).note == "always x in the sample"


def test_a_true_probability_is_no_feature() -> None:
    assert _decide("true_click", np.abs(NORMAL)).place == "truth"


@pytest.mark.parametrize(
    ("name", "values", "doubt"),
    [
        ("flight", MANY, "a number or a code?"),
        ("flight", MANY.astype(float), ""),
        ("flight", MANY - 20, ""),
        ("flight", np.arange(ROWS) * 3, ""),
        ("age", MANY, ""),
        ("hourmin", MANY, ""),
        ("flight_id", MANY, ""),
        ("is_click", (np.arange(ROWS) < 60).astype(int), "60 rows of the rarer label"),
        ("is_click", FLAG, ""),
    ],
)
def test_little_evidence_asks_for_attention(name: str, values: Values, doubt: str) -> None:
    found = _decide(name, values).doubt
    assert doubt in found
    assert bool(doubt) == bool(found)
