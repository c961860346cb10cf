"""A sharing policy in words: which direct edges it forbids, and by which ways knowledge still passes."""

from collections.abc import Sequence

from taskfusion.report.language import _
from taskfusion.report.words import joined
from taskfusion.variants.forbidden import ForbiddenEdge, Way


def sharing_sentence(edge: ForbiddenEdge) -> str:
    """What is forbidden between two tasks, and what reaches the one from the other all the same."""
    levels = _levels(edge.levels)
    if not edge.ways:
        return _(
            "{target} may not take directly from {source} at {levels}; no way remains.",
            target=edge.target,
            source=edge.source,
            levels=levels,
        )
    return _(
        "{target} may not take directly from {source} at {levels}; what {source} learns still reaches it through "
        "{ways}.",
        target=edge.target,
        source=edge.source,
        levels=levels,
        ways=joined([_way(way) for way in edge.ways]),
    )


def _way(way: Way) -> str:
    match way.kind:
        case "own":
            return _("{source}'s own experts at {levels}", source=way.name, levels=_levels(way.levels))
        case "group":
            return _("the {group}", group=way.name)
        case "shared":
            return _("the shared unit")
        case "relation":
            return _("the relation from {source}", source=way.name)
        case "tables":
            return _("the embedding tables, which all tasks share")
        case "task":
            return way.name


def _levels(numbers: Sequence[int]) -> str:
    names = joined([str(number) for number in numbers])
    return _("level {number}", number=names) if len(numbers) == 1 else _("levels {numbers}", numbers=names)
