"""What a trial hears of a training, and when it is given up."""

import dataclasses
from types import SimpleNamespace
from typing import Any

import optuna
import pytest

from taskfusion.pipeline.progress import Silent
from taskfusion.study.tune.trial import StoppedTrialError, Watch
from taskfusion.train.loop import Evaluation, EvaluationEvent
from taskfusion.train.running_loss import DivergedTrainingError

optuna.logging.set_verbosity(optuna.logging.ERROR)
LOOK = EvaluationEvent(0.5, 10, 1.0, 100.0, (0.5,), Evaluation(-0.9, 0.9, {}), is_best=True)


def evaluation(epoch: float, value: float) -> EvaluationEvent:
    return dataclasses.replace(LOOK, epoch=epoch, evaluation=Evaluation(-value, value, {}))


def watch(study: optuna.Study, log: list[Any]) -> Watch:
    return Watch(Silent(), study.ask(), 2, log)


def test_looks_are_numbered_by_the_epoch_and_told_once() -> None:
    study = optuna.create_study()
    watched = watch(study, [SimpleNamespace(epoch=0.5, criterion=0.8), SimpleNamespace(epoch=1.0, criterion=0.7)])
    watched.on_evaluation(evaluation(1.0, 0.7))  # taken again after a resume point
    watched.on_evaluation(evaluation(1.504, 0.6))
    study.tell(watched.trial, 0.6)
    assert study.trials[0].intermediate_values == {1: 0.8, 2: 0.7, 3: 0.6}


def test_a_trial_behind_the_others_is_given_up() -> None:
    study = optuna.create_study(pruner=optuna.pruners.MedianPruner(n_startup_trials=1))
    first = watch(study, [])
    first.on_evaluation(evaluation(0.5, 0.5))
    study.tell(first.trial, 0.5)
    watch(study, []).on_evaluation(evaluation(0.5, 0.4))
    with pytest.raises(StoppedTrialError):
        watch(study, []).on_evaluation(evaluation(0.5, 0.6))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_criterion_that_is_no_number_is_a_divergence(value: float) -> None:
    with pytest.raises(DivergedTrainingError):
        watch(optuna.create_study(), []).on_evaluation(evaluation(0.5, value))


def test_all_is_passed_on_and_a_request_to_stop_is_remembered() -> None:
    class Told(Silent):
        evaluations = requests = 0

        def on_evaluation(self, event: EvaluationEvent) -> None:
            self.evaluations += 1

        def on_stop_request(self) -> None:
            self.requests += 1

    told = Told()
    watched = Watch(told, optuna.create_study().ask(), 2, [])
    assert not watched.stop_requested
    watched.on_evaluation(LOOK)
    watched.on_stop_request()
    assert (told.evaluations, told.requests, watched.stop_requested) == (1, 1, True)
