"""What is said of labels."""

import pytest

from taskfusion.report.finding.label import LABEL_FORMS
from taskfusion.report.language import speaking
from taskfusion.run.record.audit import FindingValue

JUMP: dict[str, FindingValue] = {
    "task": "like",
    "inside_rate": 0.2,
    "outside_rate": 0.4,
    "first": "2024-01-04",
    "last": "2024-01-07",
}


def test_a_stretch_of_days_ends_or_goes_on() -> None:
    said = [LABEL_FORMS[kind].filled(JUMP).seen for kind in ("rate.on", "rate.to")]
    assert "from 2024-01-04 on, and 40.0\u202f% on other days" in said[0]
    assert "from 2024-01-04 to 2024-01-07, and 40.0\u202f% on other days" in said[1]


@pytest.mark.parametrize("kind", ["leak.value.rows", "leak.missing.rows", "leak.several.rows"])
def test_a_leak_names_both_shares(kind: str) -> None:
    values: dict[str, FindingValue] = {
        "feature": "flag",
        "task": "click",
        "value": "1",
        "yes_part": 1.0,
        "rows_part": 0.333,
    }
    assert "'click' is positive in 100.0 % of the rows, and these are 33.3 % of all rows" in (
        LABEL_FORMS[kind].filled(values).seen
    )
    with speaking("ja"):
        said = LABEL_FORMS[kind].filled(values)
    assert said.subject == "特徴量「flag」"
    assert "100.0%で「click」が正例です" in said.seen
