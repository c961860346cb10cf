"""Train one network after another, each with one change, and keep a change where the validation rows say that it pays.

What the experiment file names stays as it is named.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from taskfusion.base.errors import ExperimentError
from taskfusion.base.files import write_text
from taskfusion.base.nearest import did_you_mean
from taskfusion.base.record import write_artifact
from taskfusion.config.derive import derive
from taskfusion.config.experiment import Experiment, dump_experiment, parse_experiment
from taskfusion.config.override import with_settings
from taskfusion.config.recipe import Settings, recipe
from taskfusion.data.prepared import SplitTables
from taskfusion.data.table import count_rows
from taskfusion.evaluate.criterion import as_score
from taskfusion.pipeline.progress import Progress
from taskfusion.pipeline.train import train_run
from taskfusion.run.cache import FOLDER
from taskfusion.run.record.preset import PresetRecord, TriedChange
from taskfusion.schema.feature import NumericFeature
from taskfusion.study.preset.choice import PRESETS, Choice

MOST_VALUES: Final = 256
"""Values of a whole number that gets a vector for each."""

CHOICES: Final = "choices.json"
"""Of the folder of the networks that are tried."""

CHOSEN: Final = "experiment.yaml"
"""The experiment that is left, there too."""

ALONE: Final = {"ensemble.trees": False}
"""Networks are compared without the trees that the chosen one predicts together with."""


@dataclass(frozen=True)
class Trial:
    """A network that was trained.

    Args:
        experiment: of which.
        value: its criterion on the validation rows.
        score: the same, to be maximised.
    """

    experiment: Experiment
    value: float
    score: float


def require_preset(name: str) -> None:
    """Raises ExperimentError where no preset has the name."""
    if name not in PRESETS:
        raise ExperimentError(
            f"preset '{name}' is not known; known are {', '.join(PRESETS)}{did_you_mean(name, PRESETS)}"
        )


def write_chosen(experiment: Experiment, base: Path, folder: Path) -> Path:
    """Write the experiment that was chosen as a file, to compare or tune with.

    Args:
        experiment: that choose_settings gave.
        base: folder that its data paths start from.
        folder: where the file is to lie.
    """
    data = None if experiment.data is None else experiment.data.seen_from(base, folder)
    path = folder / CHOSEN
    write_text(path, dump_experiment(derive(experiment, data=data)))
    return path


def choose_settings(
    experiment: Experiment, splits: SplitTables, preset: str, folder: Path, teachers: Path | None, progress: Progress
) -> tuple[Experiment, Path | None]:
    """The experiment with settings that suit its table, and where predictions of its teachers are cached.

    Args:
        experiment: as read; settings that it names stay.
        splits: its tables.
        preset: a name of PRESETS.
        folder: of the networks that are tried; those that are there already are not trained again.
        teachers: where predictions of teachers are cached; None: in folder.
        progress: shows how far it is, and what is chosen.

    Raises:
        TaskfusionError: as require_preset and train_run.
    """
    require_preset(preset)
    search = _Search(experiment, splits, folder, teachers or folder / FOLDER, progress)
    chosen = search.run(preset)
    return chosen, search.teachers_of(chosen)


@dataclass
class _Search:
    experiment: Experiment
    splits: SplitTables
    folder: Path
    teachers: Path
    progress: Progress

    def run(self, preset: str) -> Experiment:
        """The experiment that is left after all choices of a preset."""
        rows, choices = count_rows(self.splits["train"]), PRESETS[preset]
        start = self._open(recipe(rows))
        experiment = _experiment_with(self.experiment, start)
        self.progress.on_note(f"for {rows:,} training rows: {_told(start)}")
        if not choices:
            return experiment
        self.progress.on_note(
            f"{1 + len(choices)} networks at the most are tried, then the best is trained with trees beside it"
        )
        criterion, tried = experiment.training.criterion.metric, list[TriedChange]()
        chosen = self._chosen(experiment, choices, tried)
        record = PresetRecord(preset=preset, rows=rows, start=dict(start), criterion=criterion, changes=tuple(tried))
        write_artifact(self.folder / CHOICES, record)
        return chosen

    def _chosen(self, experiment: Experiment, choices: Collection[Choice], tried: list[TriedChange]) -> Experiment:
        """The experiment after all choices; what is tried is added to the list."""
        best, whole = self._trial(experiment, "start"), self._whole_numbers()
        for number, choice in enumerate(choices, 1):
            settings = self._open(choice.settings(best.experiment, whole))
            if settings:
                trial = self._trial(_experiment_with(best.experiment, settings), f"change-{number}")
                tried.append(self._told(choice, settings, trial, best))
                best = trial if tried[-1].kept else best
        return best.experiment

    def teachers_of(self, experiment: Experiment) -> Path | None:
        """Where predictions of its teachers are cached; None: it has none."""
        return self.teachers if experiment.distillation.share else None

    def _told(self, choice: Choice, settings: Settings, trial: Trial, best: Trial) -> TriedChange:
        """What a change did; a person is told too."""
        kept = trial.score > best.score
        self.progress.on_note(
            f"{choice.name}: {'yes' if kept else 'no'}, validation {trial.value:.4f} with it and {best.value:.4f} "
            f"without"
        )
        return TriedChange(name=choice.name, settings=dict(settings), value=trial.value, before=best.value, kept=kept)

    def _trial(self, experiment: Experiment, name: str) -> Trial:
        alone = _experiment_with(experiment, ALONE)
        teachers = self.teachers_of(alone)
        run = train_run(alone, self.splits, self.folder / name, resume=True, teachers=teachers, progress=self.progress)
        value = next(one.criterion for one in reversed(run.read_log()) if one.best)
        return Trial(experiment, value, as_score(value, alone.training.criterion.metric))

    def _open(self, settings: Settings) -> Settings:
        """Those that the experiment file does not name."""
        return {name: value for name, value in settings.items() if not is_named(self.experiment, name)}

    def _whole_numbers(self) -> list[str]:
        """Names of the numeric features that are whole numbers of few values."""
        found = self.splits["train"].collect_schema()
        numbers = {
            one.name: one.source
            for one in self.experiment.features
            if isinstance(one, NumericFeature) and not one.length and found[one.source].is_integer()
        }
        if not numbers:
            return []
        counts = self.splits["train"].select(pl.col(column).n_unique().alias(n) for n, column in numbers.items())
        return [name for name, count in counts.collect().row(0, named=True).items() if count <= MOST_VALUES]


def _experiment_with(experiment: Experiment, settings: Settings) -> Experiment:
    return parse_experiment(with_settings(experiment.model_dump(mode="json"), settings))


def is_named(experiment: Experiment, name: str) -> bool:
    """Whether the file of an experiment names a setting, by its dotted name."""
    return _holds(experiment.model_dump(mode="json", exclude_unset=True), name)


def _holds(content: Any, name: str) -> bool:  # noqa: ANN401  nested mappings and lists
    """Whether nested mappings hold a dotted name; entries of lists go by their names."""
    first, _, rest = name.partition(".")
    if isinstance(content, list):
        content = {entry.get("name"): entry for entry in content if isinstance(entry, Mapping)}
    if not isinstance(content, Mapping) or first not in content:
        return False
    return not rest or _holds(content[first], rest)


def _told(settings: Settings) -> str:
    return ", ".join(f"{name} = {value}" for name, value in settings.items())
