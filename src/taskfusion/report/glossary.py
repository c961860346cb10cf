"""The words of a page, explained at its end."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from taskfusion.evaluate.metric import METRICS
from taskfusion.report.language import N_


@dataclass(frozen=True)
class Term:
    """A word and what it means, in one or two sentences."""

    name: str
    meaning: str


COMPARISON: Final = (
    Term(
        "gain",
        "By how many percent a loss is lower than the baseline's; of AUC and GAUC, how many points of 0.01 it is "
        "higher. Above 0 is better.",
    ),
    Term("mean gain (delta-m)", "The mean of the gains of all tasks, each with the same weight."),
    Term(
        "interval",
        "Where the true gain lies in 95 of 100 such comparisons. It joins what other rows and what other seeds would "
        "do: their variances are added. An interval that holds 0 shows no difference.",
    ),
    Term("seed", "The number that random starts and shuffles begin with; another seed is another training."),
    Term(
        "baseline",
        "What a shared model must beat: separate models of each task (single-task), or trees. The better baseline of a "
        "task is the one with the lower loss on the validation rows, so that the test rows choose nothing.",
    ),
)
"""Words of a comparison."""

FUSION: Final = (
    Term("expert", "A small network; each task takes a weighted mean of several."),
    Term("fusion unit", "What mixes experts for one task, or for all tasks together (the shared unit)."),
    Term(
        "gate and native weight",
        "A gate gives weights to all experts, row by row, which sum to 1. The native weight is a number for each of a "
        "unit's own experts, learned once for all rows, and added; it may be below 0.",
    ),
)
"""Words of a fusion map."""

TRANSFER: Final = (
    Term(
        "change of the loss",
        "By how many percent a task's loss differs where another is left out: NE for a yes-or-no task, for other kinds "
        "the loss over that of predicting the mean. Above 0, the loss rises without it: it helps.",
    ),
    Term(
        "helps, harms",
        "The interval over other rows and other seeds together excludes 0, and all seeds agree in sign.",
    ),
    Term(
        "unstable",
        "The models differ on these rows by more than chance, but some seeds say that the task helps and others that "
        "it harms.",
    ),
    Term("none shown", "Neither: the effect may be nothing, or too small for so few seeds and rows."),
    Term(
        "simultaneous interval",
        "Many pairs are asked, and of 20 intervals of 95 % one misses by chance. These are wider, so that all of one "
        "table hold together in 95 of 100 studies (Bonferroni): pairs, averages and single tasks each among "
        "themselves.",
    ),
    Term(
        "fusion weight",
        "How much of another task's experts a model uses. It does not say whether that helps, and another seed often "
        "has others.",
    ),
)
"""Words of a study of transfer."""

EXPLAIN: Final = (
    Term("expert", "A small network; each task takes a weighted mean of several."),
    Term(
        "fusion weight",
        "How much of a source's experts a task takes: the mean weight of the gate over rows, plus the native residual.",
    ),
    Term(
        "dependence",
        "By how many percent the loss of a task changes when its unit does without a source's experts and the gate "
        "shares its weight out among the others. The model is not trained again.",
    ),
    Term(
        "contribution",
        "How much of what moves a row's outputs, away from those of a row with mean input, passes through a source's "
        "experts (layer conductance). Those of all sources and of the gates' weights sum up to 100 %.",
    ),
    Term(
        "uses, helps",
        "Weight, dependence and contribution say what a trained model uses. A task helps another where training with "
        "it gives a lower loss than training without it.",
    ),
    Term(
        "unstable",
        "Seeds disagree in sign; of a fusion weight, on whether it is above or below an even split. Of all edges "
        "together: seeds disagree on more than one in ten, or the rank correlation is below 0.7.",
    ),
    Term(
        "rank correlation",
        "How alike the order of the edges is in two seeds: 1 is the same, 0 is none in common. Mean over pairs of "
        "seeds.",
    ),
)
"""Words of an explanation."""

QUARANTINE: Final = Term(
    "quarantine",
    "No other task, no group and not the shared unit takes from a task's experts any more, at any level. The weights "
    "that they gave to them go to the other experts in proportion. The task itself still reads what it likes.",
)

ATTRIBUTION: Final = (
    Term(
        "attribution",
        "How far one column moves the score of a row, up or down, from that of an average input (integrated "
        "gradients). Those of all columns add up to the whole move.",
    ),
    Term(
        "log-odds",
        "Logarithm of yes to no: 0 is 50 %, and +0.69 doubles the odds. Moves of log-odds can be added, those of "
        "probabilities cannot.",
    ),
    Term(
        "place by shuffling",
        "The column's place by permutation importance: by how much the loss rises when its values are shuffled among "
        "the rows.",
    ),
)
"""Words of attributions."""

IMPORTANCE: Final = Term(
    "permutation importance",
    "By how many percent a task's loss rises when one feature's values are shuffled among the rows. Two features that "
    "say the same can stand in for each other, and then both look unimportant.",
)


def metric_terms(names: Iterable[str]) -> list[Term]:
    """The metrics among names, in the order of pages."""
    shown = set(names)
    return [Term(_title(name), METRICS[name].description) for name in METRICS if name in shown]


def _title(name: str) -> str:
    return N_("loss relative to predicting the mean (NE)") if name == "ne" else METRICS[name].title


PILOT: Final = (
    Term("arm", "The units that get one of the models: the treatment gets the new one, its control the old one."),
    Term("unit", "What comes to one arm as a whole and stays there, such as a user."),
    Term(
        "power",
        "The chance that an effect of the size which matters is found, where it is there.",
    ),
    Term(
        "look",
        "A planned moment at which a KPI of success is read. The boundaries share the error among the looks, so that "
        "looking more than once proves no more by chance than looking once.",
    ),
    Term(
        "adjusted for its looks",
        "An effect that ended its test early is too large on average, since it ended because it was large. The "
        "adjusted one is as likely too large as too small (median-unbiased, stage-wise ordering); at the first look it "
        "is the same.",
    ),
    Term(
        "history (CUPED)",
        "What units did before the pilot explains a part of what they do in it; taking that part out leaves less "
        "variance, and so smaller effects are seen with the same units.",
    ),
    Term("readable", "The day after which nearly all outcomes of the pilot's units are known."),
)
"""Words of a pilot."""
