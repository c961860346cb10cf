"""Write docs/results.md from finished comparisons: the census-income and kuairand folders of the runs folder."""

import json
import sys
from pathlib import Path
from typing import Any

from taskfusion.evaluate.evidence import BETTER_RIVAL
from taskfusion.evaluate.verdict import evidence_sentences, verdict_sentences

HEAD = """# Results on real data

Every number here was written by these commands. Training took {minutes} minutes in all, one thread each, on a busy
machine; a stopped comparison goes on when the command is given again. `--from FOLDER` after `taskfusion data` takes
files that you have already.

```
taskfusion data census-income --out data/census-income
taskfusion data kuairand --out data/kuairand
V=adatt,adatt-sp,ple,mmoe,ml-mmoe,cross-stitch,shared-bottom,single-task,lightgbm
taskfusion compare configs/census-income.yaml --variants $V --seeds 5 --out runs/census-income --set training.threads=1
taskfusion compare configs/kuairand.yaml --variants $V --seeds 5 --out runs/kuairand --set training.threads=1
python docs/make_results.py runs
```

How to read the tables: AUC (higher is better) and in brackets NE, the normalized entropy (lower is better, 1
learned nothing); for watch_ratio the MSE over the variance of the label. Means over seeds, ± the standard
deviation. delta-m is the mean improvement of NE or relative MSE over the tasks against single-task, T separate
models, in percent, with its 95 % interval over paired seeds; above 0 is better. Every network has the same data,
epochs, patience and optimizer, and layer widths scaled to the same number of parameters in fusion network and
towers; lightgbm is one model a task, on the same features and rows, whose only randomness is which columns a tree may
use. The best epoch, or the number of trees, is chosen on validation rows; test rows are looked at once. The settings
are those of the shipped experiments and were not tuned for any of them. These intervals speak of the noise of training
on one set of test rows.

Under "Over test rows" seeds are averaged, and each variant is held against single-task, against lightgbm, and against
the better rival, which is the one of the two with the lower loss on the validation rows, task by task: the difference
of NE (watch_ratio: of MSE) in percent of the rival's, below 0 is better, with the 95 % interval of {resamples}
bootstrap draws of {clusters}. The upper bound of a bracket says how much worse the variant may be at the most. These
intervals speak of other rows like the test rows. Among many intervals some exclude 0 by chance.
"""

ABOUT = {
    "census-income": """## Census-Income

199,523 training rows; the test half cut at random into validation and test, 49,881 rows each, as in the AdaTT
paper. 30 of the 40 features of the paper are in this copy, so its numbers are a guide and no target. The experiment
gives numeric columns also as categories.
""",
    "kuairand": """## KuaiRand-Pure

Trained on 25 April to 2 May 2022 (131,474 impressions), best look chosen on 3 May, tested on 4 and 5 May (30,329).
Four binary tasks, two of them rare (1.5 to 2 % positive), and the watch ratio as a regression.
""",
}


def page(runs: Path) -> str:
    """The page."""
    found = {name: json.loads((runs / name / "comparison.json").read_text(encoding="utf-8")) for name in ABOUT}
    seconds = [sum(cell["seconds"] for cell in content["cells"]) for content in found.values()]
    shown = [content["evidence"] for content in found.values()]
    head = HEAD.format(
        minutes=" and ".join(str(round(s / 60)) for s in seconds),
        resamples=f"{shown[0]['resamples']:,}",
        clusters=" and ".join(f"{one['clusters']:,} {'groups' if one['grouped'] else 'rows'}" for one in shown),
    )
    parts = [head]
    for name, content in found.items():
        parts += [
            ABOUT[name],
            _table(content),
            "",
            *(f"- {sentence}" for sentence in verdict_sentences(content["summary"])),
            "",
            "Over test rows:",
            "",
            _evidence_table(content),
            "",
            *(f"- {sentence}" for sentence in evidence_sentences(content["evidence"])),
            "",
        ]
    return "\n".join(parts)


def _table(content: dict[str, Any]) -> str:
    tasks = [task["name"] for task in content["tasks"]]
    head = ["variant", *tasks, "delta-m %", "parameters (trunk)", "MFLOPs a row", "seconds"]
    rows = [_row(row, tasks) for row in content["summary"]["variants"]]
    seeds = len(content["summary"]["variants"][0]["seeds"])
    return f"{content['split'].capitalize()} rows, {seeds} seeds:\n\n{_lines(head, rows)}"


def _lines(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *rows])


def _row(row: dict[str, Any], tasks: list[str]) -> list[str]:
    gain, size = row["delta_m"], row["parameters"]
    delta = "reference" if gain is None else f"{gain['mean']:+.2f} [{gain['low']:+.2f}, {gain['high']:+.2f}]"
    parameters = "n/a" if size is None else f"{size['total']:,} ({size['network'] + size['tower']:,})"
    flops = "n/a" if row["flops_per_row"] is None else f"{row['flops_per_row'] / 1e6:.2f}"
    cells = [_cell(row["tasks"][task]) for task in tasks]
    return [row["variant"], *cells, delta, parameters, flops, f"{row['seconds']:.0f}"]


def _evidence_table(content: dict[str, Any]) -> str:
    """NE of every variant against every rival, then AUC and GAUC against the better one."""
    tasks = [task["name"] for task in content["tasks"]]
    contrasts = content["evidence"]["contrasts"]
    rows = [["NE %", *_contrast(one, "relative_loss", 1, tasks)] for one in contrasts]
    better = [one for one in contrasts if one["rival"] == BETTER_RIVAL]
    for metric in ("auc", "gauc"):
        rows += [
            [f"{metric.upper()} x 100", *_contrast(one, metric, 100, tasks)] for one in better if metric in one["mean"]
        ]
    return _lines(["metric", "variant", "against", *tasks, "mean"], rows)


def _contrast(one: dict[str, Any], metric: str, scale: int, tasks: list[str]) -> list[str]:
    changes = [*(one["tasks"][task].get(metric) for task in tasks), one["mean"].get(metric)]
    return [one["variant"], one["rival"], *("" if change is None else _change(change, scale) for change in changes)]


def _change(change: dict[str, Any], scale: int) -> str:
    mean, low, high = (scale * change[end] for end in ("mean", "low", "high"))
    return f"{mean:+.2f} [{low:+.2f}, {high:+.2f}] {change['verdict']}"


def _cell(metrics: dict[str, Any]) -> str:
    loss = f"{metrics['relative_loss']['mean']:.4f} ± {metrics['relative_loss']['std']:.4f}"
    return f"{metrics['auc']['mean']:.4f} ({loss})" if "auc" in metrics else loss


if __name__ == "__main__":
    runs_folder = Path(sys.argv[1] if len(sys.argv) > 1 else "runs")
    Path(__file__).with_name("results.md").write_text(page(runs_folder), encoding="utf-8")
