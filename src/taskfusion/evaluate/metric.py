"""The metrics of all kinds of tasks: what each is called, what it means and which way is better."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from taskfusion.schema.metric import RELATIVE_LOSS, Metric
from taskfusion.schema.task.table import KINDS, LEAD_MEANINGS

LEAD_METRIC: Final = RELATIVE_LOSS.name


def _of_all_kinds() -> dict[str, Metric]:
    found = {metric.name: metric for kind in KINDS.values() for metric in kind.metrics}
    description = f"{RELATIVE_LOSS.description} {LEAD_MEANINGS[0].upper()}{LEAD_MEANINGS[1:]}."
    lead = replace(RELATIVE_LOSS, description=description)
    return found | {LEAD_METRIC: lead}


METRICS: Final[Mapping[str, Metric]] = MappingProxyType(_of_all_kinds())
"""Every metric by its name, in the order of pages."""


def lead_metric(kind: str) -> Metric:
    """The metric that delta-m averages: relative_loss, under the title it has for a kind of task."""
    return replace(METRICS[LEAD_METRIC], title=KINDS[kind].lead_title)
