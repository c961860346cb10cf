"""What transfer found."""

from taskfusion.cli.output import out
from taskfusion.report import number
from taskfusion.report.grid import Grid
from taskfusion.report.transfer_words import remedy_sentence, remedy_setting, source_sentence
from taskfusion.run.record.transfer import TransferRecord


def print_transfer(found: TransferRecord) -> None:
    """The matrix of tasks, and what it says of each."""
    if any(one.targets for one in found.sources):
        out.print(_matrix(found))
    for one in found.sources:
        out.print(f"{source_sentence(one)} {remedy_sentence(one)} {remedy_setting(one, found)}".rstrip())
    if found.models_done < found.models:
        out.print(f"{found.models_done} of {found.models} models are trained; the same command goes on")


def _matrix(found: TransferRecord) -> Grid:
    names = [task.name for task in found.tasks]
    rows = [
        [
            f"without {one.source}",
            *(number.signed(one.targets[name].change.mean, 2) if name in one.targets else "" for name in names),
        ]
        for one in found.sources
    ]
    title = f"{found.split} rows: change of each task's loss in %; above 0, the task that is left out helps"
    return Grid(title, ["", *names], rows)
