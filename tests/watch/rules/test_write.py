"""promtool checks the rules, and their tests find what they are made to find."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from promtool import promtool
from taskfusion.watch.rules.write import write_rules
from watched import KPIS, TASKS

QUICK = ("watch-", "serving-fallback-", "serving-faults-", "serving-late-1m", "serving-unanswered-1m")
"""Tests that run each time; the slower ones of late and unanswered differ from those of fallback in names alone."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_rules(tmp_path_factory.mktemp("rules"), KPIS, TASKS, 0.1, "https://wiki/runbook")


def run(*arguments: str | Path, code: int = 0) -> str:
    done = subprocess.run([promtool(), *arguments], capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def rules_of(files: Sequence[Path]) -> list[Path]:
    return [file for file in files if file.name.endswith(".rules.yml")]


def test_rules_are_rules(files: list[Path]) -> None:
    assert run("check", "rules", "--lint-fatal", *rules_of(files)).count("SUCCESS") == 5


def test_clean_series_make_no_alarm_and_injected_ones_do_when_they_should(
    files: list[Path], request: pytest.FixtureRequest
) -> None:
    tests = [file for file in files if file.name.endswith(".tests.yml")]
    all_of_them = request.config.getoption("--full-fuzz")
    chosen = [file for file in tests if all_of_them or file.name.startswith(QUICK)]
    assert run("test", "rules", *chosen).count("SUCCESS") == len(chosen)


@pytest.mark.parametrize(
    ("file", "was", "becomes"),
    [
        ("serving-faults", "> 3", "> 30"),
        ("watch", "for: 5m", "for: 50m"),
        ("watch", "owner: growth", "owner: nobody"),
        ("watch", 'remedy="unseen"', 'remedy="seen"'),
    ],
)
def test_the_tests_notice_a_rule_that_is_another(
    files: list[Path], tmp_path: Path, file: str, was: str, becomes: str
) -> None:
    text = (files[0].parent / f"{file}.rules.yml").read_text()
    assert was in text
    (tmp_path / "tests").mkdir()
    (tmp_path / f"{file}.rules.yml").write_text(text.replace(was, becomes))
    copied = tmp_path / "tests" / f"{file}-1m.tests.yml"
    copied.write_text((files[0].parent / "tests" / copied.name).read_text())
    assert "FAILED" in run("test", "rules", copied, code=1)
