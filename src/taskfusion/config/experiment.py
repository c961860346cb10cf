"""The experiment file: strict, every field with its unit, every default visible in the resolved copy."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from taskfusion.base.errors import ExperimentError
from taskfusion.base.files import from_home
from taskfusion.base.nearest import nearest_path
from taskfusion.config.derive import derive
from taskfusion.config.domain import DomainConfig
from taskfusion.config.inputs import Backbone, EmbeddingConfig, NoBackbone, NumericConfig
from taskfusion.config.message import validation_sentence
from taskfusion.config.network import MOST_RULES, NetworkConfig, SharingConfig
from taskfusion.config.override import with_overrides
from taskfusion.config.relations import Relation, require_relations
from taskfusion.config.training import (
    CalibrationConfig,
    DistillationConfig,
    EnsembleConfig,
    EvaluationConfig,
    LightGBMConfig,
    TrainingConfig,
)
from taskfusion.config.tuning import TuningConfig
from taskfusion.config.yaml_text import dump_yaml, load_yaml
from taskfusion.schema.feature import Feature
from taskfusion.schema.schema import Schema
from taskfusion.schema.spec import MOST_ENTRIES, MOST_TASKS, ColumnName, FilePath, Spec
from taskfusion.schema.split import Split
from taskfusion.schema.task.table import Task


class DataConfig(Spec):
    """Where the rows are: Parquet, CSV, TSV or JSON lines; paths are relative to this file, ~ is the home directory."""

    train: FilePath | None = Field(None, description="Table of the training rows.")
    validation: FilePath | None = Field(None, description="Table of the rows that choose the best epoch.")
    test: FilePath | None = Field(None, description="Table of the rows evaluated once, at the end; may be left out.")
    table: FilePath | None = Field(
        None, description="One table to be cut by split, instead of train, validation and test."
    )
    split: Split | None = Field(
        None, description="How the table is cut; alone, where the table is given from Python, how that is."
    )

    @model_validator(mode="after")
    def _one_way_to_name_the_splits(self) -> Self:
        named = [self.train, self.validation, self.test]
        if self.table is not None:
            if any(named):
                raise ValueError("give either table and split, or train and validation (and test), not both")
            if self.split is None:
                raise ValueError("table needs a split: of kind time, random or where")
        elif self.split is not None and not any(named):
            return self
        elif self.train is None or self.validation is None:
            raise ValueError("train and validation are both needed (or table with split)")
        elif self.split is not None:
            raise ValueError("split cuts a table; with train and validation given there is nothing to cut")
        return self

    @property
    def names_tables(self) -> bool:
        """Whether it says where the rows are, and not only how they are cut."""
        return self.table is not None or self.train is not None

    def seen_from(self, base: Path, folder: Path) -> "DataConfig":
        """The same tables, as a file in another folder names them.

        Args:
            base: folder that relative paths start from.
            folder: folder that they are to start from.
        """
        found = {key: getattr(self, key) for key in ("train", "validation", "test", "table")}
        moved = {
            key: Path(os.path.relpath(base / value, folder)).as_posix()
            for key, value in found.items()
            if value is not None and not from_home(value).is_absolute()
        }
        return derive(self, **moved)


class Experiment(Spec):
    """One experiment file, whole.

    It never changes; with_settings gives a changed one.

    >>> from taskfusion import Experiment
    >>> experiment = Experiment.from_dict(
    ...     {
    ...         "features": [{"name": "item", "kind": "categorical"}, {"name": "age", "kind": "numeric"}],
    ...         "tasks": [{"name": "click", "kind": "binary"}],
    ...     }
    ... )
    >>> experiment
    Experiment(variant=adatt-sp, tasks=[click], features=[item, age])
    >>> experiment.with_settings("training.epochs=3", "network.variant=ple").training.epochs
    3
    """

    data: DataConfig | None = Field(
        None, description="Where the rows are; may be left out where tables are given from Python."
    )
    features: tuple[Feature, ...] = Field(min_length=1, max_length=MOST_ENTRIES, description="What the model reads.")
    tasks: tuple[Task, ...] = Field(min_length=1, max_length=MOST_TASKS, description="What it predicts.")
    group: ColumnName | None = Field(
        None, description="Column whose rows are ranked against each other, for GAUC: the user or the request."
    )
    domain: DomainConfig | None = Field(None, description="Rows that the model is meant for; null: all rows alike.")
    embedding: EmbeddingConfig = Field(default_factory=lambda: EmbeddingConfig.model_validate({}), description="Ids.")
    numeric: NumericConfig = Field(
        default_factory=lambda: NumericConfig.model_validate({}), description="Numbers as vectors."
    )
    backbone: Backbone = Field(
        default_factory=lambda: NoBackbone(kind="none"), description="Feature interactions before the fusion network."
    )
    network: NetworkConfig = Field(default_factory=lambda: NetworkConfig.model_validate({}), description="Fusion.")
    sharing: SharingConfig = Field(default_factory=lambda: SharingConfig.model_validate({}), description="Policy.")
    relations: tuple[Relation, ...] = Field((), max_length=MOST_RULES, description="Which outcome follows from which.")
    training: TrainingConfig = Field(default_factory=lambda: TrainingConfig.model_validate({}), description="Learning.")
    distillation: DistillationConfig = Field(
        default_factory=lambda: DistillationConfig.model_validate({}), description="Teachers of the networks."
    )
    ensemble: EnsembleConfig = Field(
        default_factory=lambda: EnsembleConfig.model_validate({}), description="Trees beside the network."
    )
    calibration: CalibrationConfig = Field(
        default_factory=lambda: CalibrationConfig.model_validate({}), description="Predictions corrected afterwards."
    )
    evaluation: EvaluationConfig = Field(
        default_factory=lambda: EvaluationConfig.model_validate({}), description="Metrics."
    )
    lightgbm: LightGBMConfig = Field(
        default_factory=lambda: LightGBMConfig.model_validate({}),
        description="Trees: baselines, teachers, and beside the network.",
    )
    tuning: TuningConfig = Field(
        default_factory=lambda: TuningConfig.model_validate({}), description="What tune searches."
    )

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        names = self.table_schema.task_names
        groups = [group.name for group in self.network.task_groups]
        self.sharing.require_names(names, groups, len(self.network.level_dims))
        self.network.require_groups(names)
        self.network.gate.require_features(self.features)
        require_relations(self.relations, self.tasks)
        if self.embedding.fresh_each_epoch and self.training.average_decay is not None:
            raise ValueError(
                "training.average_decay averages weights over epochs, but embedding.fresh_each_epoch starts tables "
                "anew in each; use one of them"
            )
        self.calibration.require_fit(self.tasks)
        if all(task.loss_weight == 0 for task in self.tasks):
            raise ValueError("every task has loss_weight 0, which trains nothing; give one a weight above 0")
        for task in self.training.criterion.tasks or ():
            if task not in names:
                raise ValueError(f"training.criterion names task '{task}', but the tasks are {', '.join(names)}")
        counts = self.network.task_experts
        if isinstance(counts, tuple) and len(counts) != len(names):
            raise ValueError(f"network.task_experts has {len(counts)} numbers, but there are {len(names)} tasks")
        return self

    @classmethod
    def from_yaml(cls, path: str | Path, *settings: str) -> "Experiment":
        """Read an experiment file.

        Args:
            path: the YAML file. Its data paths stay as they are written there; relative ones are meant from its folder.
            settings: replace those of the file, each like "training.epochs=3".

        Raises:
            ExperimentError: the file is missing, is not YAML, or holds something unknown or unfit.
        """
        return read_experiment(path, settings)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], *settings: str) -> "Experiment":
        """Check the content of an experiment file.

        Args:
            content: nested mappings as in the YAML file; defaults may be left out.
            settings: replace those of the content, each like "training.epochs=3".

        Raises:
            ExperimentError: something is unknown or unfit; the message names the key.
        """
        return parse_experiment(content, overrides=settings)

    def with_settings(self, *settings: str) -> "Experiment":
        """A copy with some settings replaced, each given like "training.epochs=3" or "tasks.click.loss_weight=2".

        Raises:
            ExperimentError: a setting is unknown or unfit.
        """
        return parse_experiment(self.model_dump(mode="json"), overrides=settings)

    def to_yaml(self) -> str:
        """The text of an experiment file that says the same, every default filled in."""
        return dump_experiment(self)

    def __repr__(self) -> str:
        tasks, features = (_some_names([one.name for one in entries]) for entries in (self.tasks, self.features))
        return f"Experiment(variant={self.network.variant}, tasks=[{tasks}], features=[{features}])"

    __str__ = __repr__

    @property
    def table_schema(self) -> Schema:
        """The part of the experiment that says what the table means."""
        return Schema(features=self.features, tasks=self.tasks, group=self.group)


def read_experiment(path: str | Path, overrides: Sequence[str] = ()) -> Experiment:
    """Read an experiment file.

    Args:
        path: the YAML file. Its data paths stay as they are written there; relative ones are meant from its folder.
        overrides: settings that replace those of the file, each like "training.epochs=3".

    Raises:
        ExperimentError: the file is missing, is not YAML, or holds something unknown or unfit.
    """
    path = from_home(path)
    try:
        content = load_yaml(path.read_text(encoding="utf-8"), f"'{path}'")
    except OSError as error:
        meant = "" if path.exists() else nearest_path(path)
        raise ExperimentError(f"no experiment file can be read at '{path}': {error.strerror}{meant}") from error
    except UnicodeDecodeError as error:
        raise ExperimentError(
            f"'{path}' should be an experiment file, YAML, but is no text; from a table, init writes one"
        ) from error
    if not isinstance(content, dict):
        raise ExperimentError(f"'{path}' should hold the keys data, features and tasks, but holds no keys at all")
    return parse_experiment(content, overrides=overrides, origin=str(path))


def parse_experiment(
    content: Mapping[str, Any], *, overrides: Sequence[str] = (), origin: str = "the experiment"
) -> Experiment:
    """Check the content of an experiment file.

    Args:
        content: nested mappings as in the YAML file.
        overrides: settings like "training.epochs=3".
        origin: what error messages call the content.

    Raises:
        ExperimentError: something is unknown or unfit; the message names the key.
    """
    merged = with_overrides(content, overrides)
    try:
        return Experiment.model_validate(merged)
    except ValidationError as error:
        raise ExperimentError(f"{origin}: {validation_sentence(error, Experiment, merged)}") from error


def dump_experiment(experiment: Experiment) -> str:
    """The experiment as YAML, every default filled in."""
    content = experiment.model_dump(mode="json")
    return dump_yaml(content)


def _some_names(names: Sequence[str]) -> str:
    """Eight names at the most, and how many more there are."""
    more = f", and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more
