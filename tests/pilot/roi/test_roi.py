"""Whole returns: what is proven counts, what is not shown stands beside it."""

from math import expm1, log1p
from pathlib import Path

import pytest
from scipy.stats import norm

from rois import ROI, change, kpi, memo
from taskfusion.base.errors import RunError
from taskfusion.pilot.roi.roi import return_on_investment
from taskfusion.run.record.roi import RoiRecord

DRAWS = 20_000
CERTAIN = """
name: certain
cost: cost.json
memo: memo.json
kpis: [{kpi: like, per_month: 1.0e6, value: 0.02}]
lasting: 1
hour: 0
estimates: 1
upkeep_before: {hours_per_model: 0}
upkeep_after: {hours_per_model: 0}
migration: {hours: 0, money: MONEY, months: 0}
"""


def _found(folder: Path, text: str = ROI, **more: object) -> RoiRecord:
    return return_on_investment(change(folder, text=text, **more), DRAWS)  # type: ignore[arg-type]


def test_a_gain_that_was_shown_pays(tmp_path: Path) -> None:
    found = _found(tmp_path)
    assert (found.verdict, found.models_before, found.models_after) == ("go", 3, 1)
    savings, shown, everything = found.cases
    assert savings.net.mean < shown.net.mean == everything.net.mean
    assert found.inputs == sorted(found.inputs, key=lambda one: -one.share)
    assert sum(one.share for one in found.inputs) == pytest.approx(1, abs=0.1)
    assert [one.kpi for one in found.uncounted] == ["hate"]
    assert RoiRecord.model_validate_json(found.model_dump_json()) == found
    assert _found(tmp_path) == found


def test_an_effect_that_was_not_shown_is_not_counted_as_proven(tmp_path: Path) -> None:
    kpis = [kpi("like", 0.03, 0.02, "not shown")]
    savings, shown, everything = _found(tmp_path, action="hold", kpis=kpis).cases
    assert savings.net == shown.net
    assert everything.net.mean > shown.net.mean
    assert everything.net.high - everything.net.low > shown.net.high - shown.net.low


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_the_chance_of_a_linear_case_is_in_closed_form(tmp_path: Path, share: float) -> None:
    """The effect is log-normal and all else is known, so that the chance is a normal tail."""
    kpis = [kpi("like", 0.03, 0.01)]
    base = _found(tmp_path, CERTAIN.replace("MONEY", "0"), kpis=kpis, scatters=False)
    saved = base.cases[0].net.mean
    effect = norm.isf(share, log1p(0.03), 0.01)
    money = saved + 24 * 1e6 * 0.02 * expm1(effect)
    found = _found(tmp_path, CERTAIN.replace("MONEY", f"{money:.6f}"), kpis=kpis, scatters=False)
    assert found.cases[1].chance == pytest.approx(share, abs=0.015)


def test_a_dear_change_stops(tmp_path: Path) -> None:
    found = _found(tmp_path, ROI.replace("low: 60, likely: 120, high: 300", "low: 9.0e5, likely: 1.0e6, high: 2.0e6"))
    assert (found.verdict, found.reasons[0].kind) == ("stop", "does not pay")
    assert all(one.chance <= found.small for one in found.cases)


def test_without_a_pilot_savings_are_all(tmp_path: Path) -> None:
    kpis = next(line for line in ROI.splitlines() if "kpi: like" in line)
    text = ROI.replace("memo: memo.json", "").replace(f"kpis:\n{kpis}", "")
    found = _found(tmp_path, text)
    assert (found.verdict, found.action) != ("go", None)
    assert len({one.net.mean for one in found.cases}) == 1
    assert found.uncounted == []


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    given = change(tmp_path)
    (tmp_path / "memo.json").write_text("{}")
    with pytest.raises(RunError, match=r"memo\.json"):
        return_on_investment(given, 100)
    assert memo().kpis[0].name == "like"
