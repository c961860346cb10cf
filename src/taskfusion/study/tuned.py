"""Settings that tune found, for comparisons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from taskfusion.base.errors import RunError
from taskfusion.base.manifest import MANIFEST, require_sealed
from taskfusion.base.record import read_artifact
from taskfusion.config.derive import derive
from taskfusion.config.experiment import Experiment
from taskfusion.data.prepared import LEARNT_FROM, EncodedData
from taskfusion.run.directory import RunDirectory
from taskfusion.run.record.tuning import StudyRecord, TuningRecord
from taskfusion.study.space import Settings

RESULT = "tuning.json"
BEGUN = "begun"
"""The experiment, the encoder and the fingerprint of the data that a directory of studies was begun with."""


@dataclass(frozen=True)
class TunedSettings:
    """The best settings of methods.

    Args:
        trials: of every model; 0 where nothing was tuned.
        models: settings by method and folder of the model.
    """

    trials: int = 0
    models: Mapping[str, Mapping[str, Settings]] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """Settings that are some model's own."""
        return {name for of_variant in self.models.values() for settings in of_variant.values() for name in settings}


NOT_TUNED = TunedSettings()


def read_tuned(path: Path, variants: Sequence[str]) -> TunedSettings:
    """The best settings in a directory of studies.

    Raises:
        RunError: it is none, or a method is missing in it or had another number of trials.
    """
    studies = _studies(path)
    found: dict[str, dict[str, Any]] = {}
    trials: dict[str, int] = {}
    for study in studies:
        found.setdefault(study.variant, {})[study.model] = study.best_trial.settings
        trials["/".join(filter(None, (study.variant, study.model)))] = len(study.trials)
    missing = [variant for variant in variants if variant not in found]
    if missing:
        raise RunError(
            f"'{path}' holds no finished study of '{missing[0]}'; tune it there with --variants {','.join(missing)}, "
            f"or leave it out"
        )
    counts = {name: count for name, count in trials.items() if name.partition("/")[0] in variants}
    fewest, most = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    if counts[fewest] != counts[most]:
        raise RunError(
            f"methods should have the same number of trials, but in '{path}' {fewest} has {counts[fewest]} and "
            f"{most} has {counts[most]}; tune with --variants {fewest.partition('/')[0]} --trials {counts[most]}"
        )
    return TunedSettings(counts[fewest], {variant: found[variant] for variant in variants})


def change_since(path: Path, experiment: Experiment, data: EncodedData) -> str | None:
    """What differs between what a directory of studies was begun with and an experiment with its rows, but for the
    test split; None where nothing does.

    Raises:
        RunError: what it was begun with is missing or damaged.
    """
    begun = RunDirectory(path / BEGUN)
    learnt = replace(data, fingerprint=data.fingerprint.only(LEARNT_FROM))
    return begun.setting_change(experiment) or begun.data_change(learnt)


def require_tuned_for(path: Path, experiment: Experiment, data: EncodedData) -> None:
    """Raises RunError where settings were tuned for another experiment or on other data; the seed may be another."""
    tuned_with = RunDirectory(path / BEGUN).experiment().training.seed
    as_tuned = derive(experiment, training=derive(experiment.training, seed=tuned_with))
    change = change_since(path, as_tuned, data)
    if change:
        raise RunError(
            f"the settings in '{path}' were tuned for another experiment or on other data: {change}; bring these back, "
            f"or tune into another directory"
        )


def _studies(path: Path) -> Sequence[StudyRecord]:
    """The studies of tuning.json."""
    if not (path / RESULT).exists() or not (path / MANIFEST).exists():
        raise RunError(
            f"'{path}' should be a directory made by tune, but holds no {RESULT} with a {MANIFEST}; finish tune with "
            f"this directory as --out"
        )
    require_sealed(path)
    return read_artifact(path / RESULT, TuningRecord).studies
