from typing import get_args

import pytest

from taskfusion.evaluate.metric import LEAD_METRIC, METRICS, Kind, lead_metric, metrics_of
from taskfusion.schema.task import BinaryTask, MulticlassTask, RegressionTask

KINDS: tuple[Kind, ...] = get_args(Kind)


def test_kinds_are_those_of_the_schema() -> None:
    tasks = (BinaryTask, RegressionTask, MulticlassTask)
    assert set(KINDS) == {get_args(task.model_fields["kind"].annotation)[0] for task in tasks}


def test_the_table_is_whole() -> None:
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.kinds
        assert metric.description.endswith(".")
        assert metric.title
        assert metric.unit
    assert len({metric.title for metric in METRICS.values()}) == len(METRICS)


@pytest.mark.parametrize("kind", KINDS)
def test_delta_m_has_one_metric_under_the_title_of_the_kind(kind: Kind) -> None:
    lead = lead_metric(kind)
    assert lead.name == LEAD_METRIC
    assert METRICS[LEAD_METRIC] in metrics_of(kind)
    assert lead.higher_is_better is False
    assert lead.kinds == (kind,)


def test_titles_of_the_lead_metric_differ_by_kind() -> None:
    assert len({lead_metric(kind).title for kind in KINDS}) == len(KINDS)
