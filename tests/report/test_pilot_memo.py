"""The memo says what to do and why."""

import pytest

from pilot.test_rule import reading
from pilot.worlds import START
from taskfusion.report.pilot_memo import ACTIONS, hints, memo_box, memo_report
from taskfusion.run.record.pilot_memo import Action, PilotMemo, Reason
from translations import english_left, in_japanese


def memo(action: Action = "ship", **more: object) -> PilotMemo:
    """A memo of two KPIs."""
    kpis = [reading("success", "better", "like"), reading("guardrail", "unknown", "buy")]
    content = {
        "reasons": [Reason(kind="better", kpi="like", effect=kpis[0].effect)],
        "units": {"treatment": 10, "control": 12},
        "exposure": None,
        "segments": [],
        "kpis": kpis,
    }
    return PilotMemo(
        name="pilot", unit="user", percent=5, first=START, last=START, day=3, days=14, action=action, mismatch=0.5,
        is_mismatch=False, alpha=0.05, ship_when="any", **{**content, **more},  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_has_its_title(action: Action) -> None:
    found = memo_box(memo(action))
    assert found.title == ACTIONS[action][0]
    assert bool(found.command) == (action == "extend")
    page = memo_report(memo(action))
    assert "like is better: +2.00 % [+1.00, +3.00]." in page
    assert "they have it" in page


def test_what_makes_it_less_sure_is_told() -> None:
    late = reading("success", "better", "like").model_copy(update={"fading": 3.0, "matured": 0.5})
    found = hints(memo(kpis=[late]))
    assert "The effect on like fades" in found[0]
    assert "50\u202f%" in found[1]


@pytest.mark.parametrize("action", ACTIONS)
def test_it_can_be_read_in_japanese(action: Action) -> None:
    late = reading("success", "better", "like").model_copy(update={"fading": 3.0, "matured": 0.5})
    page = in_japanese(memo_report, memo(action, kpis=[late, reading("guardrail", "unknown", "buy")]))
    assert english_left(page) == []
    assert "判断のルール" in page
