"""What the commands that make tables print."""

import pytest

from taskfusion.cli.show.dataset import print_splits


def test_a_row_per_split(capsys: pytest.CaptureFixture[str]) -> None:
    print_splits("made up", {"train": 1234, "test": 5}, {"train": {"y": 0.25}, "test": {"y": 0.5}})
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["made", "up"],
        ["split", "rows", "mean", "y"],
        ["train", "1,234", "0.2500"],
        ["test", "5", "0.5000"],
    ]
    print_splits("made up", {"train": 1234}, {})
    assert [line.split() for line in capsys.readouterr().out.splitlines()][1:] == [
        ["split", "rows"],
        ["train", "1,234"],
    ]
