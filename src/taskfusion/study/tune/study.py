"""A study of Optuna for one model: which settings are tried next, which trials are stopped early, what is remembered.

Trials are proposed by the tree-structured Parzen estimator (Bergstra et al., Algorithms for Hyper-Parameter
Optimization, NeurIPS 2011) and stopped by the median rule (Golovin et al., Google Vizier, KDD 2017). Importances are
those of PED-ANOVA (Watanabe et al., IJCAI 2023). All through Optuna (Akiba et al., KDD 2019).
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from taskfusion.base.errors import RunError, StorageError
from taskfusion.base.extra import load_extra
from taskfusion.base.files import atomic_file
from taskfusion.evaluate.metric import METRICS
from taskfusion.study.space import Dimension, Settings

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.distributions import BaseDistribution
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial

STARTUP_TRIALS: Final = 5
"""Trials that are drawn at random, and never stopped early, before the others lean on them."""

SEED_STEP: Final = 1_000_003


def require_optuna() -> ModuleType:
    """The optuna package, which then says nothing but errors.

    Raises:
        ExperimentError: it is not installed.
    """
    optuna: ModuleType = load_extra("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def open_storage(path: Path) -> "BaseStorage":
    """The SQLite file of studies, made where there is none, whole or not at all.

    Raises:
        ExperimentError: optuna is not installed.
        RunError: the file is not one of studies.
        StorageError: it cannot be written.
    """
    optuna = require_optuna()
    if not path.exists():
        with atomic_file(path) as temporary:
            optuna.storages.RDBStorage(f"sqlite:///{temporary}").engine.dispose()
    try:
        storage: BaseStorage = optuna.storages.RDBStorage(f"sqlite:///{path}")
    except Exception as error:  # SQLAlchemy, alembic and optuna each raise their own
        reason = " ".join(str(error).split())
        raise RunError(f"'{path}' should be an SQLite file of studies, but cannot be read: {reason}") from error
    return storage


@contextmanager
def writing_studies(path: Path) -> Iterator[None]:
    """Turns the errors of writing into the file of studies into a StorageError."""
    optuna = require_optuna()
    try:
        yield
    except optuna.exceptions.StorageInternalError as error:
        reason = " ".join(str(error.__cause__ or error).split())
        raise StorageError(f"'{path}' cannot be written: {reason}; see to its disk, then go on") from error


def study_names(storage: "BaseStorage") -> list[str]:
    """Names of the studies that have trials."""
    return [study.study_name for study in require_optuna().get_all_study_summaries(storage) if study.n_trials]


class ModelStudy:
    """The study of one model: all its trials, in the order in which they were begun.

    A trial is finished when it was trained to its end or was stopped early. What is proposed depends on the seed, on
    the finished trials and on nothing else, so that a study that was interrupted goes on as if it had not been.

    Args:
        storage: the file of studies.
        name: of the study in that file.
        space: the settings that are searched.
        metric: name of the criterion, in METRICS.
        seed: of the proposals.
    """

    def __init__(
        self, storage: "BaseStorage", name: str, *, space: Mapping[str, Dimension], metric: str, seed: int
    ) -> None:
        optuna = require_optuna()
        self.name, self.space, self.seed = name, space, seed
        self.study: Study = optuna.create_study(
            storage=storage,
            study_name=name,
            load_if_exists=True,
            direction="maximize" if METRICS[metric].higher_is_better else "minimize",
            pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP_TRIALS),
        )
        self.distributions = {key: _distribution(dimension) for key, dimension in space.items()}
        self._states = optuna.trial.TrialState

    def begin(self) -> None:
        """Note what is searched in a new study; in an old one, see to it that this is the same.

        Raises:
            RunError: another space was searched.
        """
        now = {name: dimension.range.model_dump(mode="json") for name, dimension in self.space.items()}
        before = self.study.user_attrs.get("space")
        if before is None:
            self.study.set_user_attr("space", now)
        elif before != now:
            name = next(key for key in (*now, *before) if now.get(key) != before.get(key))
            raise RunError(
                f"the study '{self.name}' was begun with {_range_text(name, before)}, but tuning.space now has "
                f"{_range_text(name, now)}; search the same space, or name another directory with --out"
            )

    def finished(self) -> "list[FrozenTrial]":
        """Trials that were trained to their end or stopped early."""
        return self.study.get_trials(deepcopy=False, states=(self._states.COMPLETE, self._states.PRUNED))

    def completed(self) -> "list[FrozenTrial]":
        """Trials that were trained to their end."""
        return self.study.get_trials(deepcopy=False, states=(self._states.COMPLETE,))

    def ask(self) -> "Trial":
        """The next trial; the first has the experiment's own settings, as far as the space holds them. One that was not
        told of, because its process was killed, is proposed again.
        """
        for lost in self.study.get_trials(deepcopy=False, states=(self._states.RUNNING,)):
            self.study.tell(lost.number, state=self._states.FAIL)
        optuna, index = require_optuna(), len(self.finished())
        self.study.sampler = optuna.samplers.TPESampler(
            seed=(self.seed * SEED_STEP + index) % 2**32, n_startup_trials=STARTUP_TRIALS
        )
        if index == 0 and not self.study.get_trials(deepcopy=False, states=(self._states.WAITING,)):
            own = {name: _parameter(one, one.own) for name, one in self.space.items() if one.has_own}
            self.study.enqueue_trial(own)
        return self.study.ask(self.distributions)

    def settings(self, trial: "Trial | FrozenTrial") -> Settings:
        """What a trial tries."""
        return {name: _setting(self.space[name], value) for name, value in trial.params.items()}

    def finish(self, trial: "Trial", value: float, seconds: float) -> None:
        """The trial was trained to its end and reached so much."""
        trial.set_user_attr("seconds", seconds)
        self.study.tell(trial, value)

    def stop(self, trial: "Trial", reason: str, seconds: float) -> None:
        """The trial was given up."""
        trial.set_user_attr("seconds", seconds)
        trial.set_user_attr("reason", reason)
        self.study.tell(trial, state=self._states.PRUNED)

    def forget(self, trial: "Trial") -> None:
        """The trial came to nothing by no fault of its settings; they are proposed again."""
        self.study.tell(trial, state=self._states.FAIL)

    def best(self) -> "FrozenTrial | None":
        """The best trial that was trained to its end, the earliest of equals; None where there is none."""
        return self.study.best_trial if self.completed() else None

    def importances(self) -> dict[str, float]:
        """Share of every setting in what tells good trials from others, largest first; empty of too few trials."""
        if len(self.completed()) < STARTUP_TRIALS:
            return {}
        importance = require_optuna().importance
        evaluator = importance.PedAnovaImportanceEvaluator()
        return {
            name: float(share)
            for name, share in importance.get_param_importances(self.study, evaluator=evaluator).items()
        }


def _range_text(name: str, space: Mapping[str, Any]) -> str:
    """A range as the experiment file has it."""
    if name not in space:
        return f"no {name}"
    given = {key: value for key, value in space[name].items() if value not in (None, False)}
    return f"{name} = {json.dumps(given)}"


def _distribution(dimension: Dimension) -> "BaseDistribution":
    """Values are kept as JSON texts: Optuna stores no lists."""
    distributions, searched = require_optuna().distributions, dimension.range
    made: BaseDistribution
    if searched.values is not None:
        made = distributions.CategoricalDistribution([json.dumps(value) for value in searched.values])
    elif dimension.whole:
        made = distributions.IntDistribution(int(searched.low or 0), int(searched.high or 0), log=searched.log)
    else:
        made = distributions.FloatDistribution(searched.low, searched.high, log=searched.log)
    return made


def _parameter(dimension: Dimension, value: Any) -> Any:  # noqa: ANN401  whatever a setting holds
    """A setting as Optuna's parameter: of values equal to it, the text of the one that the range lists."""
    listed = dimension.range.values
    return value if listed is None else json.dumps(next(one for one in listed if one == value))


def _setting(dimension: Dimension, parameter: Any) -> Any:  # noqa: ANN401  whatever a setting holds
    """Optuna's parameter as the setting."""
    return parameter if dimension.range.values is None else json.loads(parameter)
