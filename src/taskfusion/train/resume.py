"""The resume point of a training: all that goes on changing while a model is trained."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from taskfusion.base.boundary import reading, unreadable
from taskfusion.train.average import WeightAverage
from taskfusion.train.checkpoint import (
    RUN,
    load_model_tensors,
    load_optimizer_tensors,
    load_tensors,
    optimizer_tensors,
    require_same_run,
    save_tensors,
)
from taskfusion.train.running_loss import RunningLoss
from taskfusion.train.step import TrainingStep

_LOG: Final = "log"
_EXPECTED: Final = "the log of the run that its resume point belongs to"


@dataclass(frozen=True)
class ResumePoint:
    """A file of weights, optimizers and random states.

    Args:
        path: the file.
        belongs_to: by name the SHA-256 of what else the run consists of.
        step: whose model and optimizers are kept.
        average: of the weights; None: there is none.
        running: losses since the last evaluation.
        log: a file that grows while training goes on; what it held when the point was written must still be there.
    """

    path: Path
    belongs_to: Mapping[str, str]
    step: TrainingStep
    average: WeightAverage | None
    running: RunningLoss
    log: Path | None = None

    def save(self, state: Mapping[str, Any]) -> None:
        """Write the file, whole or not at all.

        Args:
            state: how far training is, as JSON takes it.

        Raises:
            StorageError: it cannot be written.
        """
        tensors = {f"model.{name}": value for name, value in self.step.model.state_dict().items()}
        tensors |= {} if self.average is None else self.average.tensors()
        tensors |= optimizer_tensors(self.step.optimizers)
        tensors["running_loss"] = self.running.sum_2T
        tensors["random"] = torch.get_rng_state()
        if self.step.device.type == "cuda":
            tensors["random_cuda"] = torch.cuda.get_rng_state(self.step.device)
        content = b"" if self.log is None or not self.log.exists() else self.log.read_bytes()
        metadata = {RUN: dict(self.belongs_to), "state": dict(state), _LOG: _known_by(content)}
        save_tensors(self.path, tensors, metadata)

    def load(self) -> dict[str, Any]:
        """Put everything back; returns the state that was saved.

        Raises:
            RunError: the file is damaged, was changed, or is of another run.
        """
        tensors, metadata = load_tensors(self.path)
        require_same_run(self.path, metadata, self.belongs_to)
        self._require_log(metadata[_LOG])
        model = {key.removeprefix("model."): value for key, value in tensors.items() if key.startswith("model.")}
        load_model_tensors(self.step.model, model, self.path)
        if self.average is not None:
            self.average.load(tensors, self.path)
        optimizers = {key: value for key, value in tensors.items() if key.startswith("optimizer.")}
        load_optimizer_tensors(self.step.optimizers, optimizers)
        self.running.sum_2T.copy_(tensors["running_loss"])
        torch.set_rng_state(tensors["random"])
        if self.step.device.type == "cuda":
            torch.cuda.set_rng_state(tensors["random_cuda"], self.step.device)
        state: dict[str, Any] = metadata["state"]
        return state

    def _require_log(self, known_by: Mapping[str, Any]) -> None:
        if self.log is None:
            return
        with reading(self.log, _EXPECTED):
            content = self.log.read_bytes() if known_by["bytes"] else b""
            if _known_by(content[: known_by["bytes"]]) != known_by:
                raise unreadable(self.log, _EXPECTED, "it does not hold what it held when training was stopped")


def _known_by(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
