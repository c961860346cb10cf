"""A model as a watch knows it: its reference, the tasks that labels are read for, and its encoder."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from taskfusion.base.boundary import reading
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.base.files import atomic_directory, write_text
from taskfusion.base.lock import only_writer
from taskfusion.base.nearest import nearest_path
from taskfusion.base.record import parse, read_artifact, read_bytes, write_artifact
from taskfusion.config.derive import derive
from taskfusion.data.encode import FeatureEncoder
from taskfusion.schema.schema import Schema
from taskfusion.schema.task.table import Task
from taskfusion.serve.bundle_files import WEIGHTS
from taskfusion.serve.interface import FUSION
from taskfusion.watch.reference.fusion import FusionReader
from taskfusion.watch.reference.record import REFERENCE, TaskReference, WatchReference

_SCHEMA: Final = "schema.json"
_ENCODER: Final = "encoder"


@dataclass(frozen=True, eq=False)
class KnownModel:
    """A model with what it is held against.

    Attributes:
        reference: counts.
        schema: its features and tasks; labels of logs have neither weights nor truths.
        encoder: of its features.
        fusion: the graph of its fusion levels; None: they are not watched.
    """

    reference: WatchReference
    schema: Schema
    encoder: FeatureEncoder
    fusion: FusionReader | None = None

    def save(self, out: Path, graph: Path | None = None) -> None:
        """Write a directory.

        Args:
            out: the directory.
            graph: directory with the graph of the fusion levels; None: they are not watched.

        Raises:
            StorageError: something is there, or it cannot be written.
        """
        with atomic_directory(out) as temporary:
            write_artifact(temporary / REFERENCE, self.reference)
            write_text(temporary / _SCHEMA, self.schema.model_dump_json(indent=1) + "\n")
            self.encoder.save(temporary / _ENCODER)
            for name in (FUSION, WEIGHTS):
                if graph is not None and (graph / name).exists():
                    shutil.copyfile(graph / name, temporary / name)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read what save wrote.

        Raises:
            RunError: the directory is none, or damaged.
            ExperimentError: its fusion levels are watched, and a package of the extra "export" is missing.
        """
        if not (directory / REFERENCE).is_file():
            raise RunError(
                f"'{directory}' should be a directory made by taskfusion watch reference, but holds no "
                f"{REFERENCE}{nearest_path(directory)}"
            )
        reference = read_artifact(directory / REFERENCE, WatchReference)
        with reading(directory / _SCHEMA, "the schema of a reference"):
            schema = parse(directory / _SCHEMA, Schema, read_bytes(directory / _SCHEMA))
        encoder, fusion = FeatureEncoder.load(directory / _ENCODER), None
        if reference.fusion is not None:
            fusion = FusionReader.of(directory, encoder.layout, schema, reference.fusion)
        return cls(reference, schema, encoder, fusion)

    @property
    def digest(self) -> str:
        """SHA-256 of its reference."""
        return hashlib.sha256(self.reference.model_dump_json().encode()).hexdigest()

    def task(self, name: str) -> TaskReference:
        """The reference of a task."""
        return next(one for one in self.reference.tasks if one.task == name)


@contextmanager
def making_reference(out: Path) -> Iterator[None]:
    """While nobody else writes a directory, which must not be there.

    Raises:
        RunError: it is there, or another process writes it.
    """
    with only_writer(out):
        if out.exists():
            raise RunError(f"'{out}' exists already; name another directory with --out")
        yield


def without_weights(schema: Schema) -> Schema:
    """A schema whose labels read what an outcome log has: no weights, and no truths of a simulation."""
    return derive(schema, tasks=tuple(derive(task, weight=None, truth=None) for task in schema.tasks))


class KnownModels:
    """All models of a watch, which have the same tasks and segments.

    Args:
        directories: of their references, at least one.

    Attributes:
        first: one of them, whose tasks and segments all have.

    Raises:
        RunError: a directory is none, or damaged.
        ExperimentError: models have other tasks or segments, or two have one fingerprint.
    """

    def __init__(self, directories: tuple[str, ...]) -> None:
        self._by_bundle: dict[str | None, KnownModel] = {}
        loaded = [KnownModel.load(Path(directory)) for directory in directories]
        self.first = loaded[0]
        for directory, model in zip(directories, loaded, strict=True):
            bundle = model.reference.bundle
            if bundle in self._by_bundle:
                raise ExperimentError(
                    f"references should be of different models, but '{directory}' is of one before it"
                )
            self._require_alike(model, directory)
            self._by_bundle[bundle] = model

    def _require_alike(self, model: KnownModel, directory: str) -> None:
        first = self.first
        same = {
            "tasks": (model.schema.tasks, first.schema.tasks),
            "segments": (list(model.reference.columns), list(first.reference.columns)),
            "rows of a window": (model.reference.window, first.reference.window),
        }
        for what, (found, wanted) in same.items():
            if found != wanted:
                raise ExperimentError(
                    f"all references should have the same {what}, but those of '{directory}' differ from the first; "
                    f"watch them apart, each with a state of its own"
                )

    @property
    def models(self) -> dict[str | None, KnownModel]:
        """By fingerprint; None: of all others."""
        return dict(self._by_bundle)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Of all models."""
        return self.first.schema.tasks

    def of(self, bundle: str) -> KnownModel | None:
        """The model of a fingerprint; None: nobody knows it."""
        return self._by_bundle.get(bundle, self._by_bundle.get(None))

    def task(self, bundle: str, task: str) -> TaskReference | None:
        """What a task of a model is held against; None: there is nothing."""
        model = self.of(bundle)
        return None if model is None else model.task(task)
