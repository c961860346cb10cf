"""Two scenarios of one feed: the same users and videos, and relations of tasks that turn around."""

from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.domain.scenario import SCENARIOS, TASKS, Feed, correlations
from taskfusion.datasets.simulate.feed import TASKS as ALL_TASKS
from taskfusion.datasets.simulate.feed import FeedSettings


def test_click_agrees_with_the_others_in_one_scenario_and_conflicts_in_the_other() -> None:
    agree, conflict = (np.array(correlations(sign)) for sign in (1.0, -1.0))
    click, like, profile = (ALL_TASKS.index(task) for task in TASKS)
    assert agree[click, like] == agree[click, profile] == -conflict[click, like] == -conflict[click, profile] > 0
    assert agree[like, profile] == conflict[like, profile] > 0
    for sign in (1.0, -1.0):
        assert FeedSettings(transfer=correlations(sign)).correlations.shape == (6, 6)


def test_rows_of_both_are_of_the_same_users_and_videos(tmp_path: Path) -> None:
    tables = Feed(0, (2000, 1000)).tables(tmp_path)
    rows = pl.concat(tables.values())
    assert rows["scenario"].value_counts().sort("scenario").rows() == [("home", 2000), ("search", 1000)]
    for column, of in (("age_band", "user_id"), ("category", "item_id")):
        assert (rows.group_by(of).agg(pl.col(column).n_unique())[column] == 1).all()
    assert set(tables["train"]["scenario"].head(50)) == set(SCENARIOS)
    again = Feed(0, (2000, 1000)).tables(tmp_path)
    assert again["test"].equals(tables["test"])


def test_only_the_gates_differ() -> None:
    with_gates, without = (Feed(0, (2000, 1000)).experiment(gates=gates) for gates in (True, False))
    assert with_gates.network.gate.features == ("scenario",)
    assert with_gates.with_settings("network.gate.features=[]") == without
