"""What init inferred."""

from typing import Any, Final

from rich.text import Text

from taskfusion.cli.output import out
from taskfusion.inspect.init.entry import Inferred
from taskfusion.inspect.init.text import advice, notes, wrap

WIDTH: Final = 80
"""Characters of a line of notes, where the terminal is not narrower."""


def inferred_content(inferred: Inferred) -> dict[str, Any]:
    """For programs."""

    def plain(entries: Any) -> list[dict[str, Any]]:  # noqa: ANN401  entries of any place
        return [
            {
                "column": e.column,
                "note": e.note,
                **({"settings": dict(e.settings)} if e.settings else {}),
                **({"doubt": e.doubt} if e.doubt else {}),
            }
            for e in entries
        ]

    return {
        "rows": inferred.rows,
        "whole_table": inferred.is_whole,
        "data": dict(inferred.data),
        "why_split": inferred.why_split,
        "advice": advice(inferred),
        "features": plain(inferred.features),
        "questions": plain(inferred.questions),
        "tasks": plain(inferred.tasks),
        "proposals": plain(inferred.proposals),
        "derived": plain(inferred.derived),
        "left_out": plain(inferred.left_out),
        "group": inferred.group,
    }


def print_inferred(inferred: Inferred) -> None:
    """What became of the columns, by kind of note; of features only what is doubtful."""
    rows = f"all {inferred.rows:,} rows" if inferred.is_whole else f"the first {inferred.rows:,} rows"
    out.print(f"inferred from {rows}: features {len(inferred.features)}, tasks {len(inferred.tasks)}", highlight=False)
    for title, line in notes(inferred):
        first, *others = wrap(f"{title} {line}", min(out.width, WIDTH), other="  ")
        out.print(Text.assemble((title, "bold"), first.removeprefix(title)), soft_wrap=True)
        for other in others:
            out.print(Text(other), soft_wrap=True)
