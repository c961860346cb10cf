"""What was inferred, as a commented experiment file."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from taskfusion.config.experiment import Experiment
from taskfusion.config.network import NetworkConfig
from taskfusion.config.recipe import recipe
from taskfusion.config.yaml_text import dump_yaml
from taskfusion.inspect.init.derive import DERIVED
from taskfusion.inspect.init.entry import Entry, Inferred

WIDTH = 120
FEW_ROWS = 1_000  # of a table, below which all is doubtful

_TITLES = {
    "user": "Of the user: named so, or always the same for one user.",
    "item": "Of the item: named so, or always the same for one item.",
    "candidate": "Of the item at the impression: named after it, but not always the same for one item.",
    "context": "Of the impression.",
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
        *_data_lines(inferred),
        "",
        *_feature_lines(inferred),
        "",
        *_task_lines(inferred),
        "",
        *_group_lines(inferred.group),
        "",
        *_setting_lines(inferred),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _data_lines(inferred: Inferred) -> Iterator[str]:
    yield "# Paths are relative to this file."
    yield "data:"
    for key, value in inferred.data.items():
        if key == "split":
            yield from wrap(inferred.why_split, WIDTH, "  # ", "  # ")
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
        yield "  # Not used, as it is not sure that they are known before the outcome:"
        yield from (line for entry in inferred.questions for line in _entry_lines(entry, "  # - "))
    if inferred.left_out:
        yield "  # Left out:"
        for line in grouped(inferred.left_out):
            yield from wrap(line, WIDTH, "  #   ", "  #     ")


def _task_lines(inferred: Inferred) -> Iterator[str]:
    yield "# What is predicted; a null label is unknown and counts nowhere."
    yield from (line for text in advice(inferred) for line in wrap(text, WIDTH, "# ", "# "))
    yield "tasks:"
    yield from (line for entry in inferred.tasks for line in _entry_lines(entry, "  - "))
    proposals = (*inferred.proposals, *inferred.derived)
    if proposals:
        yield "  # Not trained; take the first '# ' of a line away to add its task:"
        yield from (line for entry in proposals for line in _entry_lines(entry, "  # - "))


def _group_lines(group: str | None) -> Iterator[str]:
    if group is None:
        yield "# Name here the column whose rows are ranked against each other, as the user, to have GAUC."
        yield "# group: user_id"
    else:
        yield "# Rows of one value are ranked against each other, for GAUC."
        yield f"group: {flow(group)}"


def _entry_lines(entry: Entry, indent: str) -> Iterator[str]:
    line = indent + flow(dict(entry.settings))
    note = f"# {_plain(entry.note)}{f'; look: {_plain(entry.doubt)}' if entry.doubt else ''}"
    if len(line) + len(note) + 2 <= WIDTH:
        yield f"{line}  {note}"
    else:
        yield f"{' ' * indent.index(indent.strip()[0])}{note}"
        yield line


def _setting_lines(inferred: Inferred) -> Iterator[str]:
    """What suits a table of this size; settings that must be tried are left to train --preset."""
    yield "# What suits a table of this size. More is tried, such as teachers and tables of each task's own, by:"
    yield "# taskfusion train THIS_FILE --preset auto --out DIR"
    sections: dict[str, dict[str, Any]] = {"network": {"variant": NetworkConfig().variant}}
    for name, value in recipe(inferred.rows if inferred.is_whole else float("inf")).items():
        section, _, key = name.partition(".")
        sections.setdefault(section, {})[key] = value
    for section, values in sections.items():
        yield from _part_lines(section, Experiment.model_fields[section].annotation, values)
        yield ""


def _part_lines(name: str, spec: Any, values: Mapping[str, Any]) -> Iterator[str]:  # noqa: ANN401  a class of settings
    yield f"{name}:"
    for key, value in values.items():
        about, _, _ = (spec.model_fields[key].description or "").partition(". ")
        yield f"  {key}: {flow(value)}  # {about.removesuffix('.')}."


def flow(value: Any) -> str:  # noqa: ANN401  whatever YAML holds
    """A value as YAML on one line."""
    text = dump_yaml(value, on_one_line=True)
    return text.removesuffix("\n...\n").rstrip("\n")


def _plain(text: str) -> str:
    """A text that fits into a comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def advice(inferred: Inferred) -> list[str]:
    """What the whole of it lacks, each as a sentence."""
    found = []
    if len(inferred.tasks) == 1:
        names = ", ".join(
            dict.fromkeys(str(entry.settings["name"]) for entry in (*inferred.proposals, *inferred.derived))
        )
        more = f"take a proposed one ({names})" if names else "name more columns with --task, or derive labels from one"
        found.append(f"One task: sharing has nothing to share; add another where you have one: {more}.")
    if inferred.is_whole and inferred.rows < FEW_ROWS:
        found.append(f"{inferred.rows:,} rows are little evidence: read every line twice.")
    return found


def notes(inferred: Inferred) -> Iterator[tuple[str, str]]:
    """What became of the columns, of features only what is doubtful: the kind of a note, and the note."""
    doubts = [replace(entry, note=entry.doubt, heading=entry.doubt) for entry in inferred.doubts]
    groups = {
        "task": grouped(inferred.tasks),
        "proposed": grouped((*inferred.proposals, *inferred.derived)),
        "not used": grouped(inferred.questions),
        "left out": grouped(inferred.left_out),
        "look at": grouped(doubts),
        "note": [text for text in (inferred.why_split, *advice(inferred)) if text],
    }
    return ((kind, line) for kind, lines in groups.items() for line in lines)


def wrap(text: str, width: int, first: str = "", other: str = "") -> list[str]:
    """A text as lines of a width, which begin as told; words, which may be names, stay whole."""
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=other, break_long_words=False, break_on_hyphens=False
    )


def grouped(entries: Sequence[Entry]) -> list[str]:
    """What is said of columns, those of one heading together: how many, and their names."""
    by_heading: dict[str, list[Entry]] = {}
    for entry in entries:
        by_heading.setdefault(entry.heading or entry.note, []).append(entry)
    return [
        f"{_called(of_one[0])}: {_plain(of_one[0].note)}"
        if len(of_one) == 1
        else f"{len(of_one):,}, {_plain(heading)}: {', '.join(_called(entry) for entry in of_one)}"
        for heading, of_one in by_heading.items()
    ]


def _called(entry: Entry) -> str:
    """A column, or of a task that is derived from one its name and how."""
    name, label = entry.settings.get("name"), entry.settings.get("label")
    return f"{name} ({label})" if entry.heading == DERIVED else _plain(entry.column)
