"""What an experiment would train, and what looks wrong, before anything is trained."""

from typing import Any

from taskfusion.assemble.network import count_parameters
from taskfusion.config.experiment import Experiment
from taskfusion.data.prepared import SplitTables
from taskfusion.inspect.check.profile import Profile, profile_experiment
from taskfusion.inspect.check.warning import find_warnings
from taskfusion.pipeline.distil import require_teachers
from taskfusion.pipeline.domain import target_masks
from taskfusion.schema.task.table import Task, kind_of


def check_experiment(experiment: Experiment, splits: SplitTables) -> dict[str, Any]:
    """Read all rows once, as training would, and tell what was found, as plain data.

    Keys: splits (rows, bytes, in_memory), steps_per_epoch, tasks and features (each with figures per split), parameters
    by part of the model, model_bytes while training, and warnings (check, subject, message).

    Raises:
        ExperimentError, DataError: training would fail with the same error.
    """
    require_teachers(experiment.distillation, experiment.tasks)
    if experiment.domain is not None:
        target_masks(experiment.domain, experiment.features, splits)
    profile = profile_experiment(experiment, splits)
    return {
        "splits": {
            name: {"rows": split.rows, "bytes": split.num_bytes, "in_memory": profile.in_memory(name)}
            for name, split in profile.splits.items()
        },
        "steps_per_epoch": profile.steps_per_epoch,
        "tasks": [_task(profile, index, task) for index, task in enumerate(experiment.tasks)],
        "features": [_feature(profile, index) for index in range(len(experiment.features))],
        "parameters": count_parameters(profile.model),
        "model_bytes": profile.model_bytes,
        "warnings": [
            {"severity": "warning", "check": w.check, "subject": w.subject, "message": w.message}
            for w in find_warnings(profile)
        ],
    }


def _task(profile: Profile, index: int, task: Task) -> dict[str, Any]:
    splits = {}
    for name, split in profile.splits.items():
        found = split.statistics[index]
        splits[name] = {
            "known": found.known,
            "unknown": found.rows - found.known,
            "positives": split.positives[index] if kind_of(task).has_positives else None,
            "mean": found.mean if found.known and not found.class_shares else None,
            "class_shares": list(found.class_shares),
        }
    return {
        "name": task.name,
        "kind": task.kind,
        "log1p": kind_of(task).is_logarithmic(task),
        "classes": list(kind_of(task).values(task)),
        "splits": splits,
    }


def _feature(profile: Profile, index: int) -> dict[str, Any]:
    feature = profile.experiment.features[index]
    shares = {name: split.features[feature.name] for name, split in profile.splits.items()}
    codes = profile.codes(feature.name)
    return {
        "name": feature.name,
        "column": feature.source,
        "kind": feature.kind,
        "role": feature.role,
        "codes": codes,
        "shares_table_of": getattr(feature, "share_with", None),
        "width": profile.width(feature.name),
        "parameters": profile.parameters(feature.name),
        "missing": {name: count.missing_share for name, count in shares.items()},
        "unseen": {name: count.unseen_share for name, count in shares.items()} if codes is not None else None,
    }
