from collections.abc import Callable

import pytest

from taskfusion.data.domain_record import DomainShift
from taskfusion.report.run import RunResult
from taskfusion.report.shift import shift_sentence
from translations import english_left, in_japanese

SHIFT = DomainShift(
    target_rows=1200,
    source_rows=34_000,
    auc=0.7,
    told_apart=True,
    largest_weight=3.21,
    effective_rows=9000,
    train_rows=10_000,
)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "the 10\u202f000 labelled ones count like 9\u202f000 rows."),
        ({"effective_rows": 9}, "these are few, since the domains hardly overlap"),
        ({"told_apart": False}, "cannot tell 1\u202f200 rows of the target and 34\u202f000 of the source apart"),
    ],
)
def test_each_case_has_its_sentence(make_run: Callable[..., RunResult], changes: dict[str, object], words: str) -> None:
    shift = DomainShift.model_validate({**SHIFT.model_dump(), **changes})
    metrics = make_run().metrics.model_copy(update={"domain": shift})
    assert words in shift_sentence(metrics)
    assert english_left(in_japanese(shift_sentence, metrics)) == []


def test_nothing_is_said_of_rows_without_weights(make_run: Callable[..., RunResult]) -> None:
    assert shift_sentence(make_run().metrics) == ""
