"""Words of alarms: short, whole sentences."""

from typing import get_args

from taskfusion.report.watch_words import ADVICE, VERDICTS, moment_text, subject_of, title_of
from taskfusion.run.record.alarms import AlarmAction
from watched import BUNDLE, NOW, alarm


def test_advice_is_whole_sentences() -> None:
    for advice in ADVICE.values():
        assert not advice.title.endswith(".")
        assert advice.wrong.endswith(".")
        assert advice.action.endswith(".")
        assert len(advice.action) < 300
    assert set(VERDICTS) == set(get_args(AlarmAction))


def test_an_alarm_is_about_all_that_it_names() -> None:
    assert subject_of(alarm(segment="country=jp")) == f"click, country=jp, {BUNDLE}"
    assert subject_of(alarm(task=None, kpi="ctr", bundle=None)) == "ctr"
    assert title_of("unheard-of") == "unheard-of"


def test_moments_are_to_the_minute() -> None:
    assert moment_text(NOW) == "2026-11-30 12:00 UTC"
    assert moment_text(None) == "n/a"
