"""What a journal says as a whole."""

from datetime import timedelta

from pilot.ramps import BASE, START
from taskfusion.config.ramp import Ramp, Stage
from taskfusion.config.routes import Tier
from taskfusion.pilot.ramp.history import bundle_of, record_of, rules_of, states_of
from taskfusion.run.record.ramp import JournalEvent, JournalLine, Outcome, RampPlan

RAMP = Ramp(
    charter="c",
    candidate=Tier(bundle="/new"),
    alarms="a",
    stages=(Stage(percent="shadow", hours=0.5), Stage(percent=100, hours=1)),
)
PLAN = RampPlan(name="p", candidate=Tier(bundle="/new"), stages=["shadow", "100"], percents=[0.0, 99.0], holdback=1.0)


def _line(
    minute: int, event: JournalEvent, stage: int, outcome: Outcome | None = None, bundle: str = ""
) -> JournalLine:
    time = START + timedelta(minutes=minute)
    more = {"plan": PLAN, "routes": BASE} if event == "begun" else {}
    return JournalLine(time=time, event=event, stage=stage, outcome=outcome, bundle=bundle or None, **more)  # type: ignore[arg-type]


LINES = [
    _line(0, "begun", -1),
    _line(0, "read", -1, "success"),
    _line(1, "moved", 0, bundle="abc"),
    *(_line(minute, "read", 0, "success") for minute in range(1, 33)),
    _line(33, "moved", 1, bundle="abc"),
    _line(34, "read", 1, "running"),
    _line(44, "read", 1, "failure"),
]


def test_stages_have_their_times_and_outcomes() -> None:
    found = record_of(RAMP, LINES, None, START)
    shadow, whole = found.stages
    assert shadow.ended == whole.began == START + timedelta(minutes=33)
    assert shadow.watched_hours == 0.5
    assert (shadow.looks, whole.looks) == ({"success": 32}, {"running": 1, "failure": 1})
    assert (whole.ended, found.phase, found.percent, found.bundle) == (None, "leaving", 99, "abc")
    gone = record_of(RAMP, [*LINES, _line(45, "left", 1)], 0, START)
    assert (gone.phase, gone.percent, gone.until) == ("rolled back", 0, "shadow")
    assert gone.stages[1].ended == START + timedelta(minutes=45)


def test_a_beginning_and_an_error_are_told() -> None:
    first = record_of(RAMP, LINES[:1], None, START)
    assert (first.phase, first.stage, first.percent, first.bundle) == ("moving", -1, 0, None)
    assert all(stage.began is None and stage.ended is None for stage in first.stages)
    assert bundle_of(LINES[:2]) is None
    stopped = [*LINES[:3], JournalLine(time=START, event="error", stage=0, message="no")]
    assert record_of(RAMP, stopped, None, START).error == "no"


def test_rules_are_in_seconds() -> None:
    assert rules_of(RAMP).seconds == (1800, 3600)
    assert len(states_of(RAMP, LINES)) == len(LINES)
