"""Lists of a row: what they hold, and the codes of it."""

from collections.abc import Callable, Sequence
from typing import Final

from taskfusion.data.patterns import WHITE
from taskfusion.data.refusal import no_ids, no_list
from taskfusion.schema.coded import called
from taskfusion.schema.feature import BagFeature, NumericFeature, SequenceFeature
from taskfusion.serve.row.code import CodeLookup
from taskfusion.serve.row.kind import plain, type_name

_WHOLE: Final = frozenset({int, str, bool})
"""Types of which no value is a missing one."""


def bag_encoder(feature: BagFeature, table: CodeLookup) -> Callable[[object], list[int]]:
    """What encodes a value of a feature with many values: codes, at most max_length.

    Raises (what is returned):
        DataError: the value is no list, nor a text with a separator, or holds no ids.
    """
    read, name, length = _values_of(feature), called(feature), feature.max_length
    takes_last = isinstance(feature, SequenceFeature)
    (kind, look), code = table.direct, table.code

    def encode(value: object) -> list[int]:
        values = read(value)
        if not values:
            return []
        kept = values[-length:] if takes_last else values[:length]
        if (kinds := set(map(type, kept))) != {kind}:
            if list in kinds or tuple in kinds:
                raise no_ids(name, type_name(kept)[len("List(") : -1])
            return [code(plain(one), name, kept[0]) for one in kept]
        return [code(one, name, kept[0]) if (found := look(one)) is None else found for one in kept]

    return encode


def length_of(feature: NumericFeature) -> Callable[[object], float | None]:
    """What counts the values in a list; None of a missing list.

    Raises (what is returned):
        DataError: the value is no list, nor a text with a separator.
    """
    read = _values_of(feature)

    def count(value: object) -> float | None:
        values = read(value)
        return None if values is None else float(len(values))

    return count


def _values_of(feature: BagFeature | NumericFeature) -> Callable[[object], Sequence[object] | None]:
    """What reads a list: its values without nulls, NaN and blanks; None of a missing list."""
    separator, name = feature.separator, called(feature)

    def read(value: object) -> Sequence[object] | None:
        if type(value) is not list:
            if value is None:
                return None
            value = plain(value)
            if isinstance(value, str) and separator is not None:
                return split_text(value, separator)
            if not isinstance(value, list | tuple):
                raise no_list(name, type_name(value), separator)
        if set(map(type, value)) <= _WHOLE:
            return value
        return [one for one in map(plain, value) if one is not None and not (isinstance(one, float) and one != one)]

    return read


def split_text(text: str, separator: str) -> list[str]:
    """The values in a text, without blanks around them; a blank is no value.

    A text like "['a', 'b']", which is how Python writes a list into CSV, loses its brackets and quotes.
    """
    if "[" in text:
        inner = text.strip(WHITE)
        if len(inner) > 1 and inner[0] == "[" and inner[-1] == "]" and "\n" not in inner[1:-1]:
            text = inner[1:-1].replace('"', "").replace("'", "")
    return [word for part in text.split(separator) if (word := part.strip(WHITE))]
