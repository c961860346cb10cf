"""What becomes of a column: rules over its name and its values, the first that knows the column decides."""

from collections.abc import Callable

import polars as pl

from taskfusion.data.expression import sql_name
from taskfusion.inspect.init.column import Column, percent
from taskfusion.inspect.init.entry import Entry, Log, Place
from taskfusion.inspect.init.label import label_task, number_task, two_value_task
from taskfusion.inspect.init.words import (
    ATTRIBUTE,
    CATEGORY,
    CLOCK,
    COUNTED,
    DELAY,
    HISTORY,
    ITEM,
    MONEY,
    OF_ROW,
    OUTCOME,
    PREDICTION,
    QUANTITY,
    RATING,
    REQUEST,
    TIME,
    TRUTH,
    USER,
    WEIGHT,
    is_aggregate,
    is_id,
    is_label,
    is_outcome,
    is_spent_time,
    is_watch_share,
)

LEAST_REPEATS = 500  # rows per value, on average, from which whole numbers are categories as well; fewer overfit
FEW_VALUES = 50  # distinct whole numbers up to which they may be categories
LARGEST_NUMBER = 1e10  # whole numbers beyond are ids
RARE_LABELS = 50  # rows of the rarer label below which a task is only proposed
TEXT_LENGTH, TEXT_VALUES = 40, 1_000  # mean characters and distinct values from which strings are free text
MOST_SPREAD = 2.0  # largest less smallest number, over the rows, of numbers that count rows
REQUEST_SHARE = 0.05  # distinct values per row from which a session or query does not come back
LONGEST_SET, LONGEST_HISTORY = 20, 50

LEAST_RETURNS = 2.0  # rows per value, on average, from which a whole number of an unknown name may be a code
FEW_REPEATS = 20.0  # rows per value, on average, from which a few whole numbers are categories as well
FEW_LABELS = 200  # rows of the rarer label below which a task is doubtful

CODES = "a number or a code? make its kind categorical where its order means nothing"
QUESTION = "outcome or known before? name it a task, or take the '#' away"
VERBS = frozenset(("is", "has", "on", "in"))
KNOWN_BEFORE = ATTRIBUTE | CATEGORY | CLOCK | frozenset((*USER, *ITEM))

Rule = Callable[[Column, Log], Entry | None]


def decide(column: Column, log: Log) -> Entry:
    """What becomes of a column."""
    for rule in RULES:
        entry = rule(column, log)
        if entry is not None:
            return entry
    if isinstance(column.dtype, pl.Struct):
        return left_out(column, "a struct: its fields are columns of their own")
    return left_out(column, f"of type {column.dtype}, which no kind of feature reads")


def left_out(column: Column, reason: str, detail: str = "") -> Entry:
    """A column that becomes nothing, for a reason that others may have as well, with what is of this one alone."""
    return Entry(column.name, "left out", reason + detail, heading=reason)


def _named_label(column: Column, log: Log) -> Entry | None:
    if column.name not in log.named:
        return None
    settings, note = label_task(column, log.sample[column.name])
    return Entry(column.name, "task", note, settings)


def _empty(column: Column, log: Log) -> Entry | None:
    if not column.name:
        return left_out(column, "without a name")
    return left_out(column, "without any value") if column.known == 0 else None


def _constant(column: Column, log: Log) -> Entry | None:
    if column.distinct > 1 or column.missing or column.bag is not None:
        return None
    where = "" if log.is_whole else " in the sample"
    note = f"always {log.sample[column.name][0]!s:.40}{where}"
    return Entry(column.name, "left out", note, heading=f"the same in all rows{where}")


def _truth(column: Column, log: Log) -> Entry | None:
    if column.words[:1] and column.words[0] in TRUTH and len(column.words) > 1 and column.numeric:
        return Entry(column.name, "truth", "the truth of an outcome by its name, which only a simulator knows")
    return None


def _prediction(column: Column, log: Log) -> Entry | None:
    if column.numeric and not PREDICTION.isdisjoint(column.words):
        return left_out(column, "the output of another model by its name, which may have seen the outcome")
    return None


def _row_weight(column: Column, log: Log) -> Entry | None:
    is_weight = not WEIGHT.isdisjoint(column.words) and set(column.words) <= WEIGHT | OF_ROW
    if is_weight and column.numeric and column.entity is None:
        return left_out(
            column, "a weight of the row by its name; name it as weight: of the tasks where it should count"
        )
    return None


def _two_valued_outcome(column: Column, log: Log) -> Entry | None:
    if not (is_label(column.words) or _is_deed(column)) or column.bag is not None:
        return None
    if column.distinct == 1:
        settings = {"kind": "binary", "label": f"{sql_name(column.name)} IS NOT NULL"}
        note = (
            f"{percent(column.missing / column.rows)} null, the others {log.sample[column.name].drop_nulls()[0]!s:.40}"
        )
        support = min(column.known, column.missing)
        return Entry(column.name, "proposal", f"{note}: a label where null means no", settings, support)
    if not column.two:
        return None
    task = two_value_task(column, log.sample[column.name])
    is_rare = task.rarer < RARE_LABELS
    unclear = "" if task.is_clear else ", if that means yes"
    rare = f": rare, {task.positives:,} positive in the sample" if is_rare else ""
    place: Place = "proposal" if log.named or is_rare or not task.is_clear else "task"
    doubt = f"{task.rarer:,} rows of the rarer label: little to learn from" if task.rarer < FEW_LABELS else ""
    return Entry(column.name, place, task.note + unclear + rare, task.settings, task.rarer, doubt=doubt)


def _is_deed(column: Column) -> bool:
    """Whether a name like is_click tells what happened, and the values are no attribute of the user or the item."""
    words = column.words
    by_prefix = words[:1] in (("is",), ("did",)) and ATTRIBUTE.isdisjoint(words) and not is_aggregate(words)
    return (is_outcome(words) or by_prefix) and column.entity is None


def _number_outcome(column: Column, log: Log) -> Entry | None:
    words = column.words
    if not column.numeric or column.is_time or (is_aggregate(words) and not is_watch_share(words)):
        return None
    is_value = is_watch_share(words) or not (RATING | MONEY).isdisjoint(words)
    is_count = column.whole and bool(words) and (OUTCOME | COUNTED).issuperset(words)
    is_delay = not DELAY.isdisjoint(words) and TIME.isdisjoint(words)
    is_label_number = is_label(words) and words != ("y",)
    if column.entity is not None and not is_label_number:
        return None
    if not (is_value or is_count or is_delay or is_label_number or is_spent_time(words)):
        return None
    if column.infinite:
        return left_out(column, "an outcome by its name, but it holds infinity; make that null")
    settings, note = number_task(column, log.sample[column.name])
    if (is_value or is_label_number) and not log.named:
        return Entry(column.name, "task", note, settings, column.known)
    return Entry(
        column.name, "proposal", f"an outcome by its name, known only afterwards: {note}", settings, column.known
    )


def _time_of_outcome(column: Column, log: Log) -> Entry | None:
    """When somebody clicked; a click time in every row is rather the time of the row."""
    if not is_outcome(column.words) or TIME.isdisjoint(column.words) or (column.is_time and not column.missing):
        return None
    return left_out(column, "the time of an outcome by its name, known only afterwards")


def _time(column: Column, log: Log) -> Entry | None:
    if column.name == log.time:
        return left_out(column, "orders the rows in time; times to come never occur in training")
    if column.entity is not None and column.is_time:
        return left_out(column, f"a date of the {column.entity}; its age in days at the impression would be a feature")
    if column.name in log.growing:
        return left_out(column, "grows with time, so that values to come never occur in training")
    if column.is_time:
        why = "" if log.time else "; it has gaps, or too few values, or is not written like 2024-01-31, to split by"
        return left_out(column, f"a time, and times to come never occur in training{why}")
    return None


def _who_and_what(column: Column, log: Log) -> Entry | None:
    if column.name not in log.ids.values() or (column.is_unique and log.is_whole):
        return None
    return Entry(column.name, "feature", column.evidence, {"kind": "categorical"})


def _passing(column: Column, log: Log) -> Entry | None:
    """Ids of rows, requests and sessions, and texts that differ in every row."""
    is_key = column.is_text or is_id(column.words, column.name) or (column.whole and column.is_sorted)
    if column.is_unique and is_key and column.bag is None:
        return left_out(column, "a value of its own in every row: an id of the row, or free text")
    if column.is_unique and column.whole and column.high - column.low < MOST_SPREAD * column.known:
        return left_out(column, "a number of its own in every row, without large gaps: a row number")
    is_request = not REQUEST.isdisjoint(column.words) and is_id(column.words, column.name)
    if is_request and column.distinct > REQUEST_SHARE * column.known:
        seen = f", {column.distinct:,} values in {column.known:,} rows; it could be the group"
        return left_out(column, "passing", seen)
    return None


def _bag(column: Column, log: Log) -> Entry | None:
    bag = column.bag
    if bag is None:
        return None
    if not (bag.inner.is_integer() or bag.inner in (pl.String, pl.Categorical, pl.Enum, pl.Boolean)):
        return left_out(column, f"a list of type {bag.inner}, and no list of ids")
    is_history = not HISTORY.isdisjoint(column.words)
    kind, most = ("sequence", LONGEST_HISTORY) if is_history else ("multi_categorical", LONGEST_SET)
    separator = {} if bag.separator is None else {"separator": bag.separator}
    note = f"{len(bag.values):,} distinct, {percent(bag.share)} of rows hold several, {bag.longest} at most"
    empty = f", {percent(column.missing / column.rows)} hold none" if column.missing else ""
    settings = {"kind": kind, **separator, "max_length": min(bag.longest, most)}
    return Entry(column.name, "feature", note + empty, settings)


def _unknown_flag(column: Column, log: Log) -> Entry | None:
    """Yes or no in every impression, under a name that does not tell whether it is an outcome."""
    if not column.is_yes_or_no or column.entity is not None or is_aggregate(column.words):
        return None
    words = {word for word in column.words if not word.isdigit()} - VERBS
    if words and words <= KNOWN_BEFORE:
        return None
    return Entry(column.name, "question", QUESTION, {"kind": "categorical"})


def _text(column: Column, log: Log) -> Entry | None:
    if not column.is_text:
        return None
    if column.text_length > TEXT_LENGTH and column.distinct > TEXT_VALUES:
        return left_out(column, f"free text, {column.text_length:.0f} characters on average; make features of it first")
    return Entry(column.name, "feature", column.evidence, {"kind": "categorical"})


def _number(column: Column, log: Log) -> Entry | None:
    if not column.numeric:
        return None
    if column.infinite:
        return left_out(column, "holds infinity; make that null to use it")
    words = set(column.words)
    is_quantity = not QUANTITY.isdisjoint(words) and CLOCK.isdisjoint(words) and column.distinct > 2
    is_code = is_id(column.words, column.name) or not CATEGORY.isdisjoint(words) or column.high > LARGEST_NUMBER
    is_cycle = not CLOCK.isdisjoint(words) and column.distinct <= FEW_VALUES
    if column.whole and (is_code or is_cycle or column.distinct <= 2):
        return Entry(column.name, "feature", column.evidence, {"kind": "categorical"})
    missing = f", {percent(column.missing / column.rows)} null" if column.missing else ""
    tail = ", a long tail" if column.has_long_tail else ""
    transform = {"transform": "log_standardize"} if column.has_long_tail else {}
    is_small = column.whole and column.distinct <= FEW_VALUES and not is_quantity
    rows = column.known / max(column.distinct, 1)
    repeats = rows >= FEW_REPEATS if is_small else column.dtype.is_integer() and rows >= LEAST_REPEATS
    values = {"also_categorical": True} if repeats else {}
    is_known = is_quantity or is_small or not column.dtype.is_integer() or is_aggregate(words) or column.low < 0
    doubt = "" if is_known or not CLOCK.isdisjoint(words) or rows < LEAST_RETURNS else CODES
    settings = {"kind": "numeric", **transform, **values}
    return Entry(column.name, "feature", f"{column.span}{tail}{missing}", settings, doubt=doubt)


RULES: tuple[Rule, ...] = (
    _named_label,
    _empty,
    _truth,
    _constant,
    _prediction,
    _row_weight,
    _two_valued_outcome,
    _number_outcome,
    _time_of_outcome,
    _time,
    _who_and_what,
    _passing,
    _bag,
    _unknown_flag,
    _text,
    _number,
)
