"""A search on a small table: it goes on where it stood, gives trials up, and never sees a test row."""

import os
import shutil
import signal
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch

from support import TASKS, experiment, log_table
from taskfusion.base.errors import DataError, ExperimentError, InterruptedTrainingError, RunError
from taskfusion.config.experiment import Experiment, read_experiment
from taskfusion.data.prepared import SplitTables
from taskfusion.pipeline.progress import Progress, Silent, TrialEvent
from taskfusion.pipeline.train import train_run
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.tuning import StudyRecord
from taskfusion.study.baseline import LIGHTGBM, SINGLE_TASK
from taskfusion.study.tune.search import tune_methods
from taskfusion.train.loop import StepEvent

RATES: dict[str, Any] = {"training.learning_rate": {"low": 1e-5, "high": 1e-1, "log": True}}
NETWORK = "adatt-sp"


def parts(**changed: pl.DataFrame) -> SplitTables:
    tables = {"train": log_table(300, 0), "validation": log_table(150, 1)} | changed
    return {name: table.lazy() for name, table in tables.items()}


POLICY = {"forbid": [{"source": "click", "target": "seconds"}]}


def small(space: dict[str, Any] | None = RATES, **settings: Any) -> Experiment:
    plain: dict[str, Any] = {"tasks": TASKS[:2], "training": {"epochs": 2}, "lightgbm": {"num_rounds": 20}}
    return experiment(**{**plain, "tuning": {"space": space}, **settings})


def tune(
    out: Path,
    trials: int,
    variants: tuple[str, ...] = (NETWORK,),
    own: Experiment | None = None,
    tables: SplitTables | None = None,
    progress: Progress | None = None,
) -> Sequence[StudyRecord]:
    found = tune_methods(own or small(), tables or parts(), variants, trials, out, progress=progress or Silent())
    return found.studies


def tried(study: StudyRecord) -> list[tuple[Any, ...]]:
    """What does not depend on the clock."""
    return [
        tuple(getattr(trial, key) for key in ("trial", "value", "stopped", "evaluations", "settings"))
        for trial in study.trials
    ]


class Count(Silent):
    """Counts steps and keeps events; may do something at a step, or as a model is begun."""

    def __init__(self, *, signal_at: int = 0, interrupt_at: int = 0) -> None:
        self.steps = self.begun = 0
        self.signal_at, self.interrupt_at = signal_at, interrupt_at
        self.events: list[TrialEvent] = []

    def on_step(self, event: StepEvent) -> None:
        self.steps += 1
        if self.steps == self.signal_at:
            os.kill(os.getpid(), signal.SIGINT)

    def training(self, title: str, task_names: Sequence[str], num_rows: int) -> AbstractContextManager[None]:
        self.begun += 1
        if self.begun == self.interrupt_at:
            raise KeyboardInterrupt
        return nullcontext()

    def on_trial(self, event: TrialEvent) -> None:
        self.events.append(event)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sequence[StudyRecord], Count]:
    """Eight trials in one go."""
    out, count = tmp_path_factory.mktemp("whole") / "t", Count()
    return out, tune(out, 8, progress=count), count


def test_more_trials_are_those_of_one_call(whole: tuple[Path, Sequence[StudyRecord], Count], tmp_path: Path) -> None:
    tune(tmp_path / "t", 3)
    (again,) = tune(tmp_path / "t", 8)
    assert tried(again) == tried(whole[1][0])
    assert again.importances == whole[1][0].importances


@pytest.mark.parametrize("step", [8, 53])
def test_an_interrupted_search_goes_on_in_the_middle_of_a_trial(
    whole: tuple[Path, Sequence[StudyRecord], Count], tmp_path: Path, step: int
) -> None:
    _, (expected,), count = whole
    before, after = Count(signal_at=step), Count()
    with pytest.raises(InterruptedTrainingError):
        tune(tmp_path / "t", 8, progress=before)
    assert before.steps == step
    (found,) = tune(tmp_path / "t", 8, progress=after)
    assert tried(found) == tried(expected)
    assert before.steps + after.steps == count.steps


def test_ctrl_c_between_steps_costs_the_trial_alone(tmp_path: Path) -> None:
    (expected,) = tune(tmp_path / "whole", 2)
    with pytest.raises(KeyboardInterrupt):
        tune(tmp_path / "t", 2, progress=Count(interrupt_at=2))
    after = Count()
    (found,) = tune(tmp_path / "t", 2, progress=after)
    assert tried(found) == tried(expected)
    assert after.begun == 1


def test_what_an_interrupted_trial_of_other_settings_left_is_not_gone_on_with(tmp_path: Path) -> None:
    (expected,) = tune(tmp_path / "whole", 2)
    with pytest.raises(InterruptedTrainingError):
        tune(tmp_path / "t", 1, progress=Count(signal_at=3))
    left = tmp_path / "t" / NETWORK / "trial"
    shutil.copytree(left, tmp_path / "left")
    tune(tmp_path / "t", 1)
    shutil.copytree(tmp_path / "left", left)
    (found,) = tune(tmp_path / "t", 2)
    assert tried(found) == tried(expected)
    assert not left.exists()


def test_trials_behind_are_given_up(whole: tuple[Path, Sequence[StudyRecord], Count]) -> None:
    _, (study,), count = whole
    stopped = [trial for trial in study.trials if trial.stopped == "stopped early"]
    assert stopped
    assert {trial.evaluations for trial in stopped} <= {1, 2}
    assert all(trial.trial > 5 for trial in stopped)
    assert any(trial.evaluations == 1 for trial in stopped)
    ended = [trial.value or 9 for trial in study.trials if trial.stopped is None]
    assert study.best_trial.value == min(ended)
    steps_of_a_look = 5  # 300 rows in batches of 64
    assert count.steps == steps_of_a_look * sum(trial.evaluations for trial in study.trials)


def test_every_trial_is_told_with_the_time_left(whole: tuple[Path, Sequence[StudyRecord], Count]) -> None:
    _, (study,), count = whole
    assert [event.done for event in count.events] == list(range(1, 9))
    assert [event.value for event in count.events] == [trial.value for trial in study.trials]
    assert count.events[-1].seconds_left == 0
    assert count.events[0].seconds_left == pytest.approx(7 * study.trials[0].seconds)


def test_the_time_left_is_by_tasks(tmp_path: Path) -> None:
    count = Count()
    joint, *_ = tune(tmp_path / "t", 1, (NETWORK, "single-task"), progress=count)
    assert [event.done for event in count.events] == [1, 1, 1]
    assert count.events[0].seconds_left == pytest.approx(joint.trials[0].seconds)  # two models of one task


def test_a_search_never_sees_a_test_row(whole: tuple[Path, Sequence[StudyRecord], Count], tmp_path: Path) -> None:
    def read(frame: pl.DataFrame) -> pl.DataFrame:
        raise RuntimeError("the test split was read")

    unreadable = log_table(50, 2).lazy().map_batches(read)
    (found,) = tune(tmp_path / "t", 3, tables={**parts(), "test": unreadable})
    assert tried(found) == tried(whole[1][0])[:3]


def test_best_yaml_trains_the_best_trial_again(
    whole: tuple[Path, Sequence[StudyRecord], Count], tmp_path: Path
) -> None:
    out, (study,), _ = whole
    best = read_experiment(out / NETWORK / "best.yaml")
    run = train_run(best, {**parts(), "test": log_table(50, 2).lazy()}, tmp_path / "r", resume=False, progress=Silent())
    log = [evaluation.criterion for evaluation in run.read_log()]
    assert min(log) == study.best_trial.value
    assert set(run.read_metrics().splits) == {"validation", "test"}
    own = small()
    assert best.lightgbm == own.lightgbm
    assert best.network == own.network


def test_all_methods_have_the_same_number_of_trials(tmp_path: Path) -> None:
    space = {**RATES, "lightgbm.num_leaves": {"low": 3, "high": 20}}
    studies = tune(tmp_path / "t", 2, (NETWORK, "mmoe", SINGLE_TASK, LIGHTGBM), small(space))
    names = [(study.variant, study.model) for study in studies]
    tasks = ["click", "seconds"]
    assert set(names) == {(NETWORK, ""), ("mmoe", ""), *((one, t) for one in (SINGLE_TASK, LIGHTGBM) for t in tasks)}
    assert {len(study.trials) for study in studies} == {2}
    searched = {study.variant: list(study.space) for study in studies}
    assert searched == {
        **{one: list(RATES) for one in (NETWORK, "mmoe", SINGLE_TASK)},
        LIGHTGBM: ["lightgbm.num_leaves"],
    }
    for study in studies:
        best = read_experiment(tmp_path / "t" / study.variant / study.model / "best.yaml")
        assert list(best.table_schema.task_names) == list(study.tasks)
        assert list(study.tasks) == ([study.model] if study.model else tasks)
        settings = study.best_trial.settings
        assert best.lightgbm.num_leaves == settings.get("lightgbm.num_leaves", 31)
        assert study.variant == LIGHTGBM or best.training.learning_rate == settings["training.learning_rate"]


def test_methods_of_earlier_calls_stay(tmp_path: Path) -> None:
    (first,) = tune(tmp_path / "t", 2)
    studies = {study.variant: study for study in tune(tmp_path / "t", 1, ("mmoe",))}
    assert tried(studies[NETWORK]) == tried(first)
    assert len(studies["mmoe"].trials) == 1


def test_a_trial_that_diverges_is_given_up_and_the_search_goes_on(tmp_path: Path) -> None:
    space = {"training.learning_rate": {"values": [0.01, 1000.0]}}
    (study,) = tune(tmp_path / "t", 5, own=small(space))
    ends = {trial.settings["training.learning_rate"]: trial.stopped for trial in study.trials}
    assert ends == {0.01: None, 1000.0: "diverged"}
    assert study.best_trial.settings == {"training.learning_rate": 0.01}


def test_a_search_in_which_every_trial_diverges_says_so(tmp_path: Path) -> None:
    space = {"training.learning_rate": {"values": [999.0, 1000.0]}}
    with pytest.raises(RunError, match=r"no trial of adatt-sp could be trained to its end; narrow tuning.space"):
        tune(tmp_path / "t", 2, own=small(space))


def test_settings_that_do_not_suit_each_other_are_named(tmp_path: Path) -> None:
    space = {"embedding.tables": {"values": ["shared", "per-task"]}}
    own = small(space, network={"variant": "mmoe"})
    with pytest.raises(
        ExperimentError, match=r"mmoe cannot be trained with embedding.tables = per-task: .*tuning.space"
    ):
        tune(tmp_path / "t", 9, ("mmoe",), own)


@pytest.mark.parametrize(
    ("own", "tables", "words"),
    [
        (small(training={"epochs": 3}), parts(), "training.epochs = 2, but the experiment now says 3"),
        (small(), parts(train=log_table(301, 0)), "the training table now has 301 rows"),
        (small(), parts(validation=log_table(150, 5)), "the first rows of the validation table"),
        (small({"training.learning_rate": {"low": 1e-4, "high": 1}}), parts(), r"the study 'adatt-sp' was begun with"),
        (small(None), parts(), r"the study 'adatt-sp' was begun with"),
    ],
    ids=["experiment", "training rows", "validation rows", "space", "default space"],
)
def test_studies_of_something_else_are_refused(
    tmp_path: Path, own: Experiment, tables: SplitTables, words: str
) -> None:
    (before,) = tune(tmp_path / "t", 1)
    with pytest.raises(RunError, match=words):
        tune(tmp_path / "t", 2, own=own, tables=tables)
    assert tried(tune(tmp_path / "t", 1)[0]) == tried(before)


@pytest.mark.parametrize(
    ("own", "variants", "words"),
    [
        (small({"training.epoch": {"low": 1, "high": 3}}), (NETWORK,), "did you mean 'epochs'"),
        (small(), ("adat",), "adat"),
        (small(), (NETWORK, NETWORK), "twice"),
        (small(sharing=POLICY), ("mmoe",), "leave it out of --variants"),
        (small(group=None, training={"criterion": {"metric": "gauc"}}), (NETWORK,), "gauc"),
    ],
)
def test_bad_input_leaves_nothing(tmp_path: Path, own: Experiment, variants: tuple[str, ...], words: str) -> None:
    with pytest.raises((ExperimentError, DataError), match=words):
        tune(tmp_path / "t", 1, variants, own)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("x")
    with pytest.raises(RunError, match="holds no studies"):
        tune(tmp_path, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_is_searched_may_change_where_a_run_is_resumed(tmp_path: Path) -> None:
    run = train_run(small(training={"epochs": 1}), parts(), tmp_path / "r", resume=False, progress=Silent())
    RunDirectory(run.path).require_same(small(None, training={"epochs": 1}))


class Meanwhile(Silent):
    """Searches other models of the directory in the middle of a trial, as another process would."""

    def __init__(self, out: Path, variant: str) -> None:
        self.out, self.variant = out, variant
        self.begun = 0

    def on_step(self, event: StepEvent) -> None:
        self.begun += 1
        if self.begun == 3:
            with torch.random.fork_rng():
                tune(self.out, 2, (self.variant,))


def test_two_processes_search_two_models_at_once(tmp_path: Path) -> None:
    together = tune(tmp_path / "a", 2, (NETWORK,), progress=Meanwhile(tmp_path / "a", "mmoe"))
    assert [study.variant for study in together] == [NETWORK, "mmoe"]
    one_by_one = [*tune(tmp_path / "b", 2, (NETWORK,)), *tune(tmp_path / "c", 2, ("mmoe",))]
    assert [tried(study) for study in together if study.variant == NETWORK] == [tried(one_by_one[0])]
    assert [tried(study) for study in tune(tmp_path / "a", 2, ("mmoe",))[1:]] == [tried(one_by_one[1])]


def test_two_processes_do_not_search_one_model(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"a/adatt-sp' is being written by "):
        tune(tmp_path / "a", 2, progress=Meanwhile(tmp_path / "a", NETWORK))
    tune(tmp_path / "a", 2)


def test_trials_are_judged_without_calibration(tmp_path: Path) -> None:
    maps = {"binary": "isotonic", "regression": "linear"}
    tuned = {}
    for name, own in (("plain", small()), ("calibrated", small(calibration=maps))):
        tuned[name] = [tried(study) for study in tune(tmp_path / name, 2, (NETWORK, LIGHTGBM), own)]
    assert tuned["calibrated"] == tuned["plain"]
    assert read_experiment(tmp_path / "calibrated" / NETWORK / "best.yaml").calibration.binary == "isotonic"


def test_predictions_out_of_all_bounds_are_a_divergence(tmp_path: Path) -> None:
    """The loss is of the logarithm and stays finite; the prediction is not."""
    space = {"training.learning_rate": {"values": [0.01, 50.0]}}
    (study,) = tune(tmp_path / "t", 5, own=small(space, tasks=[TASKS[1]], network={"dropout": 0.0}))
    ends = {trial.settings["training.learning_rate"]: trial.stopped for trial in study.trials}
    assert ends == {0.01: None, 50.0: "diverged"}


def test_separate_models_search_no_weight_of_a_loss(tmp_path: Path) -> None:
    space = {**RATES, "tasks.click.loss_weight": {"low": 0.1, "high": 1}}
    studies = tune(tmp_path / "t", 1, (NETWORK, SINGLE_TASK), small(space))
    assert [list(study.space) for study in studies] == [list(space), list(RATES), list(RATES)]
