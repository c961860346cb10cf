"""Keys of the runbook are headings of Markdown, and each has words."""

import re
from pathlib import Path

import pytest

from taskfusion.report.watch_words import ADVICE
from taskfusion.watch.judge import LARGE_PSI, MODERATE_PSI
from taskfusion.watch.remedy import REMEDIES, remedy_of, runbook_url

GUIDE = Path(__file__).parents[2] / "docs" / "guide"


def test_every_key_is_an_anchor_and_has_advice() -> None:
    assert set(ADVICE) == set(REMEDIES)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", key) for key in REMEDIES)
    assert runbook_url("fallback", "https://wiki/x") == "https://wiki/x#fallback"


def test_every_alarm_has_a_key_and_what_all_tasks_share_has_another() -> None:
    assert {remedy_of(alarm) for alarm in REMEDIES.values()} == set(REMEDIES) - {"calibration-all"}
    assert remedy_of("calibration", "traffic") == remedy_of("calibration", "model") == "calibration-all"
    assert remedy_of("calibration", "labels") == "calibration"
    assert remedy_of("score_drift", "model") == "score-drift"
    with pytest.raises(KeyError):
        remedy_of("unheard_of")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_runbook_has_a_section_for_every_key(language: str) -> None:
    text = (GUIDE / language / "runbook.md").read_text(encoding="utf-8")
    assert [key for key in REMEDIES if f"\n## {key}\n" not in text] == []


@pytest.mark.parametrize("language", ["en", "ja"])
def test_words_on_drift_name_the_indices_that_decide(language: str) -> None:
    text = (GUIDE / language / "runbook.md").read_text(encoding="utf-8")
    section = text.partition("\n## score-drift\n")[2].partition("\n## ")[0]
    for words in (section, ADVICE["score-drift"].action):
        assert re.findall(r"0\.\d+", words) == [f"{one:g}" for one in (MODERATE_PSI, MODERATE_PSI, LARGE_PSI)]
