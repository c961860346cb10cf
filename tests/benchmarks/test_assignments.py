"""The benchmark of assignments, on few units, and on what should not be."""

import numpy as np

from benchmarks.__main__ import DOCS
from benchmarks.assignments import Stage, figures, num_moved, sigmas


def test_nobody_moves() -> None:
    text, wrong = figures(3000, "pilot", 2.0)
    assert wrong == []
    assert text.splitlines()[-1].startswith("| 98 |")


def test_what_moves_is_counted() -> None:
    before = Stage(20, np.array([True, True, False]), np.array([0, 0, 1]))
    assert num_moved(before, before) == 0
    assert num_moved(before, Stage(50, np.array([True, False, True]), np.array([0, 1, 1]))) == 2
    assert num_moved(before, Stage(99, np.array([True, True, True]), None)) == 0
    assert sigmas(600, 0.5, 1000) > 6


def test_the_page_has_its_marks_and_its_command() -> None:
    text = (DOCS / "pilot.md").read_text(encoding="utf-8")
    for name in ("assignments", "ramp-kills"):
        assert text.count(f"<!-- {name} -->\n") == text.count(f"\n<!-- end of {name} -->") == 1
    assert "`python -m benchmarks.assignments --write`" in text
