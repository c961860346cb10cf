"""All inputs are drawn, each from where it is said to lie."""

from pathlib import Path

import pytest

from costs import TASKS, model, record, three_ways, way
from rois import ROI, change, kpi, memo
from taskfusion.base.errors import ExperimentError
from taskfusion.pilot.roi.inputs import Inputs, draw_inputs
from taskfusion.run.record.pilot_memo import Adjusted


def _drawn(folder: Path, text: str = ROI, cost: object = None, **more: object) -> Inputs:
    return draw_inputs(change(folder, text=text), cost or record(), memo(**more), 200, 0)  # type: ignore[arg-type]


def test_each_has_its_source(tmp_path: Path) -> None:
    found = _drawn(tmp_path)
    sources = {(one.kind, one.side): one.source for one in found.all}
    assert sources[("requests", None)] == "from the run"
    assert sources[("serving", "before")] == "measured here"
    assert sources[("effect", None)] == "pilot"
    assert sources[("hour", None)] == "declared"
    assert all(len(one.value_S) == 200 for one in found.all)
    assert found.value("hour").min() >= 60


def test_another_input_moves_no_draws_of_the_others(tmp_path: Path) -> None:
    one = _drawn(tmp_path)
    more = _drawn(
        tmp_path, ROI.replace("name: shared", "name: shared\nrequests_per_month: {low: 1, likely: 2, high: 3}")
    )
    assert (one.value("hour") == more.value("hour")).all()
    assert not (one.value("requests") == more.value("requests")).any()


def test_training_counts_where_both_sides_are_known(tmp_path: Path) -> None:
    cost = record(ways=[way("one model", [model(TASKS, 3.0, training=None)], {}), *three_ways()[1:]])
    assert not _drawn(tmp_path, cost=cost).has("training", "before")
    assert _drawn(tmp_path).has("training", "before")


def test_what_a_pilot_cannot_say_is_not_drawn(tmp_path: Path) -> None:
    assert not _drawn(tmp_path, is_mismatch=True).has("effect", None, "like")
    assert not _drawn(tmp_path, kpis=[kpi("like", 0.1, 0.1, "unknown", effect=None)]).has("effect", None, "like")
    assert _drawn(tmp_path).has("effect", None, "like")


def test_an_effect_that_is_adjusted_counts_as_such(tmp_path: Path) -> None:
    one = Adjusted(change=0.01, lower=-0.01, upper=0.03, error=0.01, look=3, is_early=True)
    found = _drawn(tmp_path, kpis=[kpi("like", 0.03, 0.01, adjusted=one)])
    (effect,) = (one for one in found.all if one.kind == "effect")
    assert (effect.source, effect.spread.likely, effect.spread.high) == ("pilot, adjusted", 0.01, 0.03)
    assert float((effect.value_S < 0.01).mean()) == pytest.approx(0.5, abs=0.15)


def test_a_kpi_of_no_pilot_or_of_the_wrong_sign_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="should have the KPI 'liked'; did you mean 'like'"):
        _drawn(tmp_path, ROI.replace("kpi: like", "kpi: liked"))
    with pytest.raises(ExperimentError, match="less of 'hate' is better, so one more of it should be worth 0 or below"):
        _drawn(tmp_path, ROI.replace("kpi: like", "kpi: hate"))
    with pytest.raises(ExperimentError, match="more of 'like' is better, so one more of it should be worth 0 or above"):
        _drawn(tmp_path, ROI.replace("low: 0.01", "low: -0.01"))
