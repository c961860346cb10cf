"""Tables of the page of a watch: alarms, labels, features, arms, and KPIs against the holdback."""

from dataclasses import asdict, dataclass

from taskfusion.report import number
from taskfusion.report.language import _
from taskfusion.report.watch_chart import answered, last_features, last_windows, p_text
from taskfusion.report.watch_words import VERDICTS, action_of, moment_text, subject_of, title_of
from taskfusion.run.record.alarms import Alarm
from taskfusion.run.record.watch import WatchRecord


@dataclass(frozen=True)
class AlarmRow:
    """An alarm as text."""

    title: str
    subject: str
    since: str
    value: str
    limit: str
    ramp: str
    style: str
    action: str
    remedy: str


@dataclass(frozen=True)
class EndedRow(AlarmRow):
    """An alarm that is over, as text."""

    until: str


@dataclass(frozen=True)
class LabelRow:
    """Labels of a task as text."""

    task: str
    delay: str
    until: str
    matured: str
    labelled: str
    known: str
    late: str
    ne: str


def alarm_row(alarm: Alarm) -> AlarmRow:
    """An alarm with what to do."""
    return AlarmRow(
        title=title_of(alarm.remedy),
        subject=subject_of(alarm),
        since=moment_text(alarm.since),
        value=number.significant(alarm.value, 3),
        limit=number.significant(alarm.limit, 3),
        ramp=_(VERDICTS[alarm.action]),
        style="worse" if alarm.action == "roll back" else "unclear",
        action=action_of(alarm.remedy),
        remedy=alarm.remedy,
    )


def ended_rows(record: WatchRecord) -> list[EndedRow]:
    """Alarms that are over, the last ones first, as they were at their worst."""
    return [EndedRow(**asdict(alarm_row(one)), until=moment_text(one.until)) for one in reversed(record.ended)]


def label_rows(record: WatchRecord) -> list[LabelRow]:
    """Per task, how far its labels are known."""
    windows = {task: one for (task, segment), one in last_windows(record).items() if segment is None}
    found = []
    for one in record.labels:
        window = windows.get(one.task)
        found.append(
            LabelRow(
                task=one.task,
                delay=number.plain(one.delay_days),
                until=moment_text(one.mature_until),
                matured=number.percent(one.matured),
                labelled=number.count(one.labelled),
                known=number.NOT_AVAILABLE if window is None else number.percent(window.known),
                late=number.count(one.late),
                ne=number.NOT_AVAILABLE if window is None else number.metric("ne", window.ne),
            )
        )
    return found


def feature_rows(record: WatchRecord) -> list[tuple[str, str, str, str, str, bool]]:
    """Per feature, wrong ones first: name, missing values and the reference's, unseen ones likewise, p-values, whether
    it is wrong.
    """
    wrong = {alarm.feature for alarm in record.alarms if alarm.feature is not None}
    return [
        (
            one.feature,
            f"{number.rate(one.missing)} ({number.rate(one.missing_reference)})",
            number.NOT_AVAILABLE
            if one.unseen is None or one.unseen_reference is None
            else f"{number.rate(one.unseen)} ({number.rate(one.unseen_reference)})",
            p_text(one.missing_p),
            number.NOT_AVAILABLE if one.unseen_p is None else p_text(one.unseen_p),
            one.feature in wrong,
        )
        for one in sorted(last_features(record), key=lambda one: one.feature not in wrong)
    ]


def arm_rows(record: WatchRecord) -> list[tuple[str, str, str, str]]:
    """Per arm and tier: arm, tier, requests, and how many of them an earlier tier did not answer."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for one in answered(record.traffic):
        key = (one.arm or number.NOT_AVAILABLE, one.tier)
        requests, failed = counts.get(key, (0, 0))
        counts[key] = requests + one.requests, failed + sum(one.fallback.values())
    return [
        (*key, number.count(all_of_them), number.count(failed)) for key, (all_of_them, failed) in sorted(counts.items())
    ]


def holdback_rows(record: WatchRecord) -> list[tuple[str, str, str, str]]:
    """Per KPI and arm: KPI, arms, values, and the relative change with its interval."""
    found = []
    for one in record.holdback:
        change = number.NOT_AVAILABLE
        if one.change is not None and one.lower is not None and one.upper is not None:
            middle, lower, upper = (number.signed(100 * part, 2) for part in (one.change, one.lower, one.upper))
            change = f"{middle}{number.percent_sign()} [{lower}, {upper}]"
        values = f"{number.significant(one.value, 4)} / {number.significant(one.baseline, 4)}"
        found.append((one.kpi, f"{one.arm} / {one.holdback}", values, change))
    return found
