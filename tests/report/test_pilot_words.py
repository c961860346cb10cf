"""Each kind of reason has its sentence."""

from datetime import date

import pytest

from taskfusion.report.pilot_words import change_text, reason_text
from taskfusion.run.record.pilot_memo import Exposure, Interval, Reason

EXPOSURE = Exposure(units=99, misplaced=2, named=["a", "b"], moved=2, changed=date(2026, 3, 9))
EFFECT = Interval(change=0.02, lower=0.01, upper=0.03, error=0.005)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (
            Reason(kind="ratio", units={"treatment": 1000, "control": 12}),
            "1,000 in the treatment and 12 in the control",
        ),
        (
            Reason(kind="misplaced", exposure=EXPOSURE),
            "has 2 of 101 units in another arm than the hash says, such as a and b.",
        ),
        (
            Reason(kind="share changed", exposure=EXPOSURE),
            "changed while the pilot ran, last on 2026-03-09: 2 units were answered by one model first",
        ),
        (Reason(kind="better", kpi="like", effect=EFFECT), "like is better: +2.00 % [+1.00, +3.00]."),
        (Reason(kind="worse", kpi="like", effect=EFFECT), "like is worse: +2.00 % [+1.00, +3.00]."),
        (Reason(kind="open", kpi="like", effect=EFFECT), "like is not shown to be better yet: +2.00 %"),
        (Reason(kind="never", kpi="buy"), "buy never happened in an arm"),
        (Reason(kind="unsafe", kpi="buy", effect=EFFECT, limit=0.05), "buy may still cost more than 5 %: +2.00 %"),
    ],
)
def test_each_kind_has_its_sentence(reason: Reason, expected: str) -> None:
    assert expected in reason_text(reason)


def test_a_change_that_is_not_known() -> None:
    assert change_text(None) == "n/a"
