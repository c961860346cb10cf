"""Sums that grow from day to day are those of plain tables of units."""

import numpy as np
import polars as pl
import pytest

from pilot.decided import decisions
from pilot.logs import charter
from pilot.worlds import START, day, world
from taskfusion.base.errors import DataError
from taskfusion.pilot.roster import by_decisions, by_hash
from taskfusion.pilot.tally import Tally
from taskfusion.pilot.units import dated, per_unit

CHARTER = charter(percent=50, start=START)


def test_sums_are_those_of_tables_of_units() -> None:
    table = world(CHARTER, 200, 9).with_columns(
        watch=pl.when(pl.int_range(pl.len()) % 7 == 0).then(None).otherwise("watch")
    )
    log = dated(table.lazy(), CHARTER, "log")
    roster = by_hash(log, CHARTER, START, 9, "log")
    tally = Tally(log, CHARTER, roster, START, 9, "log")
    for metric in CHARTER.metrics:
        running = tally.running(metric)
        for days in (2, 5, 9):
            running.go_on(days)
            expected = per_unit(log, CHARTER, START, days, [0, 0]).sort("user")
            mine = pl.DataFrame([roster.unit, *map(pl.Series, running.columns)])
            mine = mine.filter(pl.col("user").is_in(expected["user"].implode())).sort("user")
            assert mine.height == expected.height
            assert mine.drop("user").to_numpy() == pytest.approx(expected.select(running.names).to_numpy())


def test_what_was_kept_is_taken_off() -> None:
    log = dated(world(CHARTER, 100, 8).lazy(), CHARTER, "log")
    roster = by_hash(log, CHARTER, START, 8, "log")
    tally = Tally(log, CHARTER, roster, START, 8, "log")
    whole, part = (tally.running(CHARTER.metrics[0]) for _copy in range(2))
    part.go_on(3)
    kept = part.kept()
    part.go_on(8)
    whole.go_on(8)
    for late, now, then in zip(part.since(kept), whole.columns, [*kept, None, None], strict=True):
        assert late == pytest.approx(now if then is None else now - then)
    control, treatment = tally.places(roster.seen(8), 3, 8)
    seen = set(np.unique(tally.unit_R[tally.rows(3, 8)]))
    assert set(control) | set(treatment) == seen


def test_rows_before_the_first_decision_do_not_count_and_history_does() -> None:
    table = pl.DataFrame({"user": [1, 1, 1, 1], "time": [day(-1), day(1), day(3), day(4)], "click": [1, 1, 1, 0]})
    content = charter(percent=50, start=START, metrics=CHARTER.metrics[:1])
    log = dated(table.lazy(), content, "log")
    roster = by_decisions(decisions(content, {1: day(3)}).lazy(), content, START, 5, "decisions")
    running = Tally(log, content, roster, START, 5, "log").running(content.metrics[0])
    running.go_on(5)
    assert [float(one[0]) for one in running.columns] == [1, 2, 1, 1]


def test_units_that_no_row_has_are_told() -> None:
    log = dated(world(CHARTER, 20, 8).lazy(), CHARTER, "log")
    roster = by_decisions(decisions(CHARTER, {999: START}).lazy(), CHARTER, START, 8, "decisions")
    with pytest.raises(DataError, match="should have rows of the 1 units of the decision log"):
        Tally(log, CHARTER, roster, START, 8, "log")
