"""What trained models take from whom, in sentences: one or two per task, and none on what seeds disagree."""

from collections.abc import Mapping, Sequence
from typing import Final

from taskfusion.evaluate.agreement import Agreement, SeedFigure
from taskfusion.report import number
from taskfusion.report.language import N_, _
from taskfusion.report.words import listed
from taskfusion.run.record.explain import EdgeRecord, ExplainRecord, UsePart, UseRecord
from taskfusion.schema.task.base import SHARED

UNSTABLE: Final = N_("unstable")
_NAMED: Final = 3
"""Sources that a sentence names."""

_LEGEND: Final = N_(
    "In brackets stands by how many percent a task's loss changes when it does without these experts and shares out "
    "their weight among the others."
)
_LEGEND_SEEDS: Final = N_(
    "In brackets stands by how many percent a task's loss changes when it does without these experts and shares out "
    "their weight among the others, from the least to the most of the seeds."
)
ONE_SEED: Final = N_(
    "There is one seed. It cannot tell what is stable: with another seed the same data often give another picture."
)


def legend(record: ExplainRecord) -> str:
    """What the numbers in sentences are."""
    return _(_LEGEND_SEEDS if len(record.seeds) > 1 else _LEGEND)


def overall(part: UsePart) -> list[EdgeRecord]:
    """The edges of all levels at once; of one level, its own."""
    everywhere = [edge for edge in part.edges if edge.level is None]
    return everywhere or list(part.edges)


def source_name(edge: EdgeRecord) -> str:
    """Whose experts these are."""
    if edge.own:
        return _("its own experts")
    return _("the shared experts") if edge.source == SHARED else _("the experts of {source}", source=edge.source)


def change_text(figure: SeedFigure) -> str:
    """A change in percent with its interval."""
    ends = "" if figure.low is None or figure.high is None else _ends(figure.low, figure.high)
    return f"{number.signed(figure.mean, 2)}{number.percent_sign()}{ends}"


def _ends(low: float, high: float) -> str:
    return f" [{number.signed(low, 2)}, {number.signed(high, 2)}]"


def task_sentences(use: UseRecord, part: UsePart, target: str) -> list[str]:
    """What the models take for one task: from its own experts, from others, and what is left open."""
    edges = [edge for edge in overall(part) if edge.target == target]
    if not edges:
        return [_("{task} has one source in sight, so there is nothing to choose from.", task=target)]
    if target in part.too_small:
        return [_("{task} has too few labels in these rows to say what it rests on.", task=target)]
    others = [edge for edge in edges if not edge.own]
    rests = sorted((edge for edge in edges if _shown(edge) > 0), key=lambda edge: (not edge.own, -_shown(edge)))
    better = sorted((edge for edge in others if _shown(edge) < 0), key=_shown)
    said = [_("{task} rests on {sources}.", task=target, sources=_each(rests))] if rests else []
    if not any(not edge.own for edge in rests):
        said.append(_not_shown("" if said else target, is_owned=use.owned))
    if better:
        said.append(_("Its loss would be lower on these rows without {sources}.", sources=_each(better)))
    unstable = sum(edge.dependence is not None and edge.dependence.steady is False for edge in others)
    if unstable == 1:
        said.append(_("1 of {edges} edges into it is unstable.", edges=len(others)))
    elif unstable:
        said.append(_("{count} of {edges} edges into it are unstable.", count=unstable, edges=len(others)))
    return said


def _not_shown(task: str, *, is_owned: bool) -> str:
    """That a task, which is named where no sentence named it before, leans on no other one."""
    if not task:
        return _(_IT_ON_NO_UNIT if is_owned else _IT_ON_NONE)
    return _(_ON_NO_UNIT if is_owned else _ON_NONE, task=task)


_IT_ON_NO_UNIT: Final = N_("It is not shown to rest on the experts of any one other unit.")
_IT_ON_NONE: Final = N_("It is not shown to rest on the experts of any one alone.")
_ON_NO_UNIT: Final = N_("{task} is not shown to rest on the experts of any one other unit.")
_ON_NONE: Final = N_("{task} is not shown to rest on the experts of any one alone.")


def _shown(edge: EdgeRecord) -> float:
    return edge.dependence.mean if edge.dependence is not None and edge.dependence.is_shown else 0.0


def _each(edges: Sequence[EdgeRecord]) -> str:
    """The first three by name, and how small the others are."""
    names = [source_name(edges[0]), *(_brief_name(edge) for edge in edges[1:_NAMED])]
    named = [_("{source} ({size})", source=name, size=_size(edge)) for name, edge in zip(names, edges, strict=False)]
    rest = edges[_NAMED:]
    if rest:
        named.append(_("{count} more, less", count=len(rest)))
    return listed(named)


def _brief_name(edge: EdgeRecord) -> str:
    """Whose experts these are, where experts are named before."""
    return source_name(edge) if edge.own or edge.source == SHARED else _("those of {source}", source=edge.source)


def _size(edge: EdgeRecord) -> str:
    return "" if edge.dependence is None else seeds_text(edge.dependence)


def seeds_text(figure: SeedFigure) -> str:
    """A change in percent: of several seeds the least and the most."""
    low, high = (_short(one) for one in (min(figure.by_seed), max(figure.by_seed)))
    return (low if low == high else _("{low} to {high}", low=low, high=high)) + number.percent_sign()


def _short(change: float) -> str:
    return number.signed(change, 1 if abs(change) >= 1 else 2)


def sureness(record: ExplainRecord, use: UseRecord) -> str:
    """How much of it would be the same with another seed, as one sentence."""
    if not use.owned:
        return _(
            "The experts of {variant} belong to nobody: expert 1 of one seed and expert 1 of another have nothing in "
            "common but the number, so no seeds can be compared.",
            variant=record.variant,
        )
    found = overall_agreement(use.parts[0])
    if len(record.seeds) < 2 or found is None:
        return _(ONE_SEED)
    counted = {"seeds": len(record.seeds), "same": round(found.same_sign * found.edges), "edges": found.edges}
    if found.rank is None:
        return _(_AGREEMENT, **counted)
    return _(_AGREEMENT_RANK, **counted, rank=number.signed(found.rank, 2))


_AGREEMENT: Final = N_(
    "{seeds} seeds agree on {same} of {edges} edges from other units, whether the loss rises or falls without them; "
    "the others are unstable."
)
_AGREEMENT_RANK: Final = N_(
    "{seeds} seeds agree on {same} of {edges} edges from other units, whether the loss rises or falls without them; "
    "the others are unstable; the order of edges correlates {rank} between seeds, 1 being the same order."
)


def overall_agreement(part: UsePart) -> Agreement | None:
    """Of dependence, at all levels at once where there are several."""
    found = [one for one in part.agreement if one.figure == "dependence"]
    return found[0] if found else None


def use_title(record: ExplainRecord, use: UseRecord) -> str:
    """What stands above all else."""
    found = overall_agreement(use.parts[0])
    if len(record.seeds) < 2 or found is None:
        return _("What this model uses; one seed cannot tell what is stable")
    leaning = sum(one.others is not None and _rises(one.others) for one in use.parts[0].tasks)
    message = _TITLES[min(leaning, 2), found.is_steady]
    return _(message, count=leaning, tasks=len(use.parts[0].tasks), seeds=len(record.seeds))


_TITLES: Final[Mapping[tuple[int, bool], str]] = {
    (0, True): N_("No task is shown to rest on experts of other tasks; {seeds} seeds agree on which"),
    (0, False): N_("No task is shown to rest on experts of other tasks; which ones is unstable between {seeds} seeds"),
    (1, True): N_("{count} of {tasks} tasks rests on experts of other tasks; {seeds} seeds agree on which"),
    (1, False): N_(
        "{count} of {tasks} tasks rests on experts of other tasks; which ones is unstable between {seeds} seeds"
    ),
    (2, True): N_("{count} of {tasks} tasks rest on experts of other tasks; {seeds} seeds agree on which"),
    (2, False): N_(
        "{count} of {tasks} tasks rest on experts of other tasks; which ones is unstable between {seeds} seeds"
    ),
}
"""By how many tasks rest on those of others, none, one or several, and whether seeds agree."""


def _rises(figure: SeedFigure) -> bool:
    return figure.is_shown and figure.mean > 0
