"""What attributions say, in sentences: of a task, and of one row."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from taskfusion.evaluate.comparison import Interval
from taskfusion.evaluate.ranks import STEADY, disagreements, ranks
from taskfusion.report import number
from taskfusion.report.language import N_, _
from taskfusion.report.retold import retold
from taskfusion.report.words import listed, paragraph
from taskfusion.run.record.attribution import AttributionRecord, ColumnAttribution, PushRecord, RowTask, TaskAttribution

LEADING: Final = 3
"""Columns that a sentence names."""

LEAST_PUSH: Final = 0.005
"""Below it a push is written as 0."""

_LEAST_SHARE: Final = 0.05
"""Of the largest push, below which a sentence names none."""


_SCORES: Final = (
    N_("log-odds"),
    N_("log-odds of the predicted class"),
    N_("log-odds of a higher level"),
    N_("log(1 + label)"),
    N_("units of the label"),
)
"""What kinds of tasks call the number that columns move."""


_VALUES: Final = (N_("missing"), N_("{values} \u2026 ({count} values)"))
"""What stands for a value that is not there, or is a long list, in records."""


def value_of(one: PushRecord) -> str:
    """What the table holds."""
    return retold(one.value, _VALUES)


def leading(found: TaskAttribution) -> list[ColumnAttribution]:
    """The columns of a task, those that move its score most first."""
    return sorted(found.columns, key=lambda one: -one.size.mean)


def leading_sentence(found: TaskAttribution) -> str:
    """What moves a task's score, where seeds do not order the columns differently."""
    if _is_unstable(found):
        return _(
            "Unstable: seeds order the columns that move its score differently (rank correlation {rank}).",
            rank=_rank(found),
        )
    return _("Its score moves most with {columns}.", columns=listed(_names(found)))


def overall_sentence(record: AttributionRecord) -> str:
    """What moves the score of each task, in one sentence."""
    told = [
        _("{task} with {columns}", task=one.task, columns=listed(_names(one)))
        for one in record.tasks
        if not _is_unstable(one)
    ]
    unstable = [one.task for one in record.tasks if _is_unstable(one)]
    said = []
    if told:
        said.append(_("Of the table's columns, scores move most: {tasks}.", tasks=_("; ").join(told)))
    if unstable:
        said.append(_("Unstable: seeds order the columns of {tasks} differently.", tasks=listed(unstable)))
    return paragraph(said)


def columns_sentences(found: TaskAttribution) -> list[str]:
    """What moves a task's score, whether seeds agree, and where shuffling says otherwise."""
    said = [leading_sentence(found)]
    if found.seed_rank is not None and not _is_unstable(found):
        said.append(_("Seeds agree on the order of the columns (rank correlation {rank}).", rank=_rank(found)))
    return [*said, *_disagreements(found)]


def _names(found: TaskAttribution) -> list[str]:
    return [one.column for one in leading(found)[:LEADING]]


def _is_unstable(found: TaskAttribution) -> bool:
    return found.seed_rank is not None and found.seed_rank < STEADY


def _rank(found: TaskAttribution) -> str:
    """How alike seeds order the columns."""
    return number.NOT_AVAILABLE if found.seed_rank is None else number.signed(found.seed_rank, 2)


def _disagreements(found: TaskAttribution) -> list[str]:
    """Where attribution and permutation importance put a column in different places."""
    known = [(one, one.permutation.mean) for one in found.columns if one.permutation is not None]
    if found.permutation_rank is None or len(known) < len(found.columns):
        return []
    columns, rises = [one for one, _rise in known], [rise for _one, rise in known]
    sizes = [one.size.mean for one in columns]
    by_size, by_rise = ranks(sizes), ranks(rises)
    apart = disagreements(sizes, rises)
    more = [columns[place].column for place in apart if by_size[place] < by_rise[place]]
    less = [
        columns[place].column
        for place in apart
        if by_size[place] > by_rise[place] and _is_above_zero(columns[place].permutation)
    ]
    rank = number.signed(found.permutation_rank, 2)
    if not more and not less:
        return [_(_ALIKE, rank=rank)]
    said = [_("Shuffling the columns gives an order with rank correlation {rank}.", rank=rank)]
    if more:
        said.append(_(_MORE if len(more) > 1 else _MORE_ONE, columns=listed(more)))
    if less:
        said.append(_(_LESS if len(less) > 1 else _LESS_ONE, columns=listed(less)))
    return said


_ALIKE: Final = N_(
    "Shuffling the columns gives an order with rank correlation {rank}; no column leads in one and is far behind in "
    "the other."
)
_MORE_ONE: Final = N_(
    "The two differ on {columns}: it moves the score more than the loss rests on it, as where another column says the "
    "same or where the network learned noise."
)
_MORE: Final = N_(
    "The two differ on {columns}: they move the score more than the loss rests on them, as where another column says "
    "the same or where the network learned noise."
)
_LESS_ONE: Final = N_("The two differ on {columns}: it moves the score little on average, but the loss rests on it.")
_LESS: Final = N_("The two differ on {columns}: they move the score little on average, but the loss rests on them.")


def _is_above_zero(rise: Interval | None) -> bool:
    return rise is not None and rise.ends is not None and rise.ends[0] > 0


def prediction_text(found: RowTask) -> str:
    """The calibrated prediction: a probability in percent, or a number."""
    if found.kind == "regression":
        return number.label(found.prediction)
    text = number.rate(found.prediction)
    return text if found.value is None else _("{share} for {value}", share=text, value=found.value)


def base_text(found: RowTask) -> str:
    """What it is held against."""
    if found.kind == "regression":
        return _("the mean of {mean}", mean=number.label(found.base))
    return _("the base rate of {rate}", rate=number.rate(found.base))


def start_text(found: RowTask) -> str:
    """The score of the mean input, as a probability too where it is one value's log-odds."""
    score = number.signed(found.start, 2)
    if found.kind not in ("binary", "multiclass"):
        return score
    return f"{score} ({number.rate(1 / (1 + math.exp(-found.start)))})"


def row_sentence(found: RowTask) -> str:
    """A prediction against its base, and what pushes it up and down most."""
    said = [_("{comparison}.", comparison=_comparison(found))]
    for message, sign in ((_UP, 1), (_DOWN, -1)):
        pushes = named_pushes(found.pushes, sign)
        if pushes:
            told = [f"{one.column} = {value_of(one)} ({number.signed(one.push, 2)})" for one in pushes]
            said.append(_(message, columns=_("; ").join(told)))
    unsteady = [one.column for one in found.pushes[:LEADING] if one.steady is False]
    if unsteady:
        said.append(_(_DISAGREE if len(unsteady) > 1 else _DISAGREE_ONE, columns=listed(unsteady)))
    return paragraph(said)


_UP: Final = N_("Up: {columns}.")
_DOWN: Final = N_("Down: {columns}.")
_DISAGREE_ONE: Final = N_("Unstable: seeds disagree whether {columns} pushes up or down.")
_DISAGREE: Final = N_("Unstable: seeds disagree whether {columns} push up or down.")
_PUSHED: Final[Mapping[tuple[int, bool], str]] = {
    (1, False): N_("{said}; {columns} pushes it up"),
    (1, True): N_("{said}; {columns} push it up"),
    (-1, False): N_("{said}; {columns} pushes it down"),
    (-1, True): N_("{said}; {columns} push it down"),
}
"""By the sign of the push, and whether several columns push."""


def short_row_sentence(found: RowTask) -> str:
    """The same without values."""
    said = _("{task}: {comparison}", task=found.task, comparison=_comparison(found))
    for sign in (1, -1):
        pushes = named_pushes(found.pushes, sign)
        if pushes:
            told = [f"{one.column} ({number.signed(one.push, 2)})" for one in pushes]
            said = _(_PUSHED[sign, len(told) > 1], said=said, columns=listed(told))
    return _("{sentence}.", sentence=said)


def _comparison(found: RowTask) -> str:
    """A prediction against its base, and how many times as high it is where that says something."""
    values = {"prediction": prediction_text(found), "base": base_text(found)}
    times = 1.0 if found.kind == "regression" or found.base <= 0 else found.prediction / found.base
    if 0.95 < times < 1.05:
        return _("{prediction}, against {base}", **values)
    return _("{prediction}, against {base} ({times} times)", **values, times=number.significant(times, 2))


def named_pushes(pushes: Sequence[PushRecord], sign: int) -> list[PushRecord]:
    """The largest pushes of a sign that all seeds give them; none is small beside the largest, or written as 0."""
    least = max(LEAST_PUSH, _LEAST_SHARE * max((abs(one.push) for one in pushes), default=0.0))
    fit = [one for one in pushes if one.push * sign > 0 and abs(one.push) >= least and one.steady is not False]
    return fit[:LEADING]
