"""Lines of a file are not cut to the width of a terminal."""

import pytest

from taskfusion.report.console import console


@pytest.mark.parametrize("stderr", [False, True])
def test_a_file_has_wide_lines(stderr: bool, capsys: pytest.CaptureFixture[str]) -> None:
    console(stderr=stderr).print("x" * 150)
    shown = capsys.readouterr()
    assert (shown.err if stderr else shown.out) == "x" * 150 + "\n"
    assert (shown.out if stderr else shown.err) == ""
