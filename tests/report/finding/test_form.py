"""Values stand in sentences as people read them, in the language of the page."""

from taskfusion.report.finding.form import Form
from taskfusion.report.language import speaking
from taskfusion.run.record.audit import FindingValue


def test_shares_rates_and_lists_are_written_as_their_names_say() -> None:
    form = Form("{features}", "{low_share} {yes_part} {own_rate} {rows:,}", "{days:g}")
    values: dict[str, FindingValue] = {
        "low_share": 0.5,
        "yes_part": 0.0004,
        "own_rate": 0.0123,
        "rows": 1234,
        "days": 3.0,
    }
    filled = form.filled({**values, "features": ("age", "device", "city")})
    assert filled == Form("age, device and city", "50\u202f% 0.040 % 1.23\u202f% 1,234", "3")


def test_words_of_records_are_said_in_the_language_and_names_of_users_stay() -> None:
    form = Form("{feature}", "{split}: {low}, {value}", "{also}")
    values: dict[str, FindingValue] = {
        "feature": "tags (how many)",
        "split": "test",
        "low": "2 to 5",
        "value": "a to b",
        "also": ("age: missing",),
    }
    assert form.filled(values) == Form("tags (how many)", "test: 2 to 5, a to b", "age: missing")
    with speaking("ja"):
        assert form.filled(values) == Form("tags（個数）", "テスト: 2 ～ 5, a to b", "age: 欠損")


def test_nothing_to_do_stays_empty() -> None:
    assert Form("rows", "fine").filled({"tasks": ()}).advice == ""
