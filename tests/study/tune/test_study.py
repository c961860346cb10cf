"""Studies without models: what is proposed follows from finished trials alone, whatever happened between them."""

import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from optuna.storages import BaseStorage, InMemoryStorage

from support import experiment
from taskfusion.base.errors import ExperimentError, RunError, StorageError
from taskfusion.study.space import dimensions
from taskfusion.study.tune.study import (
    STARTUP_TRIALS,
    ModelStudy,
    open_storage,
    require_optuna,
    study_names,
    writing_studies,
)

SPACE: dict[str, Any] = {
    "training.learning_rate": {"low": 1e-3, "high": 1e-1, "log": True},
    "training.epochs": {"low": 1, "high": 9},
    "network.level_dims": {"values": [[[8], [6]], [[4], [4]], [[16]]]},
}


def study(
    storage: BaseStorage, *, metric: str = "relative_loss", seed: int = 0, space: dict[str, Any] = SPACE
) -> ModelStudy:
    own = experiment(tuning={"space": space})
    made = ModelStudy(storage, "x", space=dimensions(own.tuning.space or {}, own), metric=metric, seed=seed)
    made.begin()
    return made


def loss(settings: Any) -> float:
    return float(abs(settings["training.learning_rate"] - 0.03) + 0.01 * settings["training.epochs"])


def go_on(found: ModelStudy, trials: int) -> None:
    for _ in range(trials):
        trial = found.ask()
        found.finish(trial, loss(found.settings(trial)), 1.0)


def tried(found: ModelStudy) -> list[tuple[Any, float | None]]:
    return [(dict(found.settings(trial)), trial.value) for trial in found.finished()]


def _lose(found: ModelStudy) -> None:
    found.ask()  # as of a process that was killed


def _forget(found: ModelStudy) -> None:
    found.forget(found.ask())


@pytest.mark.parametrize("happens", [_lose, _forget, lambda found: None], ids=["killed", "interrupted", "stopped"])
@pytest.mark.parametrize("after", [0, 1, 7])
def test_a_study_goes_on_as_if_nothing_had_happened(after: int, happens: Callable[[ModelStudy], None]) -> None:
    storage = InMemoryStorage()
    whole, parts = study(InMemoryStorage()), study(storage)
    go_on(whole, 9)
    go_on(parts, after)
    happens(parts)
    parts = study(storage)
    go_on(parts, 9 - after)
    assert tried(parts) == tried(whole)
    assert len({str(one) for one in tried(whole)}) == 9


def test_the_first_trial_is_the_experiment_as_far_as_the_space_holds_it() -> None:
    found = study(InMemoryStorage())
    assert found.settings(found.ask()) == {
        "training.learning_rate": 0.01,
        "training.epochs": 3,
        "network.level_dims": [[8], [6]],
    }
    narrow = study(InMemoryStorage(), space={**SPACE, "training.epochs": {"low": 4, "high": 5}})
    settings = narrow.settings(narrow.ask())
    assert settings["training.learning_rate"] == 0.01
    assert settings["training.epochs"] in (4, 5)


def test_another_seed_proposes_others() -> None:
    one, other = study(InMemoryStorage()), study(InMemoryStorage(), seed=1)
    go_on(one, 3)
    go_on(other, 3)
    assert tried(one)[0] == tried(other)[0]
    assert tried(one)[1:] != tried(other)[1:]


@pytest.mark.parametrize(("metric", "best"), [("relative_loss", 0.1), ("auc", 0.3)])
def test_the_best_is_best_by_the_metric_and_never_a_trial_that_was_given_up(metric: str, best: float) -> None:
    found = study(InMemoryStorage(), metric=metric)
    assert found.best() is None
    for value in (0.2, 0.1, 0.3, 0.1):
        found.finish(found.ask(), value, 1.0)
    for value in (0.0, 0.9):
        trial = found.ask()
        trial.report(value, 1)
        found.stop(trial, "stopped early", 1.0)
    chosen = found.best()
    assert chosen is not None
    assert chosen.value == best
    assert chosen.number == {0.1: 1, 0.3: 2}[best]
    assert [trial.value for trial in found.finished()] == [0.2, 0.1, 0.3, 0.1, 0.0, 0.9]


def test_a_trial_behind_the_median_is_to_be_given_up_once_there_are_enough() -> None:
    found = study(InMemoryStorage())
    for number in range(STARTUP_TRIALS):
        trial = found.ask()
        trial.report(float(number), 1)
        assert not trial.should_prune()
        found.finish(trial, float(number), 1.0)
    for value, behind in ((1.9, False), (2.1, True)):
        trial = found.ask()
        trial.report(value, 1)
        assert bool(trial.should_prune()) is behind
        found.forget(trial)


def test_what_decides_is_most_important() -> None:
    found = study(InMemoryStorage())
    assert found.importances() == {}
    for _ in range(20):
        trial = found.ask()
        found.finish(trial, float(found.settings(trial)["training.epochs"]), 1.0)
    importances = found.importances()
    assert next(iter(importances)) == "training.epochs"
    assert importances["training.epochs"] > 0.5
    assert sum(importances.values()) == pytest.approx(1)
    assert set(importances) == set(SPACE)


@pytest.mark.parametrize(
    ("space", "words"),
    [
        ({**SPACE, "training.epochs": {"low": 1, "high": 8}}, r'"high": 9.*"high": 8'),
        ({"training.epochs": SPACE["training.epochs"]}, r"training\.learning_rate = .*now has no training"),
        ({**SPACE, "network.dropout": {"low": 0, "high": 0.5}}, r"no network\.dropout, but"),
    ],
)
def test_another_space_is_refused(space: dict[str, Any], words: str) -> None:
    storage = InMemoryStorage()
    go_on(study(storage), 1)
    with pytest.raises(RunError, match=words):
        study(storage, space=space)


def test_a_file_keeps_trials_and_studies_without_one_have_no_name(tmp_path: Path) -> None:
    path = tmp_path / "studies.db"
    found = study(open_storage(path))
    assert study_names(open_storage(path)) == []
    go_on(found, 2)
    assert study_names(open_storage(path)) == ["x"]
    assert tried(study(open_storage(path))) == tried(found)
    with pytest.raises(RunError, match="begun with"):
        study(open_storage(path), space={"training.epochs": SPACE["training.epochs"]})


def test_a_file_that_holds_no_studies_is_named(tmp_path: Path) -> None:
    (tmp_path / "studies.db").write_bytes(b"no database at all, but text" * 50)
    with pytest.raises(RunError, match=r"studies\.db' should be an SQLite file of studies"):
        open_storage(tmp_path / "studies.db")


def test_optuna_that_is_not_installed_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ExperimentError, match=r"pip install 'taskfusion\[tune\]'"):
        require_optuna()


def _fill(path: Path) -> None:
    """Writes trials in a process whose files may not grow, as on a disk that is full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    found = study(open_storage(path))
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size,) * 2)
    with (
        pytest.raises(StorageError, match=r"studies\.db' cannot be written: .*; see to its disk"),
        writing_studies(path),
    ):
        go_on(found, 200)
    os._exit(0)


def test_a_file_of_studies_appears_whole_and_a_disk_that_refuses_is_named(tmp_path: Path) -> None:
    process = multiprocessing.get_context("fork").Process(target=_fill, args=(tmp_path / "studies.db",))
    process.start()
    process.join()
    assert process.exitcode == 0
    assert "studies.db" in {path.name for path in tmp_path.iterdir()}
