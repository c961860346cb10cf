"""What trained models take from whom, in sentences: one or two per task, and none on what seeds disagree."""

from collections.abc import Sequence
from typing import Final

from taskfusion.evaluate.agreement import Agreement, SeedFigure
from taskfusion.report import number
from taskfusion.report.words import listed, verb
from taskfusion.run.record.explain import EdgeRecord, ExplainRecord, UsePart, UseRecord
from taskfusion.schema.task.base import SHARED

UNSTABLE: Final = "unstable"
ONE_SEED: Final = (
    "There is one seed. It cannot tell what is stable: with another seed the same data often give another picture."
)


def overall(part: UsePart) -> list[EdgeRecord]:
    """The edges of all levels at once; of one level, its own."""
    everywhere = [edge for edge in part.edges if edge.level is None]
    return everywhere or list(part.edges)


def source_name(edge: EdgeRecord) -> str:
    """Whose experts these are."""
    if edge.own:
        return "its own experts"
    return "the shared experts" if edge.source == SHARED else f"the experts of {edge.source}"


def change_text(figure: SeedFigure) -> str:
    """A change in percent with its interval."""
    ends = "" if figure.low is None or figure.high is None else _ends(figure.low, figure.high)
    return f"{number.signed(figure.mean, 2)}{number.THIN}%{ends}"


def _ends(low: float, high: float) -> str:
    return f" [{number.signed(low, 2)}, {number.signed(high, 2)}]"


def task_sentences(use: UseRecord, part: UsePart, target: str) -> list[str]:
    """What the models take for one task: from its own experts, from others, and what is left open."""
    edges = [edge for edge in overall(part) if edge.target == target]
    if not edges:
        return [f"{target} has one source in sight, so there is nothing to choose from."]
    if target in part.too_small:
        return [f"{target} has too few labels in these rows to say what it rests on."]
    others = [edge for edge in edges if not edge.own]
    said = [_own(edge) for edge in edges if edge.own and edge.dependence is not None and edge.dependence.is_shown]
    rests = [edge for edge in others if _shown(edge) > 0]
    better = [edge for edge in others if _shown(edge) < 0]
    said += [f"It rests on {_each(rests)}: so much higher is its loss without them."] if rests else []
    said += [f"Without {_each(better)}, its loss is lower on these rows."] if better else []
    if not rests and not better:
        whose = "the experts of any other unit alone" if use.owned else "any expert alone"
        said.append(f"It is not shown to rest on {whose}.")
    unstable = sum(edge.dependence is not None and edge.dependence.steady is False for edge in others)
    if unstable:
        said.append(f"{unstable} of {len(others)} edges into it are {UNSTABLE}: seeds disagree on them.")
    return said


def _shown(edge: EdgeRecord) -> float:
    return edge.dependence.mean if edge.dependence is not None and edge.dependence.is_shown else 0.0


def _own(edge: EdgeRecord) -> str:
    change = change_text(edge.dependence) if edge.dependence is not None else ""
    weight = number.fixed(edge.weight.mean, 2)
    return f"Its own experts have {weight} of weight; without them its loss changes by {change}."


def _each(edges: Sequence[EdgeRecord]) -> str:
    ordered = sorted(edges, key=lambda edge: -abs(_shown(edge)))
    return listed([f"{source_name(edge)} ({change_text(edge.dependence)})" for edge in ordered if edge.dependence])


def sureness(record: ExplainRecord, use: UseRecord) -> str:
    """How much of it would be the same with another seed, as one sentence."""
    if not use.owned:
        return (
            f"The experts of {record.variant} belong to nobody: expert 1 of one seed and expert 1 of another have "
            "nothing in common but the number, so no seeds can be compared."
        )
    found = overall_agreement(use.parts[0])
    if len(record.seeds) < 2 or found is None:
        return ONE_SEED
    seeds, same = len(record.seeds), round(found.same_sign * found.edges)
    ranks = "" if found.rank is None else f"; their order has a rank correlation of {number.signed(found.rank, 2)}"
    return (
        f"{seeds} seeds agree in the sign of dependence on {same} of {found.edges} edges from other units{ranks} "
        "(1: the same order, 0: none in common)."
    )


def overall_agreement(part: UsePart) -> Agreement | None:
    """Of dependence, at all levels at once where there are several."""
    found = [one for one in part.agreement if one.figure == "dependence"]
    return found[0] if found else None


def use_title(record: ExplainRecord, use: UseRecord) -> str:
    """What stands above all else."""
    found = overall_agreement(use.parts[0])
    if len(record.seeds) < 2 or found is None:
        return "What this model uses; one seed cannot tell what is stable"
    steady = round(found.same_sign * found.edges)
    leaning = [one.target for one in use.parts[0].tasks if one.others is not None and _rises(one.others)]
    if leaning:
        which = listed(leaning)
        shared = f"{which} {verb(leaning, 'rests', 'rest')} on experts of other tasks"
    else:
        shared = "No task is shown to rest on experts of other tasks"
    return f"{shared}; which ones is stable on {steady} of {found.edges} edges"


def _rises(figure: SeedFigure) -> bool:
    return figure.is_shown and figure.mean > 0
