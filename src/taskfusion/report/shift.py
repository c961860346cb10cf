"""What was found of the domain that a model is meant for, in a sentence."""

from taskfusion.report import number
from taskfusion.report.language import _
from taskfusion.run.record.metrics import RunMetrics


def shift_sentence(metrics: RunMetrics) -> str:
    """Whether the domains can be told apart, and what weights they lead to; empty where rows were not weighted."""
    shift = metrics.domain
    if shift is None:
        return ""
    values = {
        "target": number.count(shift.target_rows),
        "source": number.count(shift.source_rows),
        "auc": number.fixed(shift.auc, 3),
    }
    if not shift.told_apart:
        return _(
            "LightGBM cannot tell {target} rows of the target and {source} of the source apart (AUC {auc}), so every "
            "weight is 1 and the section changes nothing.",
            **values,
        )
    values |= {
        "largest": number.significant(shift.largest_weight, 3),
        "labelled": number.count(shift.train_rows),
        "effective": number.count(shift.effective_rows),
    }
    if shift.is_few:
        return _(
            "{target} rows of the target, {source} of the source, told apart with AUC {auc}; training rows weigh "
            "{largest} at the most, and the {labelled} labelled ones count like {effective} rows; these are few, since "
            "the domains hardly overlap: trust labels of the target.",
            **values,
        )
    return _(
        "{target} rows of the target, {source} of the source, told apart with AUC {auc}; training rows weigh {largest} "
        "at the most, and the {labelled} labelled ones count like {effective} rows.",
        **values,
    )
