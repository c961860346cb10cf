"""Every part runs on tiny counts, and callers see nothing of what is broken."""

import re

import pytest

from benchmarks.failsafe.__main__ import main
from benchmarks.failsafe.client import Answers
from benchmarks.failsafe.faults import DEADLINE, _row


def test_swaps_under_load_lose_and_mix_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    main(["swaps", "--swaps", "2"])
    said = capsys.readouterr().out
    assert re.search(r"\| 2 \| [\d,]+ \| 0 \| 0 \|", said)
    assert {line.split(" | ")[0] for line in said.splitlines() if "still is" in line} == {
        "| broken",
        "| slow",
        "| unfit",
    }


def test_a_part_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["storm"])
    assert "no part is called 'storm'; there are swaps, faults, lost, kills, load" in capsys.readouterr().err


def test_an_answer_that_is_late_is_told() -> None:
    """Twenty of the fallback: one deadline and two milliseconds after they were sent, and one far later."""
    sent = [float(number) for number in range(20)]
    came = [one + DEADLINE + 0.002 for one in sent]
    labels = ["fallback deadline"] * 20
    found = Answers(sent, sent, came, labels)
    cells, wrong = _row(found, found, 0.001, 0)
    assert (cells[3], cells[4], wrong) == ("20", "1.0", [])
    late = Answers(sent, sent, [came[0] + 0.1, *came[1:]], labels)
    assert len(_row(late, late, 0.001, 0)[1]) == 1
    assert _row(late, late.without(20), 0.001, 0)[1] == []
    lost = Answers(sent, sent, came, [*labels[:-1], "503 lost"])
    _, wrong = _row(lost, lost, 0.001, 0)
    assert "503 lost" in wrong[0]
