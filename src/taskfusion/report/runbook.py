"""The runbook: what to do when an alarm comes, one entry per remedy of watch/remedy.py, in the words of a language."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from taskfusion.report.markdown import render_text


@dataclass(frozen=True)
class Places:
    """Names that the commands of a project are typed with.

    Attributes:
        experiment: the experiment file.
        kpi: the KPI registry.
        charter: of the pilot.
        run: the run in force.
        bundle: its export.
        recent: table of recent rows with labels.
        admin: the server's port for operators.
        source: a task that others take from.
    """

    experiment: str = "experiment.yaml"
    kpi: str = "kpi.yaml"
    charter: str = "kit/charter.yaml"
    run: str = "runs/first"
    bundle: str = "exported"
    recent: str = "data/log/test.parquet"
    admin: str = "localhost:8001"
    source: str = "like"


def runbook(language: str, places: Places, people: Sequence[tuple[str, str]] = ()) -> str:
    """The runbook as Markdown.

    Args:
        language: en or ja.
        places: names of the project.
        people: roles and who has them; empty: the table is left out.
    """
    return render_text(f"kit/{language}/runbook.md", people=people, **asdict(places))
