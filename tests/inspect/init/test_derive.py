"""Tasks that are derived from numbers."""

from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest

from taskfusion.config.experiment import parse_experiment
from taskfusion.data.label import label_frame
from taskfusion.inspect.init.column import profile_columns
from taskfusion.inspect.init.derive import derived_tasks
from taskfusion.inspect.init.entry import Entry, Log
from taskfusion.inspect.init.finish import finish
from taskfusion.inspect.init.relation import without_outcomes
from taskfusion.inspect.init.rule import decide

ROWS = 2000
RNG = np.random.default_rng(0)
RATING = RNG.integers(1, 6, ROWS)
SHARE = RNG.exponential(0.6, ROWS)
AMOUNT = np.where(RNG.random(ROWS) < 0.5, 0, RNG.exponential(40, ROWS))


def _derive(table: Mapping[str, object]) -> list[Entry]:
    sample = pl.DataFrame(table)
    columns = profile_columns(sample)
    log = Log(sample, is_whole=True, ids={}, time=None, growing=frozenset(), named=())
    entries = without_outcomes([decide(column, log) for column in columns], columns, log)
    return derived_tasks(finish(entries, columns, log), columns, log)


@pytest.mark.parametrize(
    ("table", "labels"),
    [
        ({"rating": RATING}, {"liked": "rating >= 4", "disliked": "rating <= 2"}),
        ({"rating": RATING * 2}, {"liked": "rating >= 8", "disliked": "rating <= 4"}),
        ({"watch ratio": SHARE}, {"watch_ratio_half": '"watch ratio" > 0.5', "watch_ratio_clipped": "LEAST("}),
        ({"watch_ratio": SHARE.clip(0, 1)}, {"watch_ratio_half": "watch_ratio > 0.5"}),
        ({"clicks": RATING - 1}, {"any_clicks": "clicks > 0", "several_clicks": "clicks > 1"}),
        ({"quantity": RATING}, {"several_quantity": "quantity > 1"}),
        ({"arr_delay": (AMOUNT - 10).round()}, {"arr_delay_high": "arr_delay > "}),
        ({"sales": AMOUNT, "discount": AMOUNT[::-1]}, {"any_sales": "sales > 0", "discount": "", "any_discount": ""}),
        ({"is_click": RATING > 2, "size": SHARE}, {}),
        ({"sales": np.r_[1.0, np.zeros(ROWS - 1)] + np.r_[0, 2.0, np.zeros(ROWS - 2)]}, {}),
    ],
)
def test_what_can_be_derived(table: dict[str, object], labels: dict[str, str]) -> None:
    found = {entry.settings["name"]: entry.settings for entry in _derive(table)}
    assert list(found) == list(labels)
    assert all(label in str(found[name].get("label", "")) for name, label in labels.items())


def test_the_shares_are_those_of_the_labels() -> None:
    table = pl.DataFrame({"rating": RATING, "watch_ratio": SHARE, "arr_delay": (AMOUNT - 10).round(), "x": SHARE})
    found = _derive(table.to_dict())
    content = {"features": [{"name": "x", "kind": "numeric"}], "tasks": [dict(entry.settings) for entry in found]}
    labels = label_frame(table, parse_experiment(content).table_schema)
    for index, entry in enumerate(found):
        if entry.settings["kind"] == "binary":
            assert f"{100 * labels.label_BT[:, index].mean():.1f} % are 1" in entry.note
        else:
            assert labels.label_BT[:, index].max() == 1.0


def test_names_do_not_clash() -> None:
    assert [e.settings["name"] for e in _derive({"rating": RATING, "liked": RATING > 4})] == ["disliked"]
