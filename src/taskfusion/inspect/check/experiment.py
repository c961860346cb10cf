"""What an experiment would train, and what looks wrong, before anything is trained."""

from typing import Any

from taskfusion.assemble.network import count_parameters
from taskfusion.config.experiment import Experiment
from taskfusion.data.prepared import Parts
from taskfusion.inspect.check.profile import Facts, gather_facts
from taskfusion.inspect.check.warning import find_warnings
from taskfusion.pipeline.distil import require_rows_in_memory, require_teachers
from taskfusion.schema.task import BinaryTask, MulticlassTask, RegressionTask, Task


def check_experiment(experiment: Experiment, parts: Parts) -> dict[str, Any]:
    """Read all rows once, as training would, and tell what was found, as plain data.

    Keys: parts (rows, bytes, in_memory), steps_per_epoch, tasks and features (each with figures a part), parameters by
    part of the model, model_bytes while training, and warnings (check, subject, message).

    Raises:
        ExperimentError, DataError: training would fail with the same error.
    """
    require_teachers(experiment)
    facts = gather_facts(experiment, parts)
    require_rows_in_memory(experiment, facts.in_memory("train"))
    return {
        "parts": {
            name: {"rows": part.rows, "bytes": part.num_bytes, "in_memory": facts.in_memory(name)}
            for name, part in facts.parts.items()
        },
        "steps_per_epoch": facts.steps_per_epoch,
        "tasks": [_task(facts, index, task) for index, task in enumerate(experiment.tasks)],
        "features": [_feature(facts, index) for index in range(len(experiment.features))],
        "parameters": count_parameters(facts.model),
        "model_bytes": facts.model_bytes,
        "warnings": [
            {"severity": "warning", "check": w.check, "subject": w.subject, "message": w.message}
            for w in find_warnings(facts)
        ],
    }


def _task(facts: Facts, index: int, task: Task) -> dict[str, Any]:
    parts = {}
    for name, part in facts.parts.items():
        found = part.statistics[index]
        parts[name] = {
            "known": found.known,
            "unknown": found.rows - found.known,
            "positives": part.positives[index] if isinstance(task, BinaryTask) else None,
            "mean": found.mean if found.known and not found.class_shares else None,
            "class_shares": list(found.class_shares),
        }
    return {
        "name": task.name,
        "kind": task.kind,
        "log1p": isinstance(task, RegressionTask) and task.log1p,
        "classes": list(task.classes) if isinstance(task, MulticlassTask) else [],
        "parts": parts,
    }


def _feature(facts: Facts, index: int) -> dict[str, Any]:
    feature = facts.experiment.features[index]
    shares = {name: part.features[feature.name] for name, part in facts.parts.items()}
    codes = facts.codes(feature.name)
    return {
        "name": feature.name,
        "column": feature.source,
        "kind": feature.kind,
        "role": feature.role,
        "codes": codes,
        "shares_table_of": getattr(feature, "share_with", None),
        "width": facts.width(feature.name),
        "parameters": facts.parameters(feature.name),
        "missing": {name: count.missing_share for name, count in shares.items()},
        "unseen": {name: count.unseen_share for name, count in shares.items()} if codes is not None else None,
    }
