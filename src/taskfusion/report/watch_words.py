"""What alarms of a watch mean and what to do, in words; the keys are those of the runbook."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from taskfusion.report import number
from taskfusion.report.language import N_, _
from taskfusion.report.words import listed
from taskfusion.run.record.alarms import Alarm, AlarmAction
from taskfusion.run.record.watch import HarmReading


@dataclass(frozen=True)
class Advice:
    """What an alarm means.

    Attributes:
        title: in a few words.
        wrong: what is wrong, in a sentence.
        action: what to do first, in a sentence or two.
    """

    title: str
    wrong: str
    action: str


ADVICE: Final[Mapping[str, Advice]] = {
    "calibration": Advice(
        N_("Calibration of one task"),
        N_("One task predicts more, or less, than what happens, by more than chance."),
        N_(
            "Hold the ramp, and roll back where the new model alone is off. Then compare the task's rate of "
            "labels with its source of the same hours: where it moved, mend the logging; where features moved, "
            "mend them."
        ),
    ),
    "calibration-all": Advice(
        N_("Calibration of most tasks"),
        N_("Predictions of most tasks are off at once: what they share has changed, not one of them."),
        N_(
            "Where one model alone is off, or no other answers, roll back, as a ramp does by itself. Where all models "
            "are, hold: the traffic has changed. Then look at what all tasks share: features, traffic, the join of "
            "labels and decisions."
        ),
    ),
    "score-drift": Advice(
        N_("Drift of predictions"),
        N_(
            "Predictions of a task are spread otherwise than in the reference. No label says yet whether that is right."
        ),
        N_(
            "Below an index (PSI) of 0.1 only look. From 0.1 on, or where all models drift, hold, and from 0.25 on "
            "with most tasks of one model roll back, as a ramp does by itself. Look for a feature that drifts too, "
            "then for who asks. Make a new reference where the change is meant."
        ),
    ),
    "feature-null": Advice(
        N_("A feature without values"),
        N_("A feature lacks values far more often than in the reference."),
        N_(
            "Bring the feature back, or roll back the release that lost it. Look at the job or the service that "
            "fills it, and leave rows of that time out of training."
        ),
    ),
    "feature-drift": Advice(
        N_("Drift of a feature"),
        N_("The values of a feature are spread otherwise than in the reference."),
        N_(
            "Look at where the feature comes from: a unit, a default or a source that changed. Where the world "
            "has changed, train on newer rows and make a new reference."
        ),
    ),
    "unseen": Advice(
        N_("Values that training never saw"),
        N_("A feature has values that training never saw, far more often than in the reference."),
        N_(
            "New items or users: train on newer rows. Else the ids are written otherwise than in training, such "
            "as with another prefix or another catalogue: mend that."
        ),
    ),
    "labels-late": Advice(
        N_("Labels are late"),
        N_("Labels come later than the KPI's delay says, so that nothing can be said of its calibration."),
        N_("Look at the job that writes outcomes. Do not widen a canary meanwhile: what is not known is not safe."),
    ),
    "fallback": Advice(
        N_("Answers of the fallback"),
        N_("The model that is asked first fails to answer more often than its objective allows."),
        N_(
            "Look at the reasons: with 'deadline' or 'overloaded' add processes or ask for fewer candidates, with "
            "'lost' look at the memory of the process, with 'not_finite' roll the model back."
        ),
    ),
    "latency": Advice(
        N_("Late answers"),
        N_("Requests take longer than their deadline, or fail, more often than the objective allows."),
        N_(
            "Compare the time in the process that scores with that of the whole request: where the first is long, "
            "ask for fewer candidates or add processes; where only the second is, add servers."
        ),
    ),
    "sample-ratio": Advice(
        N_("Arms without their ratio"),
        N_("The arms of a pilot do not have the ratio that was planned, so that nothing they show can be believed."),
        N_(
            "Hold the pilot. Look for what drops requests of one arm alone: failing answers, a cache, a filter, "
            "bots; mend it and begin again with another salt."
        ),
    ),
    "kpi-holdback": Advice(
        N_("A KPI below the holdback"),
        N_("A KPI is worse where the model answers than in the holdback, by more than chance."),
        N_("Roll back. Then read the KPI by segment, and look for the task whose calibration or weight moved."),
    ),
    "gate-drift": Advice(
        N_("Drift of gates"),
        N_("Tasks take other shares from one another's experts than in the reference."),
        N_(
            "Look for the feature or the segment that drifts too; gates read what the tasks read. Where there is "
            "none, compare the bundle's fingerprint with the one that was released."
        ),
    ),
    "dead-expert": Advice(
        N_("An expert that is not used"),
        N_("An expert gets hardly any weight any more, so that a part of the model does nothing."),
        N_(
            "It is no danger by itself. Look for drift of the features it lived on; train again with another "
            "seed, fewer experts, or a price on unused ones."
        ),
    ),
    "stale": Advice(
        N_("The watch does not see"),
        N_("The watch is not running, does not judge, or reads nothing new: what is wrong now is not known."),
        N_(
            "Start `taskfusion watch run` again with the same file; it goes on where it was. Look at the disk and "
            "at the server's decision log. A ramp holds meanwhile."
        ),
    ),
}
"""By key of the runbook; constants that _ translates."""

VERDICTS: Final[Mapping[AlarmAction, str]] = {
    "roll back": N_("Roll back"),
    "hold": N_("Hold"),
    "look": N_("Have a look"),
}
"""What to do, by what a ramp does; strongest first."""

_MOVED: Final[Mapping[str, str]] = {
    "labels": N_("the labels of {task} have moved, and its predictions have not"),
    "predictions": N_("the predictions of {task} have moved, and its labels have not"),
    "both": N_("labels and predictions of {task} have moved"),
    "feature": N_("the feature {feature} has moved"),
    "feature_null": N_("the feature {feature} has lost its values"),
    "model": N_("most tasks of model {bundle} are off, and those of other models are not"),
    "traffic": N_("most tasks of all models are off"),
}


def cause_text(harm: HarmReading) -> str:
    """What lies behind alarms, as a part of a sentence."""
    if harm.task is None and harm.cause not in ("feature", "model", "traffic"):
        return title_of(harm.remedy)
    bundle = short(harm.bundle) or number.NOT_AVAILABLE
    moved = _MOVED[harm.alarm if harm.alarm in _MOVED else harm.cause]
    return _(moved, task=harm.task, feature=harm.feature, bundle=bundle)


def harm_sentence(harm: HarmReading) -> str:
    """How far the guilty task moved, and who moved with it."""
    parts = []
    if harm.task is not None and harm.observed is not None and harm.predicted is not None:
        labels, predictions = (
            f"{number.signed(100 * one, 1)}{number.percent_sign()}" for one in (harm.observed, harm.predicted)
        )
        values = {"task": harm.task, "labels": labels, "predictions": predictions}
        parts.append(
            _("Against the reference, labels of {task} are at {labels} and its predictions at {predictions}.", **values)
        )
    if harm.others:
        parts.append(_("What moved with it is not to blame: {others}.", others=listed(harm.others)))
    return " ".join(parts)


def title_of(remedy: str) -> str:
    """What an alarm is about, in a few words; a key that this version does not know stands for itself."""
    return _(ADVICE[remedy].title) if remedy in ADVICE else remedy


def action_of(remedy: str) -> str:
    """What to do first."""
    return _(ADVICE[remedy].action) if remedy in ADVICE else ""


def subject_of(alarm: Alarm) -> str:
    """Whom an alarm is about: task, KPI, feature, segment and model, as far as it names them."""
    kpi = None if alarm.kpi is None or alarm.task is not None else alarm.kpi
    return _(", ").join(one for one in (alarm.task, kpi, alarm.feature, alarm.segment, short(alarm.bundle)) if one)


def short(bundle: str | None) -> str:
    """A fingerprint as people tell it from others."""
    return "" if bundle is None else bundle[:8]


def moment_text(moment: datetime | None) -> str:
    """A moment to the minute, UTC."""
    if moment is None:
        return number.NOT_AVAILABLE
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
