"""What alarms of a watch mean and what to do, in words; the keys are those of the runbook."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


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
        "Calibration of one task",
        "One task predicts more, or less, than what happens, by more than chance.",
        "Hold the ramp, and roll back where the new model alone is off. Then compare the task's rate of labels with "
        "its source of the same hours: where it moved, mend the logging; where features moved, mend them.",
    ),
    "calibration-all": Advice(
        "Calibration of all tasks",
        "All tasks predict more, or less, than what happens: what they share has changed, not one of them.",
        "Roll back where it began with a change of models, and hold where it began with a campaign. Then look at what "
        "all tasks share: features, traffic, the join of labels and decisions.",
    ),
    "score-drift": Advice(
        "Drift of predictions",
        "Predictions of a task are spread otherwise than in the reference. No label says yet whether that is right.",
        "Look for a feature that drifts too. Where none does, look for who asks: a new source of traffic or of "
        "candidates. Make a new reference where the change is meant.",
    ),
    "feature-null": Advice(
        "A feature without values",
        "A feature lacks values far more often than in the reference.",
        "Bring the feature back, or roll back the release that lost it. Look at the job or the service that fills it, "
        "and leave rows of that time out of training.",
    ),
    "feature-drift": Advice(
        "Drift of a feature",
        "The values of a feature are spread otherwise than in the reference.",
        "Look at where the feature comes from: a unit, a default or a source that changed. Where the world has "
        "changed, train on newer rows and make a new reference.",
    ),
    "unseen": Advice(
        "Values that training never saw",
        "A feature has values that training never saw, far more often than in the reference.",
        "New items or users: train on newer rows. Else the ids are written otherwise than in training, such as with "
        "another prefix or another catalogue: mend that.",
    ),
    "labels-late": Advice(
        "Labels are late",
        "Labels come later than the KPI's delay says, so that nothing can be said of its calibration.",
        "Look at the job that writes outcomes. Do not widen a canary meanwhile: what is not known is not safe.",
    ),
    "fallback": Advice(
        "Answers of the fallback",
        "The model that is asked first fails to answer more often than its objective allows.",
        "Look at the reasons: with 'deadline' or 'overloaded' add processes or ask for fewer candidates, with 'lost' "
        "look at the memory of the process, with 'not_finite' roll the model back.",
    ),
    "latency": Advice(
        "Late answers",
        "Requests take longer than their deadline, or fail, more often than the objective allows.",
        "Compare the time in the process that scores with that of the whole request: where the first is long, ask for "
        "fewer candidates or add processes; where only the second is, add servers.",
    ),
    "sample-ratio": Advice(
        "Arms without their ratio",
        "The arms of a pilot do not have the ratio that was planned, so that nothing they show can be believed.",
        "Hold the pilot. Look for what drops requests of one arm alone: failing answers, a cache, a filter, bots; mend "
        "it and begin again with another salt.",
    ),
    "kpi-holdback": Advice(
        "A KPI below the holdback",
        "A KPI is worse where the model answers than in the holdback, by more than chance.",
        "Roll back. Then read the KPI by segment, and look for the task whose calibration or weight moved.",
    ),
    "gate-drift": Advice(
        "Drift of gates",
        "Tasks take other shares from one another's experts than in the reference.",
        "Look for the feature or the segment that drifts too; gates read what the tasks read. Where there is none, "
        "compare the bundle's fingerprint with the one that was released.",
    ),
    "dead-expert": Advice(
        "An expert that is not used",
        "An expert gets hardly any weight any more, so that a part of the model does nothing.",
        "It is no danger by itself. Look for drift of the features it lived on; train again with another seed, fewer "
        "experts, or a price on unused ones.",
    ),
    "stale": Advice(
        "The watch does not see",
        "The watch is not running, does not judge, or reads nothing new: what is wrong now is not known.",
        "Start `taskfusion watch run` again with the same file; it goes on where it was. Look at the disk and at the "
        "server's decision log. A ramp holds meanwhile.",
    ),
}
"""By key of the runbook."""
