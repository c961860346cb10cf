"""Write docs/results.md from finished comparisons: the census-income and kuairand folders of the runs folder."""

import json
import sys
from pathlib import Path
from typing import Any

from taskfusion.evaluate.verdict import verdict_sentences

HEAD = """# Results on real data

Every number here was written by these commands. Training took {minutes} minutes in all, one thread each, on a busy
machine; a stopped comparison goes on when the command is given again. `--from FOLDER` after `taskfusion data` takes
files that you have already.

```
taskfusion data census-income --out data/census-income
taskfusion data kuairand --out data/kuairand
taskfusion compare configs/census-income.yaml --seeds 5 --out runs/census-income --set training.threads=1
taskfusion compare configs/kuairand.yaml --seeds 5 --out runs/kuairand --set training.threads=1
python docs/make_results.py runs
```

How to read the tables: AUC (higher is better) and in brackets NE, the normalized entropy (lower is better, 1
learned nothing); for watch_ratio the MSE over the variance of the label. Means over seeds, ± the standard
deviation. delta-m is the mean improvement of NE or relative MSE over the tasks against single-task, T separate
models, in percent, with its 95 % interval over paired seeds; above 0 is better. Every variant has the same data,
epochs, patience and optimizer, and layer widths scaled to the same number of parameters in fusion network and
towers. The best epoch is chosen on validation rows; test rows are looked at once. The settings are those of the
shipped experiments, the same for all variants, and were not tuned for any of them. Intervals speak of the noise of
training on one set of test rows, not of other test rows, and among many intervals some exclude 0 by chance.
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
    parts = [HEAD.format(minutes=" and ".join(str(round(s / 60)) for s in seconds))]
    for name, content in found.items():
        parts += [
            ABOUT[name],
            _table(content),
            "",
            *(f"- {sentence}" for sentence in verdict_sentences(content["summary"])),
            "",
        ]
    return "\n".join(parts)


def _table(content: dict[str, Any]) -> str:
    tasks = [task["name"] for task in content["tasks"]]
    head = ["variant", *tasks, "delta-m %", "parameters (trunk)", "MFLOPs a row", "seconds"]
    rows = [_row(row, tasks) for row in content["summary"]["variants"]]
    lines = [head, ["---"] * len(head), *rows]
    seeds = len(content["summary"]["variants"][0]["seeds"])
    return f"{content['split'].capitalize()} rows, {seeds} seeds:\n\n" + "\n".join(
        f"| {' | '.join(line)} |" for line in lines
    )


def _row(row: dict[str, Any], tasks: list[str]) -> list[str]:
    gain, size = row["delta_m"], row["parameters"]
    delta = "reference" if gain is None else f"{gain['mean']:+.2f} [{gain['low']:+.2f}, {gain['high']:+.2f}]"
    parameters = f"{size['total']:,} ({size['network'] + size['tower']:,})"
    cells = [_cell(row["tasks"][task]) for task in tasks]
    return [row["variant"], *cells, delta, parameters, f"{row['flops_per_row'] / 1e6:.2f}", f"{row['seconds']:.0f}"]


def _cell(metrics: dict[str, Any]) -> str:
    loss = f"{metrics['relative_loss']['mean']:.4f} ± {metrics['relative_loss']['std']:.4f}"
    return f"{metrics['auc']['mean']:.4f} ({loss})" if "auc" in metrics else loss


if __name__ == "__main__":
    runs_folder = Path(sys.argv[1] if len(sys.argv) > 1 else "runs")
    Path(__file__).with_name("results.md").write_text(page(runs_folder), encoding="utf-8")
