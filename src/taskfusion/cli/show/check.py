"""What check found."""

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from taskfusion.cli.output import out
from taskfusion.inspect.init.column import percent
from taskfusion.report.grid import Grid
from taskfusion.schema.task.table import KINDS

MIB = 1024**2


def print_check(found: dict[str, Any]) -> None:
    """Tables of tasks and features, sizes, and warnings."""
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


def _task_table(found: dict[str, Any]) -> Grid:
    rows = []
    for task in found["tasks"]:
        train = task["splits"]["train"]
        means = [_mean(task, part) for part in task["splits"].values()]
        rows.append([task["name"], task["kind"], f"{train['known']:,}", f"{train['unknown']:,}", *means])
    means = [f"mean {part}" for part in found["splits"]]
    return Grid("", ["task", "kind", "known", "unknown", *means], rows, texts=2)


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


def _feature_table(found: dict[str, Any]) -> Grid:
    headings = ["feature", "kind", "role", "codes", "missing", "unseen", "width", "parameters"]
    return Grid("", headings, [_feature_row(feature) for feature in found["features"]], texts=3)


def _feature_row(feature: dict[str, Any]) -> list[str]:
    is_id = feature["codes"] is not None
    shared = feature["shares_table_of"]
    return [
        feature["name"],
        feature["kind"],
        feature["role"],
        f"{feature['codes']:,}" if is_id else "",
        _share(feature["missing"]["train"]),
        _share(feature["unseen"]["validation"]) if is_id else "",
        str(feature["width"]),
        f"of {shared}" if shared else f"{feature['parameters']:,}" if is_id else "",
    ]


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
