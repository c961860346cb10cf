"""The rows that a ranker learns from, and the experiment that they suggest."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from taskfusion.assemble.tables import read_tables
from taskfusion.base.errors import DataError, ExperimentError
from taskfusion.base.files import from_home
from taskfusion.config.experiment import DataConfig, Experiment, parse_experiment
from taskfusion.config.yaml_text import load_yaml
from taskfusion.data.prepared import SplitTables
from taskfusion.data.split import split_table
from taskfusion.data.table import from_table
from taskfusion.inspect.init.experiment import infer_experiment, infer_table
from taskfusion.inspect.init.text import experiment_text, notes
from taskfusion.schema.split import RandomSplit

WHOLE = "the table"


@dataclass(frozen=True)
class Source:
    """Where a ranker finds rows when fit is given none.

    Args:
        table: in memory, or None.
        base: folder that the experiment's data paths start from.
    """

    table: object = None
    base: Path = Path()

    def splits(self, data: DataConfig | None) -> SplitTables:
        """The rows as training, validation and, where there are any, test rows.

        Raises:
            DataError: there are none, or they cannot be read or cut.
        """
        if self.table is not None:
            return splits_of(data, self.table)
        if data is None or not data.names_tables:
            raise DataError("fit should be given a table, since the experiment names none under data")
        return read_tables(data, self.base)


def splits_of(data: DataConfig | None, table: object, validation: object = None) -> SplitTables:
    """A table in memory as training and validation rows, and test rows where the experiment's split asks for them.

    Args:
        data: section of the experiment.
        table: pandas, Polars or Arrow.
        validation: likewise; None: the table is cut by the split of data, or, where it has none, a tenth of the rows
            at random are the validation rows.

    Raises:
        DataError: a table is none of these, or the split does not fit it.
    """
    frame = from_table(table).lazy()
    if validation is not None:
        return {"train": frame, "validation": from_table(validation).lazy()}
    split = data.split if data is not None and data.split is not None else RandomSplit(kind="random", test=0.0)
    return split_table(frame, split)


@dataclass(frozen=True)
class Suggestion:
    """What a table suggests.

    Args:
        experiment: to train.
        source: its rows.
        notes: what became of the columns, for people.
    """

    experiment: Experiment
    source: Source
    notes: tuple[str, ...]


def suggest(table: object, tasks: Sequence[str]) -> Suggestion:
    """The experiment that init would write for a table.

    Args:
        table: pandas, Polars or Arrow, or the path of a file.
        tasks: label columns; empty: those whose names are like outcomes.

    Raises:
        DataError: the table cannot be read, or a column is not there.
        ExperimentError: tasks are no list, no label can be told, or no feature is left.
    """
    if isinstance(tasks, str):
        raise ExperimentError(f"tasks should be a list of columns, found the text '{tasks}'; write ['{tasks}']")
    if isinstance(table, str | Path):
        path = from_home(table)
        found, source = infer_experiment(path, path.parent / "experiment.yaml", tasks), Source(base=path.parent)
    else:
        frame = from_table(table)
        path = Path("table")
        found, source = infer_table(frame, tasks), Source(frame)
    text = experiment_text(found, path)
    experiment = parse_experiment(load_yaml(text, WHOLE), origin=WHOLE)
    return Suggestion(experiment, source, tuple(f"{kind} {note}" for kind, note in notes(found)))
