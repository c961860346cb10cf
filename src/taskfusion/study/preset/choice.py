"""What is tried on a table, one change after another."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from taskfusion.config.experiment import Experiment
from taskfusion.config.recipe import Settings
from taskfusion.schema.feature import NumericFeature
from taskfusion.schema.task.table import kind_of
from taskfusion.variants.table import variant_of


@dataclass(frozen=True)
class Choice:
    """One change of an experiment.

    Args:
        name: what is changed, for a person.
        settings: from an experiment, and the names of its features that are whole numbers of few values, to the
            settings that differ; empty where it has nothing to change.
    """

    name: str
    settings: Callable[[Experiment, Collection[str]], Settings]


def _lessons(experiment: Experiment, whole: Collection[str]) -> Settings:
    teachable = any(kind_of(task).has_teacher for task in experiment.tasks)
    return {"distillation.share": 0.7} if teachable else {}


def _own_tables(experiment: Experiment, whole: Collection[str]) -> Settings:
    owned = variant_of(experiment.network.variant).family.owned
    has_ids = any(not isinstance(feature, NumericFeature) for feature in experiment.features)
    return {"embedding.tables": "per-task"} if owned and has_ids and len(experiment.tasks) > 1 else {}


def _shared_and_own_tables(experiment: Experiment, whole: Collection[str]) -> Settings:
    return {"embedding.tables": "both"} if _own_tables(experiment, whole) else {}


def _dropped_features(experiment: Experiment, whole: Collection[str]) -> Settings:
    return {"embedding.feature_dropout": 0.1, "embedding.init_std": 0.01}


def _numbers_as_categories(experiment: Experiment, whole: Collection[str]) -> Settings:
    return {f"features.{name}.also_categorical": True for name in whole}


def _wider(experiment: Experiment, whole: Collection[str]) -> Settings:
    return {"network.level_dims": [[2 * width for width in dims] for dims in experiment.network.level_dims]}


LESSONS: Final = Choice("labels mixed with the predictions of trees (distillation)", _lessons)
OWN_TABLES: Final = Choice("embedding tables of each task's own", _own_tables)
BOTH_TABLES: Final = Choice("shared embedding tables beside each task's own", _shared_and_own_tables)
DROPPED: Final = Choice("features dropped at random in training", _dropped_features)
CATEGORIES: Final = Choice("numbers as categories too", _numbers_as_categories)
WIDER: Final = Choice("layers twice as wide", _wider)

PRESETS: Final[Mapping[str, Sequence[Choice]]] = {
    "fast": (),
    "auto": (LESSONS, OWN_TABLES, DROPPED),
    "best": (LESSONS, OWN_TABLES, BOTH_TABLES, DROPPED, CATEGORIES, WIDER),
}
"""By name, what is tried after the recipe; each network is trained as long as its evaluations improve."""
