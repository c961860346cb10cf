"""The commands of docs/guide, run in the folder that those of the README leave, in this process: they take seconds."""

import json
import re
import shlex
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from costs import record
from serve.decisions import decision
from taskfusion.base.record import write_artifact
from taskfusion.cli.app import app
from taskfusion.config.decisions import DecisionSettings
from taskfusion.config.ramp import read_ramp
from taskfusion.config.routes import Canary
from taskfusion.serve.decision.writer import DecisionLog
from taskfusion.serve.http.admin import Admin

GUIDE = Path(__file__).parents[1] / "docs" / "guide" / "en"
ORDER = ("README.md", "before-you-start.md", "when-sharing-pays.md", "pilot-charter.md")
"""Pages that others build on."""

BLOCK = re.compile(r"^ *```bash\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
NOT_KEPT = 1
"""Exit code of a quarantine that does not help."""


def commands(text: str) -> list[str]:
    """The commands of a block, without comments."""
    lines = (line.partition("  #")[0].strip() for line in text.replace("\\\n", "").splitlines())
    return [line for line in lines if line]


def run_guide(folder: Path, done: Collection[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Run what the guide says; both languages have the same commands.

    Args:
        folder: where the README's commands ran.
        done: commands that ran there, and leave what the guide reads.
        monkeypatch: changes the working directory.
    """
    monkeypatch.chdir(folder)
    prepare(folder)
    pages = [*ORDER, *sorted({path.name for path in GUIDE.glob("*.md")} - set(ORDER))]
    every = [
        line for page in pages for block in BLOCK.findall((GUIDE / page).read_text("utf-8")) for line in commands(block)
    ]
    for line in dict.fromkeys(line for line in every if line not in done):
        words = shlex.split(line)
        if words[0] == "curl":
            require_route(words)
            continue
        assert words[0] == "taskfusion", line
        before = BEFORE.get(tuple(words[1:3]))
        if before is not None:
            before(folder / words[3])
        if words[1:3] == ["pilot", "ramp"]:  # it goes on for weeks
            continue
        result = CliRunner().invoke(app, words[1:])
        assert result.exit_code == 0 or (words[1], result.exit_code) == ("quarantine", NOT_KEPT), (
            f"{line}\n{result.output}"
        )


def prepare(folder: Path) -> None:
    """What a project has by then: a table of items, the log of outcomes, and that of decisions."""
    log = pl.concat(
        pl.read_parquet(folder / "data" / "log" / f"{name}.parquet") for name in ("train", "validation", "test")
    )
    log.unique("item_id", maintain_order=True).write_parquet(folder / "items.parquet")
    log.write_parquet(folder / "outcomes.parquet")
    settings = DecisionSettings(directory=str(folder / "decisions"), batch_seconds=0.01)
    kept = DecisionLog(settings, "here", lambda _: None)
    for number in range(20):
        kept.put(decision(str(number)))
    kept.close()


def begin_pilot(charter: Path) -> None:
    """Fill in the first day, as the owner of the pilot does."""
    first = pl.read_parquet("outcomes.parquet")["time"].min()
    text = charter.read_text("utf-8")
    charter.write_text(text.replace("start: null", f"start: {str(first)[:10]}"), encoding="utf-8")


def measure_cost(roi: Path) -> None:
    """What taskfusion cost takes half a minute for."""
    write_artifact(roi.parent / "cost" / "cost.json", record())


BEFORE: Mapping[tuple[str, ...], Callable[[Path], object]] = {
    ("pilot", "analyse"): begin_pilot,
    ("pilot", "roi"): measure_cost,
    ("pilot", "ramp"): read_ramp,
}
"""What happens to the file of a command before it is run."""


def require_route(words: list[str]) -> None:
    """A call of the server's port for operators is one that it has."""
    method = words[words.index("-X") + 1] if "-X" in words else "GET"
    (address,) = (word for word in words if word.startswith("localhost:8001"))
    path = "/" + address.partition("/")[2]
    body: Any = json.loads(words[words.index("-d") + 1]) if "-d" in words else None
    service: Any = SimpleNamespace(
        fleet=None, settings=SimpleNamespace(state=None), guarded=lambda name, endpoint: endpoint
    )
    routes = {(one, route.path) for route in Admin(service).routes() for one in route.methods or ()}
    assert (method, path) in routes | {("GET", "/metrics")}, words
    if path == "/v1/canary":
        Canary.model_validate({"bundle": "next", **body})
