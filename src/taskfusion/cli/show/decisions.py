"""What a decision log holds, as a table."""

from pathlib import Path
from typing import Final

from taskfusion.cli.output import out
from taskfusion.report.grid import Grid
from taskfusion.serve.decision.summary import DecisionSummary

_DIGITS: Final = 12
"""Of a fingerprint: no two models meet in these."""


def print_decisions(found: DecisionSummary, out_path: Path | None) -> None:
    """Decisions by tier, reason, arm and model, and what they were taken over."""
    if not found.decisions:
        out.print("no decisions yet")
        return
    has_arms = any(group.arm for group in found.groups)
    rows = [
        [
            group.tier,
            group.reason or "",
            *([group.arm or ""] if has_arms else []),
            (group.bundle or "none")[:_DIGITS],
            f"{group.decisions:,}",
            f"{100 * group.requests / found.requests:.2f} %",
            "" if group.model_seconds is None else f"{1e3 * group.model_seconds:.1f}",
            _moment(group.last),
        ]
        for group in found.groups
    ]
    headings = ["tier", "reason", *(["arm"] if has_arms else []), "model"]
    numbers = ["decisions", "of requests", "median model ms", "last (UTC)"]
    out.print(Grid("who answered, and why", [*headings, *numbers], rows, texts=len(headings)))
    sample = "" if found.requests == found.decisions else f", which stand for {found.requests:,.0f} requests"
    out.print(
        f"{found.decisions:,} decisions{sample}, {found.candidates:,.1f} candidates each on average, from "
        f"{_moment(found.first)} to {_moment(found.last)} (UTC), of {', '.join(found.sources)}; predictions: "
        f"{', '.join(found.predictions)}",
        soft_wrap=True,
        highlight=False,
    )
    if out_path is not None:
        out.print(f"written: {out_path}", soft_wrap=True, highlight=False)


def _moment(text: str | None) -> str:
    return (text or "")[:19].replace("T", " ")
