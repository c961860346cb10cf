"""Reasons that records hold as English sentences, said again in the language of the page."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from taskfusion.report.language import N_, _

REASONS: Final = (
    N_("the numbers are too large for 64-bit floats"),
    N_("none of the {rows} rows has a known label"),
    N_("there are no rows"),
    N_("all {rows} known labels are {label}, so there is nothing to tell apart"),
    N_("no group column was given (group of the experiment)"),
    N_("none of the {groups} groups has both classes"),
    N_("GAUC needs exact ranking (evaluation.ranking_bins: null)"),
)
"""Why a metric is not there."""

FAULTS: Final = (
    N_("no validation row has a known label"),
    N_("all {rows} known labels of the validation rows are {label}"),
    N_("all predictions of the validation rows are alike"),
    N_("predictions do not rise with the label on the validation rows"),
    N_("the validation rows are told apart without error"),
)
"""Why a calibration could not be fitted."""


def retold(sentence: str, templates: Sequence[str]) -> str:
    """A sentence in the language of the page; as it is where none of the templates is what it was made of.

    Args:
        sentence: in English.
        templates: English texts with {names} for what changes.
    """
    for template in templates:
        found = _pattern(template).fullmatch(sentence)
        if found is not None:
            return _(template, **found.groupdict())
    return sentence


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """What a template says, whatever stands for its names."""
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.*)", re.escape(template)))
