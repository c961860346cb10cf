"""The metrics of all kinds of tasks: what each is called, what it means and which way is better."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from taskfusion.schema.metric import RELATIVE_LOSS, Metric
from taskfusion.schema.task.table import KINDS

LEAD_METRIC: Final = RELATIVE_LOSS.name


def _of_all_kinds() -> dict[str, Metric]:
    found = {metric.name: metric for kind in KINDS.values() for metric in kind.metrics}
    meanings = "; ".join(f"{kind.name}: {kind.lead_meaning}" for kind in KINDS.values())
    lead = replace(RELATIVE_LOSS, description=f"{RELATIVE_LOSS.description} {meanings[0].upper()}{meanings[1:]}.")
    return found | {LEAD_METRIC: lead}


METRICS: Final[Mapping[str, Metric]] = MappingProxyType(_of_all_kinds())
"""Every metric by its name, in the order of pages."""


def lead_metric(kind: str) -> Metric:
    """The metric that delta-m averages: relative_loss, under the title it has for a kind of task."""
    return replace(METRICS[LEAD_METRIC], title=KINDS[kind].lead_title)
