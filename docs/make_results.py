"""Write docs/results.md from finished comparisons, or print the commands that make these.

python docs/make_results.py commands | sh     makes what is missing below runs/, cell by cell
python docs/make_results.py                   keeps what is there in docs/results/ and writes the page from all kept
"""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from result_figure import Line, intervals
from result_runs import BASE, COMPARISONS, MAIN, MEASURES, STUDIED, STUDIES, Run, commands, recipes, runs_of
from result_short import in_short
from result_tables import evidence_table, lines, summary_table

from taskfusion.base.record import read_artifact
from taskfusion.config.experiment import read_experiment
from taskfusion.evaluate.comparison import Difference, summarize
from taskfusion.evaluate.evidence import BETTER_BASELINE
from taskfusion.evaluate.metric import LEAD_METRIC
from taskfusion.evaluate.verdict import evidence_sentences
from taskfusion.report.summary import evidence_summary
from taskfusion.run.record.comparison import ComparisonRecord
from taskfusion.study.space import setting

CONFIGS = Path(__file__).parents[1] / "configs"

TITLE = "# Results on real data\n"

HOW = """## How this was made and how to read it

Every number of this page is made by

```
taskfusion data census-income --out data/census-income
taskfusion data kuairand --out data/kuairand
python docs/make_results.py commands | sh
python docs/make_results.py
```

The third line goes on where it was stopped; [results/](results) holds the record of each comparison. Training took
{minutes} minutes in all, one thread each, on a busy machine, teachers not counted: they are grown once a data set. A
table with fewer seeds or methods than its command has was made before the rest was run; its head says how many
seeds.

Settings of networks were chosen by hand on validation rows, with adatt-sp and one seed, and hold for all networks, but
where a title says tuned; those of lightgbm, which are the teachers' too, after 10 trials of `taskfusion tune` for each
task. Epochs and numbers of trees are chosen on validation rows too. Test rows chose nothing, but pages before this one
had shown them for earlier settings.

How to read the tables: AUC (higher is better) and in brackets NE, the normalized entropy (lower is better, 1 learned
nothing); for watch_ratio the MSE over the variance of the label. Means over seeds, ± the standard deviation. delta-m is
the mean improvement of NE or relative MSE over the tasks against the line that says reference, mostly single-task, T
separate models, in percent, with its 95 % interval over paired seeds; above 0 is better. Every network has the same
data, teachers, epochs, patience and optimizer, and layer widths scaled to the same number of parameters in fusion
network and towers. single-task-undistilled learns the labels alone, as separate networks do where nobody thought of
teachers; lightgbm is one model per task, on the same features and rows.

"Over test rows and seeds together": adatt-sp is compared with every baseline (single-task, single-task-undistilled,
lightgbm), all variants with the better baseline, which has the lower loss on the validation rows, task by task, and
adatt-sp with the other variants: the difference of NE (watch_ratio: of MSE) in percent of the baseline's, below 0 is
better. The 95 % interval joins what other rows and what other seeds would do: the variance of 2,000 bootstrap draws of
users, or of rows where there are no users, plus that of the mean over paired seeds. The upper bound says how much worse
the variant may be at the most. Among many intervals some exclude 0 by chance.

`taskfusion init` turns on what paid where it applies: numbers that repeat also as categories (Census-Income), lengths
of histories (KuaiRand-Pure), LightGBM as teacher (both). DCN-v2, and AdamW with a cosine schedule and averaged weights,
paid on Census-Income and are not shown to pay on KuaiRand-Pure; tables per task help rare outcomes there and are not
shown to help on Census-Income. These stay settings to try.
"""

DATA_SETS = {
    "census-income": """## Census-Income

199,523 training rows; the test half cut at random into validation and test, 49,881 rows each, as in the AdaTT paper. 30
of the 40 features of the paper are in this copy, so its numbers are a guide and no target. The experiment gives numeric
columns also as categories. It trains as long as suits networks with teachers, too long for labels alone, so that
single-task-undistilled is a weak baseline here and lightgbm the strong one.
""",
    "kuairand": """## KuaiRand-Pure

Trained on 25 April to 2 May 2022 (131,474 impressions), best weights chosen on 3 May, tested on 4 and 5 May (30,329).
Four binary tasks, two of them rare (1.5 to 2 % positive), and the watch ratio as a regression. Tables per task; mmoe,
ml-mmoe, mtan and shared-bottom, which cannot read them, have shared ones.
""",
}


def keep(runs: Path, kept: Path) -> None:
    """Copy the record of every comparison that is there, to where the page is made from."""
    for name in DATA_SETS:
        for run in runs_of(name):
            made = runs / name / run.folder / "comparison.json"
            if made.exists():
                target = _record(kept, name, run)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(made, target)


def page(kept: Path) -> str:
    """The page of the comparisons that are kept."""
    found = {(name, run.folder): _read(_record(kept, name, run)) for name in DATA_SETS for run in runs_of(name)}
    seconds = sum(cell.seconds for content in found.values() if content for cell in content.cells)
    parts = [TITLE, *in_short(found, list(DATA_SETS)), HOW.format(minutes=round(seconds / 60))]
    for name, about in DATA_SETS.items():
        parts += [about, *_headline(name, found[name, MAIN.folder])]
        for run in COMPARISONS:
            parts += _section(run, found[name, run.folder], name)
        parts += _recipes(name, {run.title: found[name, run.folder] for run in recipes(name)}, found[name, MAIN.folder])
        parts += _studies({run.title: found[name, run.folder] for run in STUDIES[name]})
    return "\n".join(parts)


def _headline(experiment: str, main: ComparisonRecord | None) -> list[str]:
    if main is None:
        return []
    figure = f"![Intervals against the better baseline](images/{_figure_name(experiment)})\n"
    return [f"**{evidence_summary(main.evidence, main.split)}**\n", figure]


def figures(kept: Path) -> dict[str, str]:
    """By file name the figure of each data set whose main comparison is kept."""
    found = {name: _read(_record(kept, name, MAIN)) for name in DATA_SETS}
    return {_figure_name(name): _figure(content) for name, content in found.items() if content}


def _figure_name(experiment: str) -> str:
    return f"results-{experiment}.svg"


def _figure(content: ComparisonRecord) -> str:
    """Against the better baseline: the studied variant task by task, and the mean of every variant."""
    shown = () if content.evidence is None else content.evidence.contrasts
    contrasts = [one for one in shown if one.baseline == BETTER_BASELINE]
    (own,) = (one for one in contrasts if one.variant in STUDIED)
    return intervals(
        "Against the better of LightGBM and separate networks",
        "Difference of NE (regression: of MSE) on test rows in percent, with 95 % intervals; left of 0 is better.",
        {
            f"{own.variant}, task by task": [_line(task, metrics) for task, metrics in own.tasks.items()],
            "Mean over the tasks": [_line(one.variant, one.mean) for one in contrasts],
        },
    )


def _line(label: str, metrics: Mapping[str, Difference]) -> Line:
    change = metrics[LEAD_METRIC]
    low, high = change.ends or (change.mean, change.mean)
    return Line(label, change.mean, low, high, change.verdict)


def _record(kept: Path, experiment: str, run: Run) -> Path:
    return kept / experiment / f"{run.folder.replace('/', '-')}.json"


def _read(path: Path) -> ComparisonRecord | None:
    return read_artifact(path, ComparisonRecord) if path.exists() else None


def _section(run: Run, content: ComparisonRecord | None, experiment: str) -> list[str]:
    """A comparison: its table, what it shows over seeds, and over test rows."""
    if content is None:
        return [f"### {run.title}\n", "Not run yet.\n"]
    changes = f"`{'`, `'.join(run.settings)}`. " if run.settings else ""
    return [
        f"### {run.title}\n",
        f"{changes}{content.split.capitalize()} rows, {_seeds(content)} seeds:\n",
        summary_table(content.summary, [task.name for task in content.tasks]),
        "",
        *_tuned(content.tuned, experiment),
        *_over_rows(content),
        *_stopping(content),
    ]


def _tuned(tuned: dict[str, dict[str, dict[str, Any]]], experiment: str) -> list[str]:
    """Of which models tuning kept the shipped settings, and of which it did not; nothing where it did not run."""
    if not tuned:
        return []
    shipped = read_experiment(CONFIGS / f"{experiment}.yaml")
    kept: list[str] = []
    changed: list[str] = []
    for variant, models in tuned.items():
        as_shipped = {
            m: all(setting(shipped, key) == value for key, value in found.items()) for m, found in models.items()
        }
        for names, wanted in ((kept, True), (changed, False)):
            chosen = [model for model, same in as_shipped.items() if same == wanted]
            if chosen:
                names.append(f"{variant} ({', '.join(chosen)})" if all(chosen) else variant)
    told = [
        f"{what} of {', '.join(names)}"
        for what, names in (("kept the shipped settings", kept), ("chose others", changed))
        if names
    ]
    return [f"Tuning {'; it '.join(told)}.\n"]


def _over_rows(content: ComparisonRecord) -> list[str]:
    """What test rows show; nothing of one method alone."""
    evidence = content.evidence
    if evidence is None:
        return []
    chosen = [evidence_sentences(evidence)[0], ""] if evidence.better_baseline else []  # the table says the rest
    return [
        f"Over {content.split} rows and seeds together:\n",
        evidence_table(evidence, [task.name for task in content.tasks]),
        "",
        *chosen,
    ]


def _stopping(content: ComparisonRecord) -> list[str]:
    """What one evaluation for all tasks costs each of them; nothing of records from before it was kept."""
    costs = content.stopping_costs
    if not costs:
        return []
    tasks = [task.name for task in content.tasks]
    rows = [
        [variant, *(f"{of_task[task]:.2f}" if task in of_task else "n/a" for task in tasks)]
        for variant, of_task in costs.items()
    ]
    return [
        "What it costs a task that one look is kept for all: its loss on validation rows above that at its own best "
        "look, in percent, means over seeds; a stop of its own could have saved no more of it:\n",
        lines(["variant", *tasks], rows),
        "",
    ]


def _studies(found: Mapping[str, ComparisonRecord | None]) -> list[str]:
    """Each study, of one variant, against the experiment as it is, paired by seed."""
    base = found[BASE.title]
    title = "### What the parts do\n"
    if base is None:
        return [title, "Not run yet.\n"]
    cells = [
        cell.model_copy(update={"variant": name})
        for name, content in found.items()
        if content
        for cell in content.cells
    ]
    return [
        title,
        f"{base.split.capitalize()} rows, {_seeds(base)} seeds, {STUDIED[0]} but where a line names another, "
        f"without teachers, so that the labels alone decide; delta-m is against the first line.\n",
        summary_table(
            summarize(cells, reference=BASE.title),
            [task.name for task in base.tasks],
        ),
        "",
    ]


def _recipes(name: str, found: Mapping[str, ComparisonRecord | None], main: ComparisonRecord | None) -> list[str]:
    """What each measure brings, from a plain recipe to the experiment, against LightGBM and paired by seed."""
    title = "### What closed the gap\n"
    if main is None or not any(found.values()):
        return [title, "Not run yet.\n"]
    steps = {**found, f"and {MEASURES[name][-1].title}: as shipped": main}
    seeds = {cell.seed for content in found.values() if content for cell in content.cells}
    cells = [
        cell.model_copy(update={"variant": step})
        for step, content in steps.items()
        if content
        for cell in content.cells
        if cell.variant in STUDIED and cell.seed in seeds
    ]
    cells += [cell for cell in main.cells if cell.variant == "lightgbm" and cell.seed in seeds]
    return [
        title,
        f"{main.split.capitalize()} rows, {len(seeds)} seeds, {STUDIED[0]}; each line adds one measure "
        f"to all before it; delta-m is against lightgbm.\n",
        summary_table(
            summarize(cells, reference="lightgbm"),
            [task.name for task in main.tasks],
        ),
        "",
    ]


def _seeds(content: ComparisonRecord) -> int:
    return len(content.summary.variants[0].seeds)


if __name__ == "__main__":
    if sys.argv[1:] == ["commands"]:
        print("\n".join(commands()))
    else:
        docs = Path(__file__).parent
        keep(Path(sys.argv[1] if len(sys.argv) > 1 else "runs"), docs / "results")
        (docs / "results.md").write_text(page(docs / "results"), encoding="utf-8")
        for name, figure in figures(docs / "results").items():
            (docs / "images" / name).write_text(figure, encoding="utf-8")
