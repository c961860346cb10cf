"""Commands on an experiment file: init, check."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from taskfusion.cli.output import AsJson, command, out, print_json
from taskfusion.cli.run import ExperimentFile, Settings, read_with_tables
from taskfusion.inspect.check.experiment import check_experiment
from taskfusion.inspect.init.column import percent
from taskfusion.inspect.init.entry import Inferred
from taskfusion.inspect.init.experiment import write_inferred
from taskfusion.schema.task.table import KINDS

MIB = 1024**2


@command
def init(
    data: Annotated[Path, typer.Argument(help="The log, one row per impression; Parquet or CSV.", show_default=False)],
    out_path: Annotated[Path, typer.Option("--out", help="Experiment file to write.")] = Path("experiment.yaml"),
    task: Annotated[
        list[str] | None,
        typer.Option("--task", help="Label column, for each task; left out: told by the names.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Infer features and tasks from a log, and write an experiment file to edit."""
    inferred = write_inferred(data, out_path, task or ())
    if as_json:
        print_json({"out": str(out_path), **_as_plain(inferred)})
        return
    _print_inferred(inferred)
    out.print(f"{out_path} written; read it, then: taskfusion check {out_path}", soft_wrap=True)


def _as_plain(inferred: Inferred) -> dict[str, Any]:
    def plain(entries: Any) -> list[dict[str, Any]]:  # noqa: ANN401  entries of any place
        return [
            {"column": e.column, "note": e.note, **({"settings": dict(e.settings)} if e.settings else {})}
            for e in entries
        ]

    return {
        "rows": inferred.rows,
        "whole_table": inferred.is_whole,
        "data": dict(inferred.data),
        "features": plain(inferred.features),
        "questions": plain(inferred.questions),
        "tasks": plain(inferred.tasks),
        "proposals": plain(inferred.proposals),
        "left_out": plain(inferred.left_out),
        "group": inferred.group,
    }


def _print_inferred(inferred: Inferred) -> None:
    rows = f"all {inferred.rows:,} rows" if inferred.is_whole else f"the first {inferred.rows:,} rows"
    out.print(f"inferred from {rows}: features {len(inferred.features)}, tasks {len(inferred.tasks)}", highlight=False)
    groups = {
        "task": inferred.tasks,
        "proposed": inferred.proposals,
        "not used": inferred.questions,
        "left out": inferred.left_out,
    }
    for title, entries in groups.items():
        for entry in entries:
            out.print(Text.assemble((title, "bold"), f" {entry.column}: {entry.note}"), soft_wrap=True)


@command
def check(experiment: ExperimentFile, settings: Settings = None, as_json: AsJson = False) -> None:
    """Show what an experiment would train, and what looks wrong, without training."""
    content, tables = read_with_tables(experiment, settings)
    found = check_experiment(content, tables)
    if as_json:
        print_json({"experiment": str(experiment), **found})
        return
    out.print(_task_table(found), "", _feature_table(found), sep="\n")
    out.print(
        "missing: of the training rows; unseen: of the validation values, training gave them no code",
        style="dim",
        highlight=False,
    )
    for line in _size_lines(found):
        out.print(line, highlight=False)
    for warning in found["warnings"]:
        line = f" {warning['subject']}: {warning['message']}"
        out.print(Text.assemble(("warning", "yellow"), line), soft_wrap=True)
    if not found["warnings"]:
        out.print("nothing looks wrong", style="green")


def _task_table(found: dict[str, Any]) -> Table:
    table = _plain_table("task", "kind")
    for heading in ("known", "unknown", *(f"mean {part}" for part in found["splits"])):
        table.add_column(heading, justify="right")
    for task in found["tasks"]:
        train = task["splits"]["train"]
        means = [_mean(task, part) for part in task["splits"].values()]
        table.add_row(task["name"], task["kind"], f"{train['known']:,}", f"{train['unknown']:,}", *means)
    return table


def _plain_table(*headings: str) -> Table:
    """A table without lines, whose first columns hold names; names are never cut."""
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _share(share: float) -> str:
    return percent(share) if share else ""


def _mean(task: dict[str, Any], part: dict[str, Any]) -> str:
    """The mean label for people; of classes the share of the largest."""
    if part["class_shares"]:
        share, name = max(zip(part["class_shares"], task["classes"], strict=True))
        return f"{percent(share)} {name}"
    if part["mean"] is None:
        return "unknown"
    if KINDS[task["kind"]].has_positives:
        return percent(part["mean"])
    return f"{part['mean']:.4g}{' (log)' if task['log1p'] else ''}"


def _feature_table(found: dict[str, Any]) -> Table:
    table = _plain_table("feature", "kind", "role")
    for heading in ("codes", "missing", "unseen", "width", "parameters"):
        table.add_column(heading, justify="right")
    for feature in found["features"]:
        is_id = feature["codes"] is not None
        shared = feature["shares_table_of"]
        table.add_row(
            feature["name"],
            feature["kind"],
            feature["role"],
            f"{feature['codes']:,}" if is_id else "",
            _share(feature["missing"]["train"]),
            _share(feature["unseen"]["validation"]) if is_id else "",
            str(feature["width"]),
            f"of {shared}" if shared else f"{feature['parameters']:,}" if is_id else "",
        )
    return table


def _size_lines(found: dict[str, Any]) -> Iterator[str]:
    for name, part in found["splits"].items():
        held = "held in memory" if part["in_memory"] else "streamed: larger than training.memory_gib"
        steps = f", {found['steps_per_epoch']:,} steps per epoch" if name == "train" else ""
        yield f"{name}: {part['rows']:,} rows, {part['bytes'] / MIB:,.1f} MiB encoded, {held}{steps}"
    *parts, (_, total) = found["parameters"].items()
    yield f"parameters: {' + '.join(f'{name} {count:,}' for name, count in parts)} = {total:,}"
    tables = sum(part["bytes"] for part in found["splits"].values() if part["in_memory"])
    model = found["model_bytes"]
    yield (
        f"memory: about {(model + tables) / MIB:,.0f} MiB, of them {tables / MIB:,.0f} of rows and "
        f"{model / MIB:,.0f} of weights, gradients and optimizer"
    )
