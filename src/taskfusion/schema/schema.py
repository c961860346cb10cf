"""The features and the tasks of one log table."""

from collections import Counter
from typing import Final, Self

from pydantic import Field, model_validator

from taskfusion.schema.feature import CategoricalFeature, Feature, IdFeature, SequenceFeature
from taskfusion.schema.spec import MOST_ENTRIES, MOST_TASKS, ColumnName, Spec
from taskfusion.schema.task.table import Task

NO_GROUP: Final = -(2**63)
"""In place of the hash of a group that is null."""


class Schema(Spec):
    """The columns of a log table that a model reads and the outcomes it predicts."""

    features: tuple[Feature, ...] = Field(min_length=1, max_length=MOST_ENTRIES)
    tasks: tuple[Task, ...] = Field(min_length=1, max_length=MOST_TASKS)
    group: ColumnName | None = Field(
        None,
        description="Column whose rows are ranked against each other, for GAUC: the user or the request; rows in which "
        "it is null are left out.",
    )

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        for what, specs in (("features", self.features), ("tasks", self.tasks)):
            names = [spec.name for spec in specs]
            twice = sorted(name for name, count in Counter(names).items() if count > 1)
            if twice:
                raise ValueError(f"{what} need names that differ, but '{twice[0]}' stands there twice")
        columns = self.prediction_names
        same = next((name for name, count in Counter(columns).items() if count > 1), None)
        if same is not None:
            raise ValueError(f"two predictions would both be called '{same}'; rename a task or a value of its label")
        owners = {f.name for f in self.features if isinstance(f, CategoricalFeature) and f.share_with is None}
        for feature in self.features:
            if isinstance(feature, IdFeature) and feature.share_with is not None and feature.share_with not in owners:
                raise ValueError(
                    f"feature '{feature.name}' has share_with '{feature.share_with}', which is not a categorical "
                    f"feature with a table of its own"
                )
        return self

    @model_validator(mode="after")
    def _tables_suit_their_readers(self) -> Self:
        coded = {feature.name: feature for feature in self.features if isinstance(feature, IdFeature)}
        for feature in coded.values():
            owner = coded[feature.table]
            if isinstance(feature, CategoricalFeature) and feature.frequency and owner.hash_buckets is not None:
                raise ValueError(
                    f"feature '{feature.name}' reads the table of '{owner.name}', which has hash_buckets, so its "
                    f"values are not counted; leave out frequency"
                )
            if isinstance(feature, SequenceFeature) and feature.attention is not None:
                candidate = coded.get(feature.attention)
                if not isinstance(candidate, CategoricalFeature) or candidate.table != feature.table:
                    raise ValueError(
                        f"feature '{feature.name}' has attention to '{feature.attention}', which should be a "
                        f"categorical feature with the same embedding table; set share_with of one of them"
                    )
        return self

    @property
    def task_names(self) -> tuple[str, ...]:
        """Names of the tasks, in order."""
        return tuple(task.name for task in self.tasks)

    @property
    def prediction_names(self) -> tuple[str, ...]:
        """Columns of the predictions, task by task."""
        return tuple(name for task in self.tasks for name in task.prediction_names)
