"""What was inferred, as a commented experiment file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from taskfusion.config.inputs import EmbeddingConfig
from taskfusion.config.network import NetworkConfig
from taskfusion.config.training import TrainingConfig
from taskfusion.config.yaml_text import dump_yaml
from taskfusion.inspect.init.entry import Entry, Inferred
from taskfusion.schema.spec import Spec
from taskfusion.schema.task.table import KINDS

WIDTH = 120
STEPS_PER_EPOCH = 100  # that small tables still have
SMALLEST_BATCH = 32
SHARE = 0.7  # of a label that its teacher decides

_TITLES = {
    "user": "Of the user: named so, or always the same for one user.",
    "item": "Of the item: named so, or always the same for one item.",
    "context": "Of the impression.",
}
_SPLITS = {
    "time": "The last tenth of the rows in time is the test split, the tenth before it the validation split.",
    "random": "No column tells the time; where one does, split by it: models are used on rows yet to come.",
}


def experiment_text(inferred: Inferred, path: Path) -> str:
    """The YAML of an experiment file.

    Args:
        inferred: what it says.
        path: the table, for the comment.
    """
    rows = f"all {inferred.rows:,}" if inferred.is_whole else f"the first {inferred.rows:,}"
    lines = [
        f"# Inferred by taskfusion init from {rows} rows of {_plain(path.name)}: read every line, and mend it.",
        "# See what it means for the whole table with: taskfusion check THIS_FILE",
        "",
        *_data_lines(inferred.data),
        "",
        *_feature_lines(inferred),
        "",
        *_task_lines(inferred),
        "",
        *_group_lines(inferred.group),
        "",
        *_setting_lines(inferred),
    ]
    return "\n".join(lines) + "\n"


def _data_lines(data: Mapping[str, Any]) -> Iterator[str]:
    yield "# Paths are relative to this file."
    yield "data:"
    for key, value in data.items():
        if key == "split":
            yield f"  # {_SPLITS[value['kind']]}"
        yield f"  {key}: {flow(value)}"


def _feature_lines(inferred: Inferred) -> Iterator[str]:
    yield "# Only what is known before the outcome."
    yield "features:"
    for role, title in _TITLES.items():
        members = [entry for entry in inferred.features if entry.settings["role"] == role]
        if members:
            yield f"  # {title}"
            yield from (line for entry in members for line in _entry_lines(entry, "  - "))
    if inferred.questions:
        yield "  # Not used, as the names do not tell what they are:"
        yield from (line for entry in inferred.questions for line in _entry_lines(entry, "  # - "))
    if inferred.left_out:
        yield "  # Left out:"
        yield from (f"  #   {_plain(entry.column)}: {_plain(entry.note)}" for entry in inferred.left_out)


def _task_lines(inferred: Inferred) -> Iterator[str]:
    yield "# What is predicted; a null label is unknown and counts nowhere."
    yield "tasks:"
    yield from (line for entry in inferred.tasks for line in _entry_lines(entry, "  - "))
    if inferred.proposals:
        yield "  # Not trained; take the first '# ' of a line away to add its task:"
        yield from (line for entry in inferred.proposals for line in _entry_lines(entry, "  # - "))


def _group_lines(group: str | None) -> Iterator[str]:
    if group is None:
        yield "# Name here the column whose rows are ranked against each other, as the user, to have GAUC."
        yield "# group: user_id"
    else:
        yield "# Rows of one value are ranked against each other, for GAUC."
        yield f"group: {flow(group)}"


def _entry_lines(entry: Entry, indent: str) -> Iterator[str]:
    line = indent + flow(dict(entry.settings))
    note = f"# {_plain(entry.note)}"
    if len(line) + len(note) + 2 <= WIDTH:
        yield f"{line}  {note}"
    else:
        yield f"{' ' * indent.index(indent.strip()[0])}{note}"
        yield line


def _setting_lines(inferred: Inferred) -> Iterator[str]:
    embedding, network, training = EmbeddingConfig(), NetworkConfig(), TrainingConfig()
    yield from _part_lines("embedding", embedding, {"dim": embedding.dim})
    yield "  # Where ids have many values, tables of its own for each task often pay; then take the '# ' away:"
    yield "  # tables: per-task"
    yield ""
    shape = ("variant", "level_dims", "task_experts", "tower_dims")
    yield from _part_lines("network", network, network.model_dump(mode="json", include=set(shape)))
    yield ""
    budget = training.model_dump(mode="json", include={"epochs", "patience", "learning_rate"})
    yield from _part_lines("training", training, {**budget, "batch_size": _batch_size(inferred, training.batch_size)})
    yield from _teacher_lines(inferred)


def _teacher_lines(inferred: Inferred) -> Iterator[str]:
    """Teachers, where a task can have one; of a large table they take so long that the reader is asked first."""
    if any(KINDS[entry.settings["kind"]].has_teacher for entry in inferred.tasks):
        yield ""
        yield "# What paid most on real data: LightGBM, grown before training, is the teacher of the network. It takes"
        way = ": leave it out for a quick look." if inferred.is_whole else "; take the next # away:"
        yield f"# memory for all rows, and time{way}"
        yield f"{'' if inferred.is_whole else '# '}distillation: {{share: {SHARE}}}"


def _part_lines(name: str, spec: Spec, values: Mapping[str, Any]) -> Iterator[str]:
    yield f"{name}:"
    for key, value in values.items():
        line = f"  {key}: {flow(value)}"
        description = type(spec).model_fields[key].description or ""
        yield f"{line}  # {description}"


def _batch_size(inferred: Inferred, most: int) -> int:
    """A power of two that leaves a small table about 100 steps per epoch."""
    size = most
    while inferred.is_whole and size > SMALLEST_BATCH and size * STEPS_PER_EPOCH > inferred.rows:
        size //= 2
    return size


def flow(value: Any) -> str:  # noqa: ANN401  whatever YAML holds
    """A value as YAML on one line."""
    text = dump_yaml(value, on_one_line=True)
    return text.removesuffix("\n...\n").rstrip("\n")


def _plain(text: str) -> str:
    """A text that fits into a comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
