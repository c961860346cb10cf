"""The benchmark that kills ramps, on one kill of a real server, and on what should not be."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import DOCS
from benchmarks.ramp_kills import Place, allowed, measure, num_skipped, place_of, table
from serve.conftest import Exported
from taskfusion.pilot.ramp.machine import State
from taskfusion.run.record.ramp import Phase

PERCENTS = (0.0, 1.0, 99.0)


def test_a_ramp_on_a_real_server_goes_on_after_a_kill(exported: Exported, tmp_path: Path) -> None:
    new = Path(shutil.copytree(exported.path, tmp_path / "new"))
    found = measure(tmp_path, exported.path, new, 1, unit="user_id")
    assert (found.kills, found.passed, found.skipped, found.together, found.unequal) == (1, 1, 0, 0, 0)
    assert table(found).splitlines()[-1].startswith("| 1 |")


@pytest.mark.parametrize(
    ("changes", "skipped"),
    [
        (["shadow", 1.0, 99.0], 0),
        (["shadow", "shadow", 1.0, 1.0, None], 0),
        ([None], 0),
        ([1.0], 1),
        (["shadow", 99.0], 1),
        (["shadow", 1.0, "shadow"], 1),
        ([None, 99.0], 1),
    ],
)
def test_skipped_stages_are_counted(changes: list[Place], skipped: int) -> None:
    assert num_skipped(changes, PERCENTS) == skipped


@pytest.mark.parametrize(
    ("phase", "stage", "places"),
    [
        ("new", -1, {None}),
        ("moving", -1, {None, "shadow"}),
        ("staying", 0, {"shadow"}),
        ("moving", 1, {1.0, 99.0}),
        ("leaving", 1, {1.0, 99.0, None}),
        ("rolled back", 1, {None}),
        ("done", 2, {99.0}),
    ],
)
def test_each_state_has_its_places(phase: Phase, stage: int, places: set[Place]) -> None:
    assert allowed(State(phase, stage), PERCENTS) == places


def test_routes_say_where_the_candidate_is() -> None:
    routes: list[dict[str, Any]] = [{}, {"shadow": {}}, {"canary": {"percent": 5}}, {"canary": {"percent": 0}}]
    assert [place_of(one) for one in routes] == [None, "shadow", 5, None]


def test_the_page_has_its_command() -> None:
    assert "`python -m benchmarks.ramp_kills --kills 1000 --write`" in (DOCS / "pilot.md").read_text(encoding="utf-8")
