"""What attributions say, in sentences: of a task, and of one row."""

import math
from collections.abc import Sequence
from typing import Final

from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.ranks import STEADY, disagreements, ranks
from taskfusion.report import number
from taskfusion.report.words import listed, verb
from taskfusion.run.record.attribution import AttributionRecord, ColumnAttribution, PushRecord, RowTask, TaskAttribution

LEADING: Final = 3
"""Columns that a sentence names."""

LEAST_PUSH: Final = 0.005
"""Below it a push is written as 0."""

_LEAST_SHARE: Final = 0.05
"""Of the largest push, below which a sentence names none."""


def leading(found: TaskAttribution) -> list[ColumnAttribution]:
    """The columns of a task, those that move its score most first."""
    return sorted(found.columns, key=lambda one: -one.size.mean)


def leading_sentence(found: TaskAttribution) -> str:
    """What moves a task's score, where seeds do not order the columns differently."""
    if _is_unstable(found):
        return f"Unstable: seeds order the columns that move its score differently{_correlation(found)}."
    return f"Its score moves most with {listed(_names(found))}."


def overall_sentence(record: AttributionRecord) -> str:
    """What moves the score of each task, in one sentence."""
    told = [f"{one.task} with {listed(_names(one))}" for one in record.tasks if not _is_unstable(one)]
    unstable = [one.task for one in record.tasks if _is_unstable(one)]
    said = f"Of the table's columns, scores move most: {'; '.join(told)}." if told else ""
    seeds = f"Unstable: seeds order the columns of {listed(unstable)} differently." if unstable else ""
    return f"{said} {seeds}".strip()


def columns_sentences(found: TaskAttribution) -> list[str]:
    """What moves a task's score, whether seeds agree, and where shuffling says otherwise."""
    agree = found.seed_rank is not None and not _is_unstable(found)
    seeds = [f"Seeds agree on the order of the columns{_correlation(found)}."] if agree else []
    return [leading_sentence(found), *seeds, *_disagreements(found)]


def _names(found: TaskAttribution) -> list[str]:
    return [one.column for one in leading(found)[:LEADING]]


def _is_unstable(found: TaskAttribution) -> bool:
    return found.seed_rank is not None and found.seed_rank < STEADY


def _correlation(found: TaskAttribution) -> str:
    return "" if found.seed_rank is None else f" (rank correlation {number.signed(found.seed_rank, 2)})"


def _disagreements(found: TaskAttribution) -> list[str]:
    """Where attribution and permutation importance put a column in different places."""
    known = [(one, one.permutation.mean) for one in found.columns if one.permutation is not None]
    if found.permutation_rank is None or len(known) < len(found.columns):
        return []
    columns, rises = [one for one, _ in known], [rise for _, rise in known]
    sizes = [one.size.mean for one in columns]
    by_size, by_rise = ranks(sizes), ranks(rises)
    apart = disagreements(sizes, rises)
    more = [columns[place].column for place in apart if by_size[place] < by_rise[place]]
    less = [
        columns[place].column
        for place in apart
        if by_size[place] > by_rise[place] and _is_above_zero(columns[place].permutation)
    ]
    rank = f"Shuffling the columns gives an order with rank correlation {number.signed(found.permutation_rank, 2)}"
    if not more and not less:
        return [f"{rank}; no column leads in one and is far behind in the other."]
    said = [f"{rank}."]
    if more:
        said.append(
            f"The two differ on {listed(more)}: {verb(more, 'it moves', 'they move')} the score more than the loss "
            f"rests on {verb(more, 'it', 'them')}, as where another column says the same or where the network "
            "learned noise."
        )
    if less:
        said.append(
            f"The two differ on {listed(less)}: {verb(less, 'it moves', 'they move')} the score little on average, "
            f"but the loss rests on {verb(less, 'it', 'them')}."
        )
    return said


def _is_above_zero(rise: Interval | None) -> bool:
    return rise is not None and rise.ends is not None and rise.ends[0] > 0


def prediction_text(found: RowTask) -> str:
    """The calibrated prediction: a probability in percent, or a number."""
    if found.kind == "regression":
        return number.label(found.prediction)
    text = number.rate(found.prediction)
    return text if found.value is None else f"{text} for {found.value}"


def base_text(found: RowTask) -> str:
    """What it is held against."""
    if found.kind == "regression":
        return f"the mean of {number.label(found.base)}"
    return f"the base rate of {number.rate(found.base)}"


def start_text(found: RowTask) -> str:
    """The score of the mean input, as a probability too where it is one value's log-odds."""
    score = number.signed(found.start, 2)
    if found.kind not in ("binary", "multiclass"):
        return score
    return f"{score} ({number.rate(1 / (1 + math.exp(-found.start)))})"


def row_sentence(found: RowTask) -> str:
    """A prediction against its base, and what pushes it up and down most."""
    said = [f"{prediction_text(found)}, against {base_text(found)}{_times(found)}."]
    for word, sign in (("Up", 1), ("Down", -1)):
        pushes = named_pushes(found.pushes, sign)
        if pushes:
            told = [f"{one.column} = {one.value} ({number.signed(one.push, 2)})" for one in pushes]
            said.append(f"{word}: {'; '.join(told)}.")
    unsteady = [one.column for one in found.pushes[:LEADING] if one.steady is False]
    if unsteady:
        said.append(
            f"Unstable: seeds disagree whether {listed(unsteady)} {verb(unsteady, 'pushes', 'push')} up or down."
        )
    return " ".join(said)


def short_row_sentence(found: RowTask) -> str:
    """The same without values."""
    said = f"{found.task}: {prediction_text(found)}, against {base_text(found)}{_times(found)}"
    for word, sign in (("up", 1), ("down", -1)):
        pushes = named_pushes(found.pushes, sign)
        if pushes:
            told = [f"{one.column} ({number.signed(one.push, 2)})" for one in pushes]
            said += f"; {listed(told)} {verb(told, 'pushes', 'push')} it {word}"
    return f"{said}."


def named_pushes(pushes: Sequence[PushRecord], sign: int) -> list[PushRecord]:
    """The largest pushes of a sign that all seeds give them; none is small beside the largest, or written as 0."""
    least = max(LEAST_PUSH, _LEAST_SHARE * max((abs(one.push) for one in pushes), default=0.0))
    fit = [one for one in pushes if one.push * sign > 0 and abs(one.push) >= least and one.steady is not False]
    return fit[:LEADING]


def _times(found: RowTask) -> str:
    if found.kind == "regression" or found.base <= 0:
        return ""
    times = found.prediction / found.base
    return f" ({number.significant(times, 2)} times)" if not 0.95 < times < 1.05 else ""
