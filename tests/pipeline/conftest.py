"""Tables of a small log, and runs on them."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support import experiment, write_splits
from taskfusion.assemble.tables import read_tables
from taskfusion.config.experiment import DataConfig
from taskfusion.data.prepared import SplitTables
from taskfusion.pipeline.progress import Progress, Silent
from taskfusion.pipeline.train import train_run
from taskfusion.run.directory import RunDirectory
from taskfusion.train.loop import StepEvent


class StopAt(Silent):
    """Sends this process the signal of Ctrl-C after a step."""

    def __init__(self, step: int) -> None:
        self.step = step

    @contextmanager
    def training(self, title: str, task_names: Sequence[str], num_rows: int) -> Iterator[None]:
        yield

    def on_step(self, event: StepEvent) -> None:
        if event.state.step == self.step:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> SplitTables:
    return read_tables(DataConfig.model_validate(write_splits(tmp_path_factory.mktemp("tables"))), Path())


@pytest.fixture(scope="session")
def run(parts: SplitTables, tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """A run of one epoch, which tests read and do not change."""
    return train(parts, tmp_path_factory.mktemp("run") / "run", training={"epochs": 1})


def train(
    parts: SplitTables, out: Path, progress: Progress | None = None, *, resume: bool = False, **settings: Any
) -> RunDirectory:
    return train_run(experiment(**settings), parts, out, resume=resume, progress=progress or Silent())
