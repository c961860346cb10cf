"""From one id to its code, by a dictionary or a hash.

Axes: K keys.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final, Literal, Protocol

from taskfusion.data.key_file import KeyType
from taskfusion.data.patterns import CLOCK, TIME, WHOLE_NUMBER, ZONED_TIME, TextForm, compiled
from taskfusion.data.refusal import not_told
from taskfusion.data.rows import FIRST, MISSING, UNSEEN
from taskfusion.serve.row.clock import written_text
from taskfusion.serve.row.hashing import stable_hash
from taskfusion.serve.row.key import as_type_of, shown_value
from taskfusion.serve.row.kind import type_name

_LEAST, _MOST = -(2**63), 2**64 - 1
"""Integers of 64 bits, signed or not."""

Look = Callable[[object], int | None]


class CodeLookup(Protocol):
    """What gives one value its code."""

    @property
    def num_codes(self) -> int:
        """Codes are smaller than this."""

    @property
    def direct(self) -> tuple[type | None, Look]:
        """A type whose values may be looked up as they are; what finds their codes, None of those that code reads."""

    def code(self, value: object, name: str, first: object) -> int:
        """The code of a value of Python.

        Args:
            value: it.
            name: what error messages call the feature.
            first: of the list that holds the value, for the error; else the value.

        Raises:
            DataError: the value cannot be compared with the fitted ones.
        """


class VocabularyLookup:
    """Codes of the values of a training column.

    Args:
        keys: [K], distinct, in ascending order.
        target: their type.
    """

    def __init__(self, keys: Sequence[int] | Sequence[str], target: KeyType) -> None:
        self.num_codes = len(keys) + FIRST
        self._target: KeyType = target
        self._codes: dict[object, int] = dict(zip(keys, range(FIRST, self.num_codes), strict=True))
        self._last = str(keys[-1]) if keys else ""
        self._told: dict[TextForm, bool] = {}
        forms = (TIME, ZONED_TIME) if keys and target == "String" else ()
        self._time_form = next((form for form in forms if self._all_are(form)), None)

    @property
    def direct(self) -> tuple[type | None, Look]:
        """As CodeLookup has it; texts of times have several writings, so they are never looked up as they are."""
        kind = str if self._target == "String" else int
        return (None if self._time_form else kind), self._codes.get

    def code(self, value: object, name: str, first: object) -> int:
        """As CodeLookup has it."""
        if type(value) is int and self._target != "String" and _LEAST <= value <= _MOST:
            return self._codes.get(value, UNSEEN)
        if value is None:
            return MISSING
        if self._target == "String" and self._codes:
            value = self._as_fitted(value, name, first)
        key = as_type_of(value, self._target, name, first)
        return MISSING if key is None else self._codes.get(key, UNSEEN)

    def _as_fitted(self, value: object, name: str, first: object) -> object:
        """A value that is written as texts of training are."""
        written, shown = value, first if type(first) is type(value) else value
        if isinstance(value, str):
            if (form := self._time_form) is None:
                return value
            written = written_text(value, form)
            told = not (compiled(form.loose).search(written) and not compiled(form.exact).search(written))
            shown = written_text(str(shown), form)
        else:
            other = _form_of(value)
            told = other is None or self._tells(other)
        if not told:
            raise not_told(name, self._last, type_name(value), shown_value(shown))
        return written

    def _tells(self, form: TextForm) -> bool:
        """Whether some keys are of a form, and none is the same in another writing."""
        if form not in self._told:
            exact, loose = compiled(form.exact).search, compiled(form.loose).search
            texts = [str(key) for key in self._codes]
            of_form = [text for text in texts if exact(text)]
            self._told[form] = bool(of_form) and not any(loose(text) and not exact(text) for text in texts)
        return self._told[form]

    def _all_are(self, form: TextForm) -> bool:
        exact = compiled(form.exact).search
        return all(exact(str(key)) for key in self._codes)


class HashedLookup:
    """Codes by hash.

    Args:
        num_buckets: codes of values.
        keys: the form in which values are hashed.
    """

    def __init__(self, num_buckets: int, keys: Literal["integer", "string"]) -> None:
        self.num_codes = num_buckets + FIRST
        self._num_buckets = num_buckets
        self._target: Final[KeyType] = "Int64" if keys == "integer" else "String"

    @property
    def direct(self) -> tuple[type | None, Look]:
        """As CodeLookup has it: nothing is looked up."""
        return None, lambda value: None

    def code(self, value: object, name: str, first: object) -> int:
        """As CodeLookup has it."""
        key = as_type_of(value, self._target, name, first)
        return MISSING if key is None else stable_hash(key) % self._num_buckets + FIRST


def _form_of(value: object) -> TextForm | None:
    """How values of a type are written as texts; None of types that never stand for them."""
    if isinstance(value, datetime):
        return TIME if value.tzinfo is None else ZONED_TIME
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return WHOLE_NUMBER
    return CLOCK if isinstance(value, time) else TIME if isinstance(value, date) else None
