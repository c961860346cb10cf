from collections.abc import Callable
from pathlib import Path

import pytest

from demos.pilot import __main__ as main_module
from demos.pilot.program import FailedError
from demos.pilot.story import Story


def ends_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> Callable[[Path], int]:
    def tell(_: Story) -> None:
        raise error

    monkeypatch.setattr(Story, "tell", tell)
    return lambda folder: main_module.main(["--out", str(folder), "--visits", "10"])


def test_a_failure_is_shown_and_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends_with(monkeypatch, FailedError("This command ended with code 2"))(tmp_path) == 1
    assert capsys.readouterr().err == "\nThis command ended with code 2\n"


def test_it_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ends_with(monkeypatch, KeyboardInterrupt())(tmp_path) == 130
    assert "begins the pilot anew" in capsys.readouterr().err
