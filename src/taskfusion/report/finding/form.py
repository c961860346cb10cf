"""The form of a finding: sentences with {places}, and how values are written in them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from taskfusion.report import number
from taskfusion.report.language import _
from taskfusion.report.segment_words import column_name, value_name
from taskfusion.report.words import listed
from taskfusion.run.record.audit import FindingValue

FindingValues = Mapping[str, FindingValue]


@dataclass(frozen=True)
class Form:
    """Sentences of one kind of finding, with {places} for its values; none ends with a full stop.

    Args:
        subject: what it is about.
        seen: what was seen.
        advice: what to do; empty where there is nothing to do.
    """

    subject: str
    seen: str
    advice: str = ""

    def filled(self, values: FindingValues) -> "Form":
        """The same with values in their places, in the language that is spoken.

        Lists of names are joined. A number whose name ends in share or part is written in percent (part with more
        digits), and one whose name ends in rate with three digits in percent.
        """
        shown = {name: _shown(name, value) for name, value in values.items()}
        subject, seen, advice = (_(text, **shown) if text else "" for text in (self.subject, self.seen, self.advice))
        return Form(subject, seen, advice)


def _shown(name: str, value: FindingValue) -> object:
    if isinstance(value, tuple):
        return listed([_with_value(one) for one in value]) if value else ""
    if isinstance(value, float) and name.endswith("share"):
        return number.percent(value)
    if isinstance(value, float) and name.endswith("rate"):
        return number.rate(value)
    if isinstance(value, float) and name.endswith("part"):
        return f"{100 * value:.{1 if value >= 0.01 or value == 0 else 3}f}" + number.percent_sign().replace(
            number.THIN, " "
        )
    return _NAMES[name](value) if name in _NAMES and isinstance(value, str) else value


def _with_value(name: str) -> str:
    column, gap, value = name.partition(": ")
    return f"{column_name(column)}{gap}{value_name(value)}"


_NAMES: Final[Mapping[str, Callable[[str], str]]] = {
    "split": _,
    "feature": column_name,
    "segment": column_name,
    **dict.fromkeys(("low", "high", "first", "last", "until"), value_name),
}
"""How names are written that records have in words of ours."""
