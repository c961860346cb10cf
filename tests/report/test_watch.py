"""The page of a watch: the first screen says what is wrong, who is guilty and what to do."""

from typing import Any

import pytest

from taskfusion.report.watch import ordered, watch_box, watch_report
from taskfusion.report.watch_words import ADVICE
from translations import english_left, in_japanese
from watched import BUNDLE, NOW, alarm, feature, labels, readings, traffic, window

HARM: dict[str, Any] = {
    "task": "like",
    "alarm": "calibration",
    "cause": "labels",
    "feature": None,
    "bundle": BUNDLE,
    "since": NOW,
    "observed": 0.131,
    "predicted": 0.004,
    "others": ["click"],
    "remedy": "calibration",
}
DRIFT = alarm(name="score_drift", remedy="score-drift", severity="ticket", action="look")
NULL = alarm(name="feature_null", task=None, kpi=None, feature="age", remedy="feature-null", action="hold")
OFF = readings(
    windows=[window("like", day, cusum_up=1.0 + day, calibration=1 + day / 100) for day in range(14)]
    + [window("like", 13, segment="country=jp", calibration=1.2, cusum_down=99.0), window("click", 13)],
    features=[feature(), feature("item_id", unseen=0.2, unseen_reference=0.01, unseen_p=0.0, psi=0.7)],
    traffic=[traffic(hour) for hour in range(5)] + [traffic(4, tier="shadow", fallback={"lost": 500})],
    labels=[labels("like"), labels("click", labelled=0)],
    alarms=[DRIFT, NULL, alarm(task="like")],
    harm=[HARM],
    ended=[{**dict(NULL), "until": NOW}],
    outcomes=100,
    unmatched=30,
    ratio={"units": {"a": 5, "b": 9}, "planned": {"a": 0.5, "b": 0.5}, "p": 1e-5, "is_mismatch": True},
    holdback=[
        {
            "kpi": "likes",
            "arm": "new",
            "holdback": "old",
            "rows": 10,
            "value": 0.2,
            "baseline": 0.1,
            "change": 1.0,
            "lower": -0.1,
            "upper": 2.1,
        }
    ],
)


def test_the_box_names_the_guilty_task_and_what_to_do() -> None:
    box = watch_box(OFF)
    assert (box.title, box.style) == ("Roll back: the labels of like have moved, and its predictions have not", "worse")
    said = " ".join(box.sentences)
    assert "labels of like are at +13.1\u202f% and its predictions at +0.4\u202f%." in said
    assert "What moved with it is not to blame: click." in said
    assert ADVICE["calibration"].action in box.sentences
    assert box.command.endswith("/v1/rollback")


def test_what_is_not_known_is_told() -> None:
    said = watch_box(OFF).sentences
    assert "No label is mature yet of: click. Nothing is known of their calibration." in said
    assert any(sentence.startswith("30\u202f% of the outcomes belong to no decision") for sentence in said)


def test_alarms_that_are_over_are_told_though_nothing_is_wrong_now() -> None:
    box = watch_box(readings(ended=[{**dict(one), "until": NOW} for one in (DRIFT, NULL)]))
    assert (box.title, box.style) == ("Nothing is wrong now", "better")
    last = f"The last to end, at 2026-11-30 12:00 UTC: A feature without values (age, {BUNDLE})."
    assert box.sentences[-1] == f"Alarms that are over: 2. {last}"


def test_alarms_that_nobody_is_guilty_of_are_told_one_by_one() -> None:
    box = watch_box(readings(alarms=[DRIFT, NULL]))
    assert (box.title, box.command) == (f"Hold: A feature without values (age, {BUNDLE})", "")
    assert [one.name for one in ordered([DRIFT, NULL, alarm()])] == ["calibration", "feature_null", "score_drift"]
    assert ADVICE["feature-null"].action in box.sentences
    ticket = watch_box(readings(alarms=[DRIFT]))
    assert (ticket.title, ticket.style) == (f"Have a look: Drift of predictions (click, {BUNDLE})", "unclear")


@pytest.mark.parametrize(
    ("cause", "changed", "said"),
    [
        ("feature", {"feature": "age", "alarm": "feature_drift"}, "the feature age has moved"),
        ("feature", {"feature": "age", "alarm": "feature_null"}, "the feature age has lost its values"),
        ("model", {}, f"most tasks of model {BUNDLE} are off"),
        ("traffic", {}, "most tasks of all models are off"),
        ("both", {}, "Calibration of most tasks"),
    ],
)
def test_a_cause_that_is_no_task_is_named(cause: str, changed: dict[str, Any], said: str) -> None:
    harm = {**HARM, "task": None, "observed": None, "predicted": None, "others": [], "remedy": "calibration-all"}
    box = watch_box(readings(alarms=[alarm()], harm=[harm | changed | {"cause": cause}]))
    assert said in box.title


def test_a_sound_watch_and_an_empty_one_are_told_apart() -> None:
    fine, nothing = watch_box(readings()), watch_box(_empty())
    assert (fine.title, fine.style) == ("Nothing is wrong", "better")
    assert (nothing.title, nothing.style) == ("Nothing was read", "unclear")
    assert nothing.gains is None


def _empty() -> Any:
    empty: dict[str, Any] = {
        "windows": [],
        "features": [],
        "traffic": [],
        "labels": [],
        "data_from": None,
        "data_until": None,
    }
    return readings(**empty, decisions=0, outcomes=0, unmatched=0)


def test_the_page_holds_all_and_loads_nothing() -> None:
    page = watch_report(OFF, "<b>feed")
    for text in (
        "Calibration over time",
        "country=jp",
        "20.0\u202f% (1.00\u202f%)",
        "planned ratio (p = 1e-05)",
        "+100.00",
    ):
        assert text in page, text
    assert "<b>feed" not in page
    assert "lost 500" not in page  # a shadow answers nobody
    assert "http" not in page.replace("http-equiv", "").replace("localhost", "")
    assert "Nothing was read" in watch_report(_empty(), "feed")


def test_a_remedy_of_another_version_stands_for_itself() -> None:
    assert "new-remedy" in watch_report(readings(alarms=[alarm(remedy="new-remedy")]), "feed")


def test_the_page_in_japanese_has_no_english_left() -> None:
    for record in (OFF, readings(), _empty(), readings(alarms=[DRIFT, NULL])):
        assert english_left(in_japanese(watch_report, record, "feed")) == []
