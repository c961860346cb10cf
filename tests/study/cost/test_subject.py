"""What a directory holds: an export, a run, a comparison, or nothing to measure."""

from pathlib import Path

import pytest

from serve.conftest import Exported
from study.cost.test_cost import compared
from taskfusion.base.errors import RunError
from taskfusion.study.cost.subject import read_subject

__all__ = ["compared"]


def test_a_comparison_has_all_ways_and_its_own_losses(compared: Path) -> None:
    found = read_subject(compared)
    assert {name: len(way.paths) for name, way in found.ways.items()} == {
        "one model": 1,
        "separate models": 2,
        "trees": 2,
    }
    assert found.ways["trees"].about == "lightgbm, losses of seed 0"
    assert all(len(way.training) == len(way.paths) for way in found.ways.values())


def test_one_run_of_it_is_one_model(compared: Path) -> None:
    found = read_subject(compared / "shared-bottom" / "seed-0")
    assert set(found.ways) == {"one model"}
    assert set(found.ways["one model"].losses) == {"click", "seconds"}
    assert not found.is_bundle


def test_an_export_without_a_card_has_no_losses(exported: Exported) -> None:
    found = read_subject(exported.path)
    assert found.is_bundle
    assert found.split is None


def test_anything_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="should be a directory made by export, train or compare"):
        read_subject(tmp_path)
