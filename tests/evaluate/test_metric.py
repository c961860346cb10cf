import pytest

from taskfusion.evaluate.metric import LEAD_METRIC, METRICS, lead_metric
from taskfusion.schema.task.table import KINDS


def test_the_table_is_whole() -> None:
    assert set(METRICS) == {name for kind in KINDS.values() for name in kind.metric_names}
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.description.endswith(".")
        assert metric.title
        assert metric.unit
    assert len({metric.title for metric in METRICS.values()}) == len(METRICS)


def test_the_leading_metric_says_what_it_is_for_every_kind() -> None:
    for name, kind in KINDS.items():
        assert f"{name}: {kind.lead_meaning}".lower() in METRICS[LEAD_METRIC].description.lower()


@pytest.mark.parametrize("kind", KINDS)
def test_delta_m_has_one_metric_under_the_title_of_the_kind(kind: str) -> None:
    lead = lead_metric(kind)
    assert lead.name == LEAD_METRIC
    assert lead.title == KINDS[kind].lead_title
    assert lead.higher_is_better is False


def test_titles_of_the_lead_metric_differ_by_kind() -> None:
    assert len({lead_metric(kind).title for kind in KINDS}) == len(KINDS)
