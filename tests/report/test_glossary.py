from taskfusion.evaluate.metric import METRICS
from taskfusion.report.glossary import metric_terms


def test_every_metric_has_a_meaning_and_stands_in_the_order_of_pages() -> None:
    terms = metric_terms(reversed(list(METRICS)))
    assert len(terms) == len(METRICS)
    assert all(term.meaning for term in terms)
    found = {term.name: term.meaning for term in metric_terms(["auc", "ne", "unheard of"])}
    assert set(found) == {"AUC", "loss relative to predicting the mean (NE)"}
    assert found["AUC"] == METRICS["auc"].description
