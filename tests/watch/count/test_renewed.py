"""References that are made anew: what was held against the old ones is left out, and nothing else."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from fused import Fused
from support import log_table
from taskfusion.base.record import write_artifact
from taskfusion.watch.count.feature import ANY_MODEL
from taskfusion.watch.count.fusion import FusionCounter
from taskfusion.watch.count.renewed import digests, renewed
from taskfusion.watch.reference.model import KnownModel, KnownModels
from taskfusion.watch.reference.record import REFERENCE
from taskfusion.watch.state.memory import FeatureWindow, WatchState
from watch.worlds import reference


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """References of the models a and b, and another one of b."""
    found = tmp_path_factory.mktemp("references")
    for name, bundle, seed in (("a", "a", 1), ("b", "b", 2), ("b2", "b", 3)):
        reference(found / name, bundle, count=2000, seed=seed)
    return found


def _models(folder: Path, *names: str) -> KnownModels:
    return KnownModels(tuple(str(folder / name) for name in names))


def _state(models: KnownModels) -> WatchState:
    windows = [
        FeatureWindow(bundle=one, first=1, last=2, rows=3, square=3.0, features={}) for one in ("a", "b", "unknown")
    ]
    return WatchState(layout="", features=windows, references=digests(models), num_decisions=7)


def _kept(state: WatchState) -> list[str]:
    return [one.bundle for one in state.features]


def test_only_models_with_another_reference_begin_anew(folder: Path) -> None:
    state = _state(_models(folder, "a", "b"))
    assert renewed(state, _models(folder, "a", "b")) == state
    found = renewed(state, _models(folder, "a", "b2"))
    assert (_kept(found), found.num_decisions) == (["a", "unknown"], 7)
    assert _kept(renewed(state, _models(folder, "a"))) == ["a", "unknown"], "nobody knows b any more"
    old = state.model_copy(update={"references": {}})
    assert renewed(old, _models(folder, "b2")) == old, "it does not say what it was held against"


def test_a_reference_of_all_models_stands_for_those_that_have_none(folder: Path) -> None:
    state = _state(_models(folder, "a", "b")).model_copy(update={"references": {ANY_MODEL: "x"}})
    assert _kept(renewed(state, _models(folder, "a"))) == []
    same = state.model_copy(update={"references": {ANY_MODEL: digests(_models(folder, "a"))["a"]}})
    assert _kept(renewed(same, _models(folder, "a"))) == ["a"]


def test_gates_of_another_run_are_read_from_the_beginning(fused: Fused, tmp_path: Path) -> None:
    before = KnownModels((str(fused.reference),))
    counter = FusionCounter(before, [])
    counter.add(log_table(60), np.zeros(60, dtype=np.int64), np.arange(60).astype(np.uint64))
    state = WatchState(layout="", fusion=counter.kept(), references=digests(before))
    assert renewed(state, before).fusion == counter.kept()
    other = shutil.copytree(fused.reference, tmp_path / "other")
    content = KnownModel.load(other).reference
    assert content.fusion is not None
    fewer = content.fusion.model_copy(update={"edges": content.fusion.edges[1:]})
    write_artifact(other / REFERENCE, content.model_copy(update={"fusion": fewer}))
    models = KnownModels((str(other),))
    counter = FusionCounter(models, renewed(state, models).fusion)
    assert counter.edges() == []
    counter.add(log_table(60), np.zeros(60, dtype=np.int64), np.arange(60).astype(np.uint64))
    assert len(counter.edges()) == len(fewer.edges)
