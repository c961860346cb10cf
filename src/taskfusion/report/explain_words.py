"""What trained models take from whom, in sentences: one or two per task, and none on what seeds disagree."""

from collections.abc import Sequence
from typing import Final

from taskfusion.evaluate.agreement import Agreement, SeedFigure
from taskfusion.report import number
from taskfusion.report.words import listed
from taskfusion.run.record.explain import EdgeRecord, ExplainRecord, UsePart, UseRecord
from taskfusion.schema.task.base import SHARED

UNSTABLE: Final = "unstable"
_NAMED: Final = 3
"""Sources that a sentence names."""

_LEGEND: Final = (
    "In brackets stands by how many percent a task's loss changes when it does without these experts and shares out "
    "their weight among the others"
)
ONE_SEED: Final = (
    "There is one seed. It cannot tell what is stable: with another seed the same data often give another picture."
)


def legend(record: ExplainRecord) -> str:
    """What the numbers in sentences are."""
    return f"{_LEGEND}{', from the least to the most of the seeds' if len(record.seeds) > 1 else ''}."


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
    rests = sorted((edge for edge in edges if _shown(edge) > 0), key=lambda edge: (not edge.own, -_shown(edge)))
    better = sorted((edge for edge in others if _shown(edge) < 0), key=_shown)
    whose = "any one other unit" if use.owned else "any one alone"
    said = [f"{target} rests on {_each(rests)}."] if rests else []
    if not any(not edge.own for edge in rests):
        said.append(f"{'It' if said else target} is not shown to rest on the experts of {whose}.")
    if better:
        said.append(f"Its loss would be lower on these rows without {_each(better)}.")
    unstable = sum(edge.dependence is not None and edge.dependence.steady is False for edge in others)
    if unstable:
        said.append(f"{unstable} of {len(others)} edges into it {'is' if unstable == 1 else 'are'} {UNSTABLE}.")
    return said


def _shown(edge: EdgeRecord) -> float:
    return edge.dependence.mean if edge.dependence is not None and edge.dependence.is_shown else 0.0


def _each(edges: Sequence[EdgeRecord]) -> str:
    """The first three by name, and how small the others are."""
    names = [source_name(edge) for edge in edges[:_NAMED]]
    names = [names[0], *(name.replace("the experts of", "those of") for name in names[1:])]
    named = [f"{name} ({_size(edge)})" for name, edge in zip(names, edges, strict=False)]
    rest = edges[_NAMED:]
    if rest:
        named.append(f"{len(rest)} more, less")
    return listed(named)


def _size(edge: EdgeRecord) -> str:
    return "" if edge.dependence is None else seeds_text(edge.dependence)


def seeds_text(figure: SeedFigure) -> str:
    """A change in percent: of several seeds the least and the most."""
    ends = dict.fromkeys(_short(one) for one in (min(figure.by_seed), max(figure.by_seed)))
    return f"{' to '.join(ends)}{number.THIN}%"


def _short(change: float) -> str:
    return number.signed(change, 1 if abs(change) >= 1 else 2)


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
    ranks = (
        ""
        if found.rank is None
        else f"; the order of edges correlates {number.signed(found.rank, 2)} between seeds, 1 being the same order"
    )
    return (
        f"{seeds} seeds agree on {same} of {found.edges} edges from other units, whether the loss rises or falls "
        f"without them; the others are {UNSTABLE}{ranks}."
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
    leaning = sum(one.others is not None and _rises(one.others) for one in use.parts[0].tasks)
    of_all = f"{leaning} of {len(use.parts[0].tasks)} tasks {'rests' if leaning == 1 else 'rest'}"
    shared = f"{of_all if leaning else 'No task is shown to rest'} on experts of other tasks"
    seeds = f"{len(record.seeds)} seeds"
    return f"{shared}; {f'{seeds} agree on which' if found.is_steady else f'which ones is {UNSTABLE} between {seeds}'}"


def _rises(figure: SeedFigure) -> bool:
    return figure.is_shown and figure.mean > 0
