"""The memo says what to do and why."""

import pytest

from pilot.test_rule import reading
from pilot.worlds import START
from taskfusion.report.pilot_memo import ACTIONS, hints, memo_box, memo_report
from taskfusion.run.record.pilot_memo import Action, Adjusted, LookRecord, PilotMemo, Reason
from translations import english_left, in_japanese


def memo(action: Action = "ship", **more: object) -> PilotMemo:
    """A memo of two KPIs."""
    kpis = [reading("success", "better", "like"), reading("guardrail", "unknown", "buy")]
    content = {
        "day": 3,
        "delay": 0,
        "reasons": [Reason(kind="better", kpi="like", effect=kpis[0].effect)],
        "units": {"treatment": 10, "control": 12},
        "exposure": None,
        "segments": [],
        "kpis": kpis,
    }
    return PilotMemo(
        name="pilot", unit="user", percent=5, first=START, last=START, days=14, action=action, mismatch=0.5,
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


def test_days_of_exposure_and_of_waiting_are_told_apart() -> None:
    """Outcomes of the last days come later: the pilot is then on a day beyond its last one."""
    looks = [LookRecord(day=7, known=5, z=1.0, boundary=3.0), LookRecord(day=16, known=14, z=2.5, boundary=2.0)]
    late = reading("success", "better", "like").model_copy(update={"looks": looks})
    over = memo(day=16, delay=2, kpis=[late])
    assert [(one.name, one.value) for one in memo_box(over).costs[:2]] == [
        ("days of exposure", "14 of 14"),
        ("days of waiting for outcomes", "2 of 2"),
    ]
    assert "day 7 (5 known): 1.00 of 3.00<br>day 16 (14 known)" in memo_report(over)
    early = memo_box(memo(day=9, delay=2)).costs
    assert [one.value for one in early[:2]] == ["9 of 14", "0 of 2"]
    assert [one.name for one in memo_box(memo()).costs[:2]] == ["days of exposure", "units in the treatment"]
    page = in_japanese(memo_report, over)
    assert english_left(page) == []
    for words in ("配信日数", "14日（予定14日）", "結果の確定待ち日数", "2日（予定2日）", "16日目（14日分確定）"):
        assert words in page


@pytest.mark.parametrize(
    ("look", "is_early", "words"),
    [(2, True, "adjusted for its looks it is +1.00 % [-1.00, +3.00]."), (1, True, "as it is."), (4, False, None)],
)
def test_an_early_end_has_its_adjusted_effect_beside_it(look: int, is_early: bool, words: str | None) -> None:
    adjusted = Adjusted(change=0.01, lower=-0.01, upper=0.03, error=0.01, look=look, is_early=is_early)
    ended = memo(kpis=[reading("success", "better", "like").model_copy(update={"adjusted": adjusted})])
    said = hints(ended)
    assert len(said) == int(words is not None)
    assert words is None or said[0].replace("\u2212", "-").endswith(words)
    assert "adjusted for its looks<br>+1.00 % [\u22121.00, +3.00]" in memo_report(ended)
    assert english_left(in_japanese(memo_report, ended)) == []


@pytest.mark.parametrize("action", ACTIONS)
def test_it_can_be_read_in_japanese(action: Action) -> None:
    late = reading("success", "better", "like").model_copy(update={"fading": 3.0, "matured": 0.5})
    page = in_japanese(memo_report, memo(action, kpis=[late, reading("guardrail", "unknown", "buy")]))
    assert english_left(page) == []
    assert "判断のルール" in page
