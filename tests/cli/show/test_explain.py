"""What explain prints."""

import pytest

from explanations import RECORD
from taskfusion.cli.show.explain import print_explanation


def test_sentences_then_agreement_then_what_is_next(capsys: pytest.CaptureFixture[str]) -> None:
    print_explanation(RECORD)
    shown = capsys.readouterr().out
    places = [
        shown.index(words) for words in ("like rests on ", "2 seeds agree", "agreement between 2 seeds", "next: ")
    ]
    assert places == sorted(places)
    print_explanation(RECORD.model_copy(update={"use": None}))
    assert "mixes no experts" in capsys.readouterr().out
