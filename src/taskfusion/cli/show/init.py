"""What init inferred."""

from typing import Any

from rich.text import Text

from taskfusion.cli.output import out
from taskfusion.inspect.init.entry import Inferred


def inferred_content(inferred: Inferred) -> dict[str, Any]:
    """For programs."""

    def plain(entries: Any) -> list[dict[str, Any]]:  # noqa: ANN401  entries of any place
        return [
            {"column": e.column, "note": e.note, **({"settings": dict(e.settings)} if e.settings else {})}
            for e in entries
        ]

    return {
        "rows": inferred.rows,
        "whole_table": inferred.is_whole,
        "data": dict(inferred.data),
        "features": plain(inferred.features),
        "questions": plain(inferred.questions),
        "tasks": plain(inferred.tasks),
        "proposals": plain(inferred.proposals),
        "left_out": plain(inferred.left_out),
        "group": inferred.group,
    }


def print_inferred(inferred: Inferred) -> None:
    """A line per column, but for features."""
    rows = f"all {inferred.rows:,} rows" if inferred.is_whole else f"the first {inferred.rows:,} rows"
    out.print(f"inferred from {rows}: features {len(inferred.features)}, tasks {len(inferred.tasks)}", highlight=False)
    groups = {
        "task": inferred.tasks,
        "proposed": inferred.proposals,
        "not used": inferred.questions,
        "left out": inferred.left_out,
    }
    for title, entries in groups.items():
        for entry in entries:
            out.print(Text.assemble((title, "bold"), f" {entry.column}: {entry.note}"), soft_wrap=True)
