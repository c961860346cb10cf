"""The comparisons that docs/results.md is made of, and the commands that make them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

BASELINES = ("single-task", "single-task-undistilled", "lightgbm")
SHARING = ("adatt-sp", "adatt", "ple", "mmoe", "ml-mmoe", "cross-stitch", "shared-bottom")
WITHOUT_TEACHERS = ("distillation.share=0",)
SHORTER = ("training.learning_rate=0.002", "training.weight_decay=0.02", "training.epochs=5", "training.patience=5")
LABELS_ALONE = {"census-income": (*WITHOUT_TEACHERS, *SHORTER), "kuairand": WITHOUT_TEACHERS}
"""What suits networks that learn the labels alone, which overfit where networks with teachers do not."""


@dataclass(frozen=True)
class Run:
    """A comparison of the page.

    Args:
        folder: of its results.
        title: on the page.
        variants: who takes part.
        seeds: so many.
        settings: what differs from the shipped experiment.
        trials: of tuning for every model, before the comparison; comparisons share studies.
    """

    folder: str
    title: str
    variants: Sequence[str]
    seeds: int
    settings: Sequence[str] = ()
    trials: int = 0

    def commands(self, experiment: str) -> Iterator[str]:
        """What makes it."""
        runs = f"runs/{experiment}"
        changes = " ".join(f"--set '{setting}'" for setting in ("training.threads=1", *self.settings))
        distilled = "" if set(WITHOUT_TEACHERS) & set(self.settings) else f" --teachers {runs}/teachers"
        chosen = f"configs/{experiment}.yaml --variants {','.join(self.variants)}{distilled}"
        if self.trials:
            yield f"taskfusion tune {chosen} --trials {self.trials} --out {runs}/studies {changes}"
        tuned = f" --tuned {runs}/studies" if self.trials else ""
        yield f"taskfusion compare {chosen} --seeds {self.seeds} --out {runs}/{self.folder}{tuned} {changes}"


MAIN = Run("main", "All methods", (*SHARING, *BASELINES), 5)
MORE = Run("more", "STEM and MTAN", ("adatt-sp", "stem", "mtan", "single-task", "lightgbm"), 3)
STUDIED = ("adatt-sp",)
SEARCHED = (
    "tuning.space={training.learning_rate: {low: 0.0005, high: 0.02, log: true}, "
    "training.weight_decay: {values: [0.0, 0.00001, 0.0001, 0.001, 0.01, 0.05]}, "
    "network.dropout: {low: 0.0, high: 0.5}, embedding.feature_dropout: {low: 0.0, high: 0.3}}"
)
"""What is tuned of networks; their size stays."""

TUNED = Run(
    "tuned",
    "After 10 trials of tuning for every model",
    ("adatt-sp", "adatt", "single-task", "lightgbm"),
    5,
    (SEARCHED,),
    trials=10,
)
TUNED_SHARING = Run(
    "tuned-sharing", "Ways to share, after 10 trials of tuning for every model", SHARING, 3, (SEARCHED,), trials=10
)
COMPARISONS = (MAIN, MORE, TUNED, TUNED_SHARING)
"""Comparisons of one model with others, each with a section of the page."""

SEPARATE = Run("separate", "nothing shared: single-task", ("single-task",), 3)
GROUPS = (
    "network.task_groups=[{name: watch, tasks: [is_click, long_view, watch_ratio]}, "
    "{name: social, tasks: [is_like, is_profile_enter]}]"
)
GROUPED = Run("task-groups", "experts of groups of tasks", STUDIED, 3, (GROUPS,))
HOME = Run(
    "home",
    "ple with the parts of HoME: groups of tasks, normalised experts, feature gates",
    ("ple",),
    3,
    (GROUPS, "network.expert_output=normalised-swish", "network.feature_gate_dim=64"),
)
GATED = Run("feature-gates", "each task weighs its input", STUDIED, 3, ("network.feature_gate_dim=64",))

BASE = Run("base", "as shipped, without teachers", STUDIED, 3)
STUDIES = {
    "census-income": (
        BASE,
        SEPARATE,
        Run("no-residual", "no native residual", STUDIED, 3, ("network.native_residual=false",)),
        Run("native-first", "units start on their own experts", STUDIED, 3, ("network.gate.own_share=0.9",)),
        Run("one-expert", "1 expert per task", STUDIED, 3, ("network.task_experts=1",)),
        Run("four-experts", "4 experts per task", STUDIED, 3, ("network.task_experts=4",)),
        Run("one-level", "1 level", STUDIED, 3, ("network.level_dims=[[256]]",)),
        Run("three-levels", "3 levels", STUDIED, 3, ("network.level_dims=[[256], [128], [128]]",)),
        GATED,
        Run("own-tables", "embedding tables of its own for each task", STUDIED, 3, ("embedding.tables=per-task",)),
    ),
    "kuairand": (
        BASE,
        SEPARATE,
        Run("no-residual", "no native residual", STUDIED, 3, ("network.native_residual=false",)),
        Run("native-first", "units start on their own experts", STUDIED, 3, ("network.gate.own_share=0.9",)),
        Run("one-expert", "1 expert per task", STUDIED, 3, ("network.task_experts=1",)),
        Run("two-experts", "2 experts per task", STUDIED, 3, ("network.task_experts=2",)),
        Run("one-level", "1 level", STUDIED, 3, ("network.level_dims=[[128]]",)),
        Run("three-levels", "3 levels", STUDIED, 3, ("network.level_dims=[[128], [64], [64]]",)),
        GATED,
        GROUPED,
        HOME,
        Run(
            "products",
            "piecewise-linear numbers, and DCN-v2 before the fusion network",
            STUDIED,
            3,
            ("numeric={encoding: piecewise-linear, bins: 48}", "backbone={kind: dcn-v2, layers: 3, rank: 64}"),
        ),
        Run(
            "schedule",
            "AdamW with a cosine schedule, averaged weights",
            STUDIED,
            3,
            (
                "training.optimizer=adamw",
                "training.weight_decay=0.02",
                "training.schedule=cosine",
                "training.warmup_steps=200",
                "training.average_decay=0.999",
            ),
        ),
        Run("shared-tables", "one set of embedding tables", STUDIED, 3, ("embedding.tables=shared",)),
        Run(
            "fresh-tables",
            "embedding tables start anew every epoch, one look in each",
            STUDIED,
            3,
            ("embedding.fresh_each_epoch=true", "training.evaluations_per_epoch=1"),
        ),
    ),
}
"""What the parts of each shipped experiment do; all of them learn the labels alone, so that these decide."""


@dataclass(frozen=True)
class Measure:
    """Something that the shipped experiment does beyond a plain recipe.

    Args:
        folder: of the comparison with this and all measures before.
        title: what it is.
        undone: settings that take it out.
    """

    folder: str
    title: str
    undone: Sequence[str]


LENGTHS = ("watch_seq_length", "like_seq_length", "long_watch_seq_length")
NUMBERS = ("age", "num_emp", "weeks_worked", "wage_per_hour", "capital_gains", "capital_losses", "stock_dividends")
MEASURES = {
    "census-income": (
        Measure(
            "recipe/categories", "numbers also as categories", [f"features.{n}.also_categorical=false" for n in NUMBERS]
        ),
        Measure("recipe/bins", "piecewise-linear numbers", ["numeric.encoding=plain"]),
        Measure("recipe/products", "DCN-v2 before the fusion network", ["backbone={kind: none}"]),
        Measure(
            "recipe/schedule",
            "AdamW with twice the step size and a cosine schedule, averaged weights, more patience",
            [
                "training.optimizer=adam",
                "training.learning_rate=0.001",
                "training.weight_decay=0",
                "training.schedule=constant",
                "training.warmup_steps=0",
                "training.average_decay=null",
                "training.patience=2",
            ],
        ),
        Measure(
            "base",
            "twice the widths, features dropped at random",
            ["network.level_dims=[[128], [64]]", "embedding.dim=8", "embedding.feature_dropout=0"],
        ),
        Measure(
            "main",
            "teachers of LightGBM, and the longer training with larger steps and decay that they allow",
            LABELS_ALONE["census-income"],
        ),
    ),
    "kuairand": (
        Measure("shared-tables", "lengths of histories as numbers", [f"features.{name}=null" for name in LENGTHS]),
        Measure("base", "embedding tables of its own for each task", ["embedding.tables=shared"]),
        Measure("main", "teachers of LightGBM", LABELS_ALONE["kuairand"]),
    ),
}
"""What each shipped experiment does, in the order in which the page adds it."""


def recipes(experiment: str) -> tuple[Run, ...]:
    """A plain recipe, then measure after measure, up to the last but one; with the last it is the experiment."""
    measures = MEASURES[experiment]
    titles = ("a plain recipe", *(f"and {measure.title}" for measure in measures[:-1]))
    folders = ("recipe/plain", *(measure.folder for measure in measures[:-1]))
    # The last setting of a name counts: that of the measure added first.
    left_out = [
        [setting for measure in reversed(measures[done:]) for setting in measure.undone]
        for done in range(len(measures))
    ]
    return tuple(
        Run(folder, title, STUDIED, 3, settings)
        for folder, title, settings in zip(folders, titles, left_out, strict=True)
    )


def runs_of(experiment: str) -> tuple[Run, ...]:
    """All comparisons of a data set, each once."""
    plain = LABELS_ALONE[experiment]
    studies = (replace(run, settings=(*plain, *run.settings)) for run in STUDIES[experiment])
    return tuple({run.folder: run for run in (*studies, *recipes(experiment), *COMPARISONS)}.values())


def commands() -> Iterator[str]:
    """What makes all comparisons."""
    for experiment in MEASURES:
        for run in runs_of(experiment):
            yield from run.commands(experiment)
