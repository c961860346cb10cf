"""Segments: their units, intervals that hold together, and whether they differ."""

from math import log1p

import numpy as np
import polars as pl
import pytest
from scipy import stats

from pilot.logs import charter
from pilot.worlds import START, world
from taskfusion.pilot.effect import Effect
from taskfusion.pilot.roster import by_hash
from taskfusion.pilot.segment import LEAST_UNITS, Group, Segments, holm, homogeneity, segments_of, tables
from taskfusion.pilot.tally import Tally
from taskfusion.pilot.units import dated

CHARTER = charter(percent=50, start=START, segments=("country",))


def _segments(column: pl.Expr, units: int = 4000) -> Segments:
    table = world(CHARTER, units, 8).filter((pl.col("time") >= START) | (pl.col("user") % 3 > 0))
    log = dated(table.with_columns(country=column).lazy(), CHARTER, "log")
    roster = by_hash(log, CHARTER, START, 8, "log")
    return segments_of(Tally(log, CHARTER, roster, START, 8, "log"), "country", roster.seen(8))


def test_small_ones_are_joined_and_named() -> None:
    user = pl.col("user") % 100
    country = pl.when(user < 50).then(pl.lit("a")).when(user < 80).then(pl.lit("b"))
    country = country.when(user < 86).then(pl.lit("c")).when(user < 92).then(pl.lit("d"))
    found = _segments(country)
    assert [(group.kind, group.name, group.joined) for group in found.groups] == [
        ("value", "a", ()), ("value", "b", ()), ("other", "", ("c", "d")),
    ]  # fmt: skip
    places = np.concatenate([np.concatenate(group.arms) for group in found.groups])
    assert len(places) == len(set(places))
    assert all(min(group.counts.values()) >= LEAST_UNITS for group in found.groups)
    assert found.left_out == ()


def test_too_few_are_left_out_and_named_and_the_unknown_are_a_segment() -> None:
    user = pl.col("user") % 100
    found = _segments(pl.when(user < 60).then(pl.lit("a")).when(user < 62).then(pl.lit("b")))
    assert [(group.kind, group.name) for group in found.groups] == [("value", "a"), ("unknown", "")]
    assert found.left_out == ("b",)


def test_the_first_value_of_a_unit_counts() -> None:
    found = _segments(pl.when(pl.col("time") < START).then(pl.lit("before")).otherwise(pl.lit("after")))
    assert {group.name for group in found.groups} == {"before", "after"}
    sizes = {group.name: sum(group.counts.values()) for group in found.groups}
    assert sizes["before"] > sizes["after"]


def test_homogeneity_is_that_of_scipy() -> None:
    """Against a chi-squared test of a linear contrast of two, and its distribution where all are alike."""
    two = [Effect(1, 1, 0.1, 0.03), Effect(1, 1, 0.0, 0.04)]
    q, groups, p = homogeneity(two)
    assert q == pytest.approx((0.1 / 0.05) ** 2)
    assert groups == 2
    assert p == pytest.approx(2 * stats.norm.sf(2))
    random = np.random.default_rng(0)
    drawn = [homogeneity([Effect(1, 1, random.normal(0.1, e), e) for e in (0.1, 0.2, 0.4)])[2] for _draw in range(800)]
    assert stats.kstest(drawn, "uniform").pvalue > 0.001
    assert homogeneity([two[0], None]) == (0.0, 1, 1.0)


def test_holm_is_the_textbook() -> None:
    found = holm({("a", "x"): 0.01, ("a", "y"): 0.04, ("b", "x"): 0.03})
    assert list(found.values()) == pytest.approx([0.03, 0.06, 0.06])
    assert found["a", "y"] == pytest.approx(0.06)


def test_intervals_of_all_hold_together() -> None:
    groups = [Group("value", name, (), (np.arange(300), np.arange(300, 700))) for name in ("a", "b")]
    effects: dict[str, dict[str, list[Effect | None]]] = {
        "like": {"country": [Effect(1, 1.1, log1p(0.1), 0.02), Effect(1, 0.9, log1p(-0.1), 0.02)]},
        "buy": {"country": [Effect(1, 1, 0.0, 0.05), None]},
    }
    (table,) = tables([Segments("country", groups, ("z",))], effects, 0.05)
    quantile = stats.norm.isf(0.05 / 2 / 3)
    (like, buy), (_, none) = (group.effects for group in table.groups)
    assert like.effect is not None
    assert log1p(like.effect.upper) - log1p(like.effect.change) == pytest.approx(quantile * 0.02)
    assert buy.effect is not None
    assert none.effect is None
    assert [one.differs for one in table.homogeneity] == [True, False]
    assert (table.left_out, table.groups[0].units) == (["z"], {"treatment": 400, "control": 300})
