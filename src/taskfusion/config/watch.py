"""watch.yaml: what is watched, and against what."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from taskfusion.base.files import from_home
from taskfusion.config.derive import derive
from taskfusion.config.kpi import Kpi, read_kpis
from taskfusion.config.strict_file import read_strict
from taskfusion.schema.spec import ColumnName, FilePath, Name, Spec


class WatchSettings(Spec):
    """What is watched, and against what."""

    references: tuple[FilePath, ...] = Field(
        min_length=1, max_length=64, description="Directories made by taskfusion watch reference, one per model."
    )
    kpis: FilePath = Field("kpi.yaml", description="The KPI registry: after how many days labels of a task are mature.")
    decisions: FilePath = Field(description="Directory of the decision log.")
    outcomes: FilePath = Field(
        description="The outcome log: a file that grows, a directory of files, or a pattern; one row per impression."
    )
    state: FilePath = Field(description="Directory of what was counted, of alarms and of what was read.")
    id: ColumnName = Field("id", description="Column of the outcome log with the id of the decision.")
    candidate: ColumnName = Field("candidate", description="Its column with the id of the candidate.")
    time: ColumnName = Field("time", description="Its column that says when, not before the decision.")
    metrics_port: int | None = Field(
        None, ge=0, le=65535, description="Port at which Prometheus reads what is found; null: none; 0: any."
    )
    metrics_host: str = Field("127.0.0.1", description="Address of that port; 0.0.0.0: all of this machine.")
    holdback: Name | None = Field(
        None, description="Arm of the decision log that keeps the model of before; null: KPIs are held against none."
    )
    arms: dict[Name, Annotated[float, Field(gt=0)]] = Field(
        {}, description="Planned ratio of units, by arm, such as {primary: 95, canary: 5}; empty: it is not watched."
    )
    most_fallback: float = Field(
        0.01, ge=0, lt=1, description="Share of requests that an earlier tier may leave to a later one."
    )
    check_seconds: float = Field(5, ge=0.1, le=3600, description="Seconds between two looks at the logs.")


def read_watch(path: Path) -> tuple[WatchSettings, dict[str, Kpi]]:
    """Read the settings of a watch and its KPIs that are labels of tasks, by task; paths are relative to the file.

    Raises:
        ExperimentError: a file is missing, or holds something unknown or unfit.
    """
    found = read_strict(path, WatchSettings, "file of a watch", "docs/watch.md shows one")
    folder = path.absolute().parent
    places = {
        name: str(folder / from_home(getattr(found, name))) for name in ("kpis", "decisions", "outcomes", "state")
    }
    references = tuple(str(folder / from_home(one)) for one in found.references)
    found = derive(found, references=references, **places)
    return found, {kpi.task: kpi for kpi in read_kpis(Path(found.kpis)).kpis if kpi.task is not None}
