"""The run directory: what it holds, and how it is opened."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from taskfusion.base.boundary import reading, unreadable
from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.base.files import atomic_directory, names_in, write_text
from taskfusion.base.manifest import listed, read_manifest, require_sealed, seal
from taskfusion.base.nearest import nearest_path
from taskfusion.base.record import EXPECTED, read_artifact, read_bytes, write_artifact
from taskfusion.config.experiment import Experiment, dump_experiment, parse_experiment
from taskfusion.config.yaml_text import load_yaml
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.prepared import EncodedData
from taskfusion.evaluate.log import EvaluationRecord
from taskfusion.run.cache import FOLDER, is_own_cache, move_own_cache
from taskfusion.run.change import setting_change
from taskfusion.run.files import RunFiles
from taskfusion.run.record.fusion import FusionMaps
from taskfusion.run.record.importance import Importances
from taskfusion.run.record.log import read_log
from taskfusion.run.record.metrics import RunMetrics
from taskfusion.run.record.schema import RunSchema


@dataclass(frozen=True)
class RunDirectory(RunFiles):
    """A run: what state it is in, how it is begun, finished and read."""

    @property
    def is_absent(self) -> bool:
        """Whether nothing is there, or nothing but teachers of a run that failed."""
        if self.path.is_symlink() or not self.path.is_dir():
            return not self.path.exists()
        return names_in(self.path) == {FOLDER} and is_own_cache(self.path / FOLDER)

    @property
    def is_finished(self) -> bool:
        """Whether training and evaluation are over."""
        return self.manifest.exists()

    def finish(self) -> None:
        """Write the manifest of all files but the resume point, which the run needs no more."""
        in_folders = (*(self.path / "encoder").iterdir(), *self.ensemble.in_folder())
        seal(self.path, [*filter(Path.exists, self.lasting), *in_folders])
        self.checkpoint.unlink(missing_ok=True)

    @property
    def begun_with(self) -> dict[str, str]:
        """SHA-256, by name, of the files that create wrote; weights name those that they were trained with."""
        files = (self.config, self.schema, *(self.path / "encoder").iterdir())
        return {path.relative_to(self.path).as_posix(): listed(path).sha256 for path in sorted(files)}

    @property
    def has_predictions(self) -> bool:
        """Whether the finished run has the predictions that a comparison is made on."""
        return self.predictions.exists() and self.predictions.name in read_manifest(self.path).files

    def create(self, experiment: Experiment, data: EncodedData) -> None:
        """Make the directory with the experiment, the schema and the encoder in it, whole or not at all; teachers of a
        run that failed there stay.

        Raises:
            RunError: something is there already.
        """
        self.require_absent()
        with atomic_directory(self.path) as temporary:
            RunDirectory(temporary).write_begun(experiment, data)
            if self.path.exists():
                move_own_cache(self.path, temporary)

    def write_begun(self, experiment: Experiment, data: EncodedData) -> None:
        """Write the experiment, the schema and the encoder, over those of a run that has no resume point yet."""
        write_text(self.config, dump_experiment(experiment))
        schema = RunSchema(table=experiment.table_schema, labels=tuple(data.statistics), fingerprint=data.fingerprint)
        write_artifact(self.schema, schema)
        data.encoder.save(self.path / "encoder")

    def copy_learned(self, other: "RunDirectory") -> None:
        """Copy from another run what it means and how it reads rows, its trees and its log, where it has such."""
        for path in (other.schema, other.log, other.ensemble.record):
            if path.exists():
                shutil.copyfile(path, self.path / path.name)
        shutil.copytree(other.path / "encoder", self.path / "encoder")
        for path in other.ensemble.in_folder():
            self.ensemble.folder.mkdir(exist_ok=True)
            shutil.copyfile(path, self.ensemble.folder / path.name)

    def require_absent(self) -> None:
        """Raises RunError where something is at the path."""
        if not self.is_absent:
            can_resume = self.config.exists() and not self.is_finished
            way = "add --resume to continue it, or name" if can_resume else "name"
            raise RunError(f"'{self.path}' exists already{self._others}; {way} another directory with --out")

    @property
    def _others(self) -> str:
        """What no run has written there, as the end of a clause."""
        mine = {"encoder", FOLDER} if is_own_cache(self.path / FOLDER) else {"encoder"}
        others = sorted(names_in(self.path) - mine - self.names)
        return f" and holds what no run has written, such as '{others[0]}'" if others else ""

    def require_same(self, experiment: Experiment) -> None:
        """Raises RunError where the directory is of another experiment; the message names a setting that differs."""
        change = self.setting_change(experiment)
        if change:
            raise RunError(
                f"the run in '{self.path}' was begun with {change}; resume it with the same settings, or train into "
                f"another directory"
            )

    def setting_change(self, experiment: Experiment) -> str | None:
        """A setting that differs from the directory's; None where none does, or harmless ones do."""
        return setting_change(self.experiment(), experiment)

    def require_same_data(self, data: EncodedData) -> None:
        """Raises RunError where the run was begun on other data; the message says which split differs."""
        change = self.data_change(data)
        if change:
            raise RunError(
                f"the run in '{self.path}' was begun on other data: {change}; "
                f"bring back the data, or train into another directory"
            )

    def data_change(self, data: EncodedData) -> str | None:
        """What differs between these data and the directory's; None where nothing does."""
        begun_on = self.read_schema()
        return data.fingerprint.change_from(begun_on.fingerprint) or next(
            (
                f"the labels of task '{now.task}' in the training table have changed: {now.known:,} are known with "
                f"mean {now.mean:.6g}, the run was begun with {before.known:,} and mean {before.mean:.6g}"
                for before, now in zip(begun_on.labels, data.statistics, strict=True)
                if not now.is_like(before)
            ),
            None,
        )

    def experiment(self) -> Experiment:
        """The experiment of the run.

        Raises:
            RunError: this is no run directory, or config.yaml is damaged or of another version.
        """
        self._require_config()
        with reading(self.config, EXPECTED):
            try:
                content = load_yaml(read_bytes(self.config).decode(), "it")
                if not isinstance(content, dict):
                    raise unreadable(self.config, EXPECTED, "it holds no keys")
                return parse_experiment(content, origin="the file")
            except ExperimentError as error:
                raise unreadable(self.config, EXPECTED, str(error)) from error

    def encoder(self) -> FeatureEncoder:
        """The encoder of the run."""
        return FeatureEncoder.load(self.path / "encoder")

    def require_finished(self) -> None:
        """Raises RunError where the run is not finished, or a file is missing or not the one that was written."""
        self._require_config()
        if not self.is_finished:
            self.read_schema()  # a run of another version may be finished
            raise RunError(f"the run in '{self.path}' is not finished; continue it with train --resume")
        require_sealed(self.path, optional=self.optional, replaceable=[self.predictions])

    def _require_config(self) -> None:
        if not self.config.exists():
            found = "holds no config.yaml" if self.path.exists() else f"is not there{nearest_path(self.path)}"
            raise RunError(f"'{self.path}' should be a run directory made by train, but {found}")

    def read_schema(self) -> RunSchema:
        """The content of schema.json.

        Raises:
            RunError: it is missing or damaged, or of another version.
        """
        return read_artifact(self.schema, RunSchema)

    def read_metrics(self) -> RunMetrics:
        """The content of metrics.json.

        Raises:
            RunError: it is missing or damaged, or of another version.
        """
        return read_artifact(self.metrics, RunMetrics)

    def read_fusion(self) -> FusionMaps:
        """The content of fusion.json.

        Raises:
            RunError: it is missing or damaged, or of another version.
        """
        return read_artifact(self.fusion, FusionMaps)

    def read_importance(self) -> Importances:
        """The content of importance.json.

        Raises:
            RunError: it is missing, as in the runs of a comparison, or damaged, or of another version.
        """
        return read_artifact(self.importance, Importances)

    def read_log(self) -> list[EvaluationRecord]:
        """The evaluations of log.jsonl.

        Raises:
            RunError: it is missing or damaged.
        """
        return read_log(self.log)
