"""What is said of rows and values."""

import pytest

from taskfusion.report.finding.table import TABLE_FORMS
from taskfusion.report.language import speaking
from taskfusion.run.record.audit import FindingValue


@pytest.mark.parametrize("kind", ["grain.key.repeat", "grain.alike.repeat"])
def test_contradicting_repeats_are_told_where_there_are_some(kind: str) -> None:
    values: dict[str, FindingValue] = {"repeats": 300, "rows": 6300, "rows_part": 0.0476, "contradicting": 600}
    names = {"key": ("user_id", "item_id", "time"), "tasks": ("click",)}
    alone, contradicting = (TABLE_FORMS[one].filled({**values, **names}) for one in (kind, f"{kind}.labels"))
    assert "300 of 6,300 rows (4.8 %) repeat one" in alone.seen
    assert contradicting.seen.startswith(alone.seen)
    assert contradicting.seen.endswith("600 rows differ from their repeats in the label of click")
    assert contradicting.advice == alone.advice


def test_a_split_is_named_in_the_language() -> None:
    values: dict[str, FindingValue] = {"split": "validation", "auc": 0.9, "features": ("age", "city")}
    with speaking("ja"):
        said = TABLE_FORMS["domain.told"].filled(values)
    assert said.subject == "検証データ"
    assert said.seen.startswith("主にageとcityによって")
