"""By how much ways of scoring differ."""

from taskfusion.cli.output import out
from taskfusion.report.grid import Grid
from taskfusion.serve.verify import Verification


def print_verification(found: Verification) -> None:
    """The largest difference per task and way, and what it was taken over."""
    tasks = list(found.ways[0].differences)
    rows = [[way.name, f"{way.rows:,}", *(f"{way.differences[task]:.0e}" for task in tasks)] for way in found.ways]
    out.print(Grid(f"largest difference from {found.reference}, over 1 + |prediction|", ["", "rows", *tasks], rows))
    out.print(
        f"{found.rows:,} rows of {found.data}, and {found.made:,} made of them with a missing or an unseen value in "
        f"each column; {found.missing:,} values are missing and {found.unseen:,} unseen",
        soft_wrap=True,
        highlight=False,
    )
    if found.not_split is not None:
        out.print(f"there is no way by candidates: {found.not_split}", soft_wrap=True, highlight=False)
    if found.not_served is not None:
        out.print(f"there is no way by the server: {found.not_served}", soft_wrap=True, highlight=False)
    if found.agrees:
        out.print(f"all ways agree to {found.tolerance:.0e}", highlight=False)
