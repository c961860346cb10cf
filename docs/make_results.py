"""Write docs/results.md from finished comparisons, or print the commands that make these.

python docs/make_results.py commands | sh     makes what is missing below runs/, cell by cell
python docs/make_results.py                   writes the page from what is there
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taskfusion.evaluate.comparison import summarize
from taskfusion.evaluate.evidence import BETTER_RIVAL
from taskfusion.evaluate.verdict import evidence_sentences, verdict_sentences

RIVALS = ("single-task", "single-task-untaught", "lightgbm")
SHARING = ("adatt-sp", "adatt", "ple", "mmoe", "ml-mmoe", "cross-stitch", "shared-bottom")
PLAIN = ("distillation.share=0",)


@dataclass(frozen=True)
class Run:
    """A comparison of the page: its folder, who takes part, and what differs from the shipped experiment."""

    folder: str
    title: str
    variants: Sequence[str]
    seeds: int
    settings: Sequence[str] = ()

    def command(self, experiment: str) -> str:
        """What makes it."""
        changes = " ".join(f"--set '{setting}'" for setting in ("training.threads=1", *self.settings))
        names = ",".join(self.variants)
        return (
            f"taskfusion compare configs/{experiment}.yaml --variants {names} --seeds {self.seeds} "
            f"--out runs/{experiment}/{self.folder} {changes}"
        )


MAIN = Run("main", "All contestants", (*SHARING, *RIVALS), 5)
STUDIED = ("adatt-sp",)
BASE = Run("base", "as shipped, without teachers", STUDIED, 3, PLAIN)
STUDIES = (
    BASE,
    Run("no-residual", "no native residual", STUDIED, 3, (*PLAIN, "network.native_residual=false")),
    Run("one-expert", "1 expert a task", STUDIED, 3, (*PLAIN, "network.task_experts=1")),
    Run("four-experts", "4 experts a task", STUDIED, 3, (*PLAIN, "network.task_experts=4")),
    Run("one-level", "1 level", STUDIED, 3, (*PLAIN, "network.level_dims=[[128]]")),
    Run("three-levels", "3 levels", STUDIED, 3, (*PLAIN, "network.level_dims=[[128], [64], [64]]")),
    Run("native-first", "units start on their own experts", STUDIED, 3, (*PLAIN, "network.gate.own_share=0.9")),
)
TABLES = {
    "census-income": Run("own-tables", "embedding tables a task", STUDIED, 3, (*PLAIN, "embedding.tables=per-task")),
    "kuairand": Run("shared-tables", "one set of embedding tables", STUDIED, 3, (*PLAIN, "embedding.tables=shared")),
}
"""The study of the tables that the shipped experiment does not have."""


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
LESSONS = Measure("main", "lessons of LightGBM", PLAIN)
MEASURES = {
    "census-income": (
        Measure(
            "recipe/categories", "numbers also as categories", [f"features.{n}.also_categorical=false" for n in NUMBERS]
        ),
        Measure("recipe/bins", "piecewise-linear numbers", ["numeric.encoding=plain"]),
        Measure("recipe/products", "DCN-v2 before the fusion network", ["backbone={kind: none}"]),
        Measure(
            "recipe/schedule",
            "AdamW, cosine schedule, averaged weights",
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
        LESSONS,
    ),
    "kuairand": (
        Measure("shared-tables", "lengths of histories as numbers", [f"features.{name}=null" for name in LENGTHS]),
        Measure("base", "embedding tables of its own for each task", ["embedding.tables=shared"]),
        LESSONS,
    ),
}
"""What each shipped experiment does, in the order in which the page adds it."""


def recipes(experiment: str) -> tuple[Run, ...]:
    """A plain recipe, then measure after measure, up to the last but one; with the last it is the experiment."""
    measures = MEASURES[experiment]
    titles = ("a plain recipe", *(f"and {measure.title}" for measure in measures[:-1]))
    folders = ("recipe/plain", *(measure.folder for measure in measures[:-1]))
    left_out = [[setting for measure in measures[done:] for setting in measure.undone] for done in range(len(measures))]
    return tuple(
        Run(folder, title, STUDIED, 3, settings)
        for folder, title, settings in zip(folders, titles, left_out, strict=True)
    )


HEAD = """# Results on real data

Every number of this page is made by

```
taskfusion data census-income --out data/census-income
taskfusion data kuairand --out data/kuairand
python docs/make_results.py commands | sh
python docs/make_results.py
```

The third line goes on where it was stopped. Training took {minutes} minutes in all, one thread each, on a busy machine,
teachers not counted: they are grown once a comparison. A table with fewer seeds or contestants than its command has was
made before the rest was run; its head says how many seeds.

Settings of networks were chosen by hand on validation rows, with adatt-sp and one seed, and hold for all networks;
those of lightgbm, which are the teachers' too, after 10 trials of `taskfusion tune` for each task. Epochs and numbers of
trees are chosen on validation rows too. Test rows chose nothing, but pages before this one had shown them for earlier
settings.

How to read the tables: AUC (higher is better) and in brackets NE, the normalized entropy (lower is better, 1 learned
nothing); for watch_ratio the MSE over the variance of the label. Means over seeds, ± the standard deviation. delta-m is
the mean improvement of NE or relative MSE over the tasks against single-task, T separate models, in percent, with its
95 % interval over paired seeds; above 0 is better. Every network has the same data, lessons, epochs, patience and
optimizer, and layer widths scaled to the same number of parameters in fusion network and towers. single-task-untaught
learns the labels alone, as separate networks do where nobody thought of teachers; lightgbm is one model a task, on the
same features and rows.

"Over test rows": seeds are averaged, and adatt-sp is held against every rival (single-task, single-task-untaught,
lightgbm), all variants against the better rival, which is the one with the lowest loss on the validation rows, task by
task: the difference of NE (watch_ratio: of MSE) in percent of the rival's, below 0 is better, with the 95 % interval of 2,000
bootstrap draws of users, or of rows where there are no users. The upper bound says how much worse the variant may be at
the most. Among many intervals some exclude 0 by chance.
"""

DATA_SETS = {
    "census-income": """## Census-Income

199,523 training rows; the test half cut at random into validation and test, 49,881 rows each, as in the AdaTT paper. 30
of the 40 features of the paper are in this copy, so its numbers are a guide and no target. The experiment gives numeric
columns also as categories.
""",
    "kuairand": """## KuaiRand-Pure

Trained on 25 April to 2 May 2022 (131,474 impressions), best look chosen on 3 May, tested on 4 and 5 May (30,329). Four
binary tasks, two of them rare (1.5 to 2 % positive), and the watch ratio as a regression. Tables per task; mmoe,
ml-mmoe and shared-bottom, which cannot read them, have shared ones.
""",
}


def runs_of(experiment: str) -> tuple[Run, ...]:
    """All comparisons of a data set, each once."""
    return tuple({run.folder: run for run in (*recipes(experiment), *STUDIES, TABLES[experiment], MAIN)}.values())


def commands() -> Iterator[str]:
    """What makes all comparisons."""
    for experiment in DATA_SETS:
        yield from (run.command(experiment) for run in runs_of(experiment))


def page(runs: Path) -> str:
    """The page of the comparisons that are there."""
    found = {(name, run.folder): _read(runs / name / run.folder) for name in DATA_SETS for run in runs_of(name)}
    seconds = sum(cell["seconds"] for content in found.values() if content for cell in content["cells"])
    parts = [HEAD.format(minutes=round(seconds / 60))]
    for name, about in DATA_SETS.items():
        parts.append(about)
        parts += _section(MAIN, found[name, MAIN.folder])
        parts += _recipes(name, {run.title: found[name, run.folder] for run in recipes(name)}, found[name, MAIN.folder])
        parts += _studies({run.title: found[name, run.folder] for run in (*STUDIES, TABLES[name])})
    return "\n".join(parts)


def _read(folder: Path) -> dict[str, Any] | None:
    path = folder / "comparison.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _section(run: Run, content: dict[str, Any] | None) -> list[str]:
    """A comparison: its table, what it shows over seeds, and over test rows."""
    if content is None:
        return [f"### {run.title}\n", "Not run yet.\n"]
    changes = f"`{'`, `'.join(run.settings)}`. " if run.settings else ""
    return [
        f"### {run.title}\n",
        f"{changes}{content['split'].capitalize()} rows, {_seeds(content)} seeds:\n",
        _table(content["summary"]["variants"], [task["name"] for task in content["tasks"]]),
        "",
        *(f"- {sentence}" for sentence in verdict_sentences(content["summary"])),
        "\nOver test rows:\n",
        _evidence_table(content),
        "",
        *(f"- {sentence}" for sentence in evidence_sentences(content["evidence"])),
        "",
    ]


def _studies(found: dict[str, dict[str, Any] | None]) -> list[str]:
    """Each study against the experiment as it is, paired by seed."""
    base = found[BASE.title]
    title = "### What the parts do\n"
    if base is None:
        return [title, "Not run yet.\n"]
    cells = [
        {**cell, "variant": name}
        for name, content in found.items()
        if content
        for cell in content["cells"]
        if cell["variant"] in STUDIED
    ]
    return [
        title,
        f"{base['split'].capitalize()} rows, {_seeds(base)} seeds, {STUDIED[0]} without teachers, so that the labels "
        f"alone decide; delta-m is against the first line.\n",
        _table(
            summarize(cells, reference=BASE.title)["variants"],  # type: ignore[arg-type]
            [task["name"] for task in base["tasks"]],
        ),
        "",
    ]


def _recipes(name: str, found: dict[str, dict[str, Any] | None], main: dict[str, Any] | None) -> list[str]:
    """What each measure brings, from a plain recipe to the experiment, against LightGBM and paired by seed."""
    title = "### What closed the gap\n"
    if main is None or not any(found.values()):
        return [title, "Not run yet.\n"]
    steps = {**found, f"and {MEASURES[name][-1].title}: as shipped": main}
    seeds = {cell["seed"] for content in found.values() if content for cell in content["cells"]}
    cells: list[Any] = [
        {**cell, "variant": step}
        for step, content in steps.items()
        if content
        for cell in content["cells"]
        if cell["variant"] in STUDIED and cell["seed"] in seeds
    ]
    cells += [cell for cell in main["cells"] if cell["variant"] == "lightgbm" and cell["seed"] in seeds]
    return [
        title,
        f"{main['split'].capitalize()} rows, {len(seeds)} seeds, {STUDIED[0]}; each line adds one measure "
        f"to all before it; delta-m is against lightgbm.\n",
        _table(
            summarize(cells, reference="lightgbm")["variants"],
            [task["name"] for task in main["tasks"]],
        ),
        "",
    ]


def _seeds(content: dict[str, Any]) -> int:
    return len(content["summary"]["variants"][0]["seeds"])


def _table(variants: Sequence[Any], tasks: list[str]) -> str:
    head = ["variant", *tasks, "delta-m %", "parameters (trunk)", "MFLOPs a row", "seconds"]
    return _lines(head, [_row(row, tasks) for row in variants])


def _lines(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *rows])


def _row(row: Any, tasks: list[str]) -> list[str]:
    gain, size = row["delta_m"], row["parameters"]
    delta = "reference" if gain is None else f"{gain['mean']:+.2f} [{gain['low']:+.2f}, {gain['high']:+.2f}]"
    parameters = "n/a" if size is None else f"{size['total']:,} ({size['network'] + size['tower']:,})"
    flops = "n/a" if row["flops_per_row"] is None else f"{row['flops_per_row'] / 1e6:.2f}"
    cells = [_cell(row["tasks"][task]) for task in tasks]
    return [row["variant"], *cells, delta, parameters, flops, f"{row['seconds']:.0f}"]


def _evidence_table(content: dict[str, Any]) -> str:
    """NE of the studied variant against every rival, of all others against the better one; then AUC and GAUC."""
    tasks = [task["name"] for task in content["tasks"]]
    contrasts = content["evidence"]["contrasts"]
    better = [one for one in contrasts if one["rival"] == BETTER_RIVAL]
    own = [one for one in contrasts if one["variant"] in STUDIED and one not in better]
    rows = [["NE %", *_contrast(one, "relative_loss", 1, tasks)] for one in (*own, *better)]
    for metric in ("auc", "gauc"):
        rows += [
            [f"{metric.upper()} x 100", *_contrast(one, metric, 100, tasks)]
            for one in better
            if one["variant"] in STUDIED and metric in one["mean"]
        ]
    return _lines(["metric", "variant", "against", *tasks, "mean"], rows)


def _contrast(one: dict[str, Any], metric: str, scale: int, tasks: list[str]) -> list[str]:
    changes = [*(one["tasks"][task].get(metric) for task in tasks), one["mean"].get(metric)]
    return [one["variant"], one["rival"], *("" if change is None else _change(change, scale) for change in changes)]


def _change(change: dict[str, Any], scale: int) -> str:
    mean, low, high = (scale * change[end] for end in ("mean", "low", "high"))
    return f"{mean:+.2f} [{low:+.2f}, {high:+.2f}] {change['verdict']}"


def _cell(metrics: Any) -> str:
    loss = f"{metrics['relative_loss']['mean']:.4f} ± {metrics['relative_loss']['std']:.4f}"
    return f"{metrics['auc']['mean']:.4f} ({loss})" if "auc" in metrics else loss


if __name__ == "__main__":
    if sys.argv[1:] == ["commands"]:
        print("\n".join(commands()))
    else:
        runs_folder = Path(sys.argv[1] if len(sys.argv) > 1 else "runs")
        Path(__file__).with_name("results.md").write_text(page(runs_folder), encoding="utf-8")
