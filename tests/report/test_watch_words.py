"""Words of alarms: short, whole sentences."""

from taskfusion.report.watch_words import ADVICE


def test_advice_is_whole_sentences() -> None:
    for advice in ADVICE.values():
        assert not advice.title.endswith(".")
        assert advice.wrong.endswith(".")
        assert advice.action.endswith(".")
        assert len(advice.action) < 300
