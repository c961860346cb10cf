"""What the commands of a watch do: load a model of either kind, and look at logs until told to stop."""

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from taskfusion.base.errors import RunError
from taskfusion.base.extra import require_extra
from taskfusion.config.kpi import Kpi
from taskfusion.config.watch import WatchSettings
from taskfusion.data.encode import FeatureEncoder
from taskfusion.data.table import collect, scan
from taskfusion.run.record.watch import WatchRecord
from taskfusion.schema.schema import Schema
from taskfusion.serve.bundle_files import SCORER
from taskfusion.variants.fusion_map import FusionMap

if TYPE_CHECKING:
    from taskfusion.pipeline.predict import TrainedModel
    from taskfusion.serve.scorer import Scorer
    from taskfusion.watch.reference.record import WatchReference

WriteFusion = Callable[[Path], list[FusionMap]]
_COMPARED_ROWS: Final = 512
_TOLERANCE: Final = 1e-4
"""As export allows ONNX Runtime for rounding."""


@dataclass(frozen=True, eq=False)
class WatchedModel:
    """A model whose reference is made.

    Attributes:
        schema: of its table.
        encoder: of its features.
        predict: its predictions.
        bundle: its fingerprint; None: of a run, which has none.
        fusion: writes the graph of its fusion levels into a directory, and says what they are; None: they are not
            known.
    """

    schema: Schema
    encoder: FeatureEncoder
    predict: Callable[[pl.DataFrame], pl.DataFrame]
    bundle: str | None
    fusion: WriteFusion | None


def watched_model(source: Path, run: Path | None, data: Path) -> WatchedModel:
    """An exported model, or a finished run.

    Args:
        source: of the model.
        run: that it was exported from, whose fusion levels are watched; None: those of a source that is a run.
        data: a table, for whose first rows both must predict the same.

    Raises:
        RunError: a directory is neither, or damaged, or the run is another one.
        DataError: a column is missing.
        ExperimentError: a package of the extra "export" is missing.
    """
    if (source / SCORER).exists():
        require_extra("export")
        from taskfusion.serve.scorer import Scorer

        scorer = Scorer.load(source)
        fusion = None if run is None else _fusion_of(scorer, run, data)
        return WatchedModel(scorer.schema, scorer.encoder, scorer.score, scorer.engine.record.fingerprint, fusion)
    if run is not None:
        raise RunError(f"--run should be given with the export of a run, but '{source}' is a run itself; leave it out")
    trained, fusion = _trained(source)
    return WatchedModel(trained.experiment.table_schema, trained.encoder, trained.score, None, fusion)


def _fusion_of(scorer: "Scorer", run: Path, data: Path) -> WriteFusion:
    """What writes the graph of the fusion levels of an exported model's run.

    Raises:
        RunError: they predict differently.
    """
    trained, fusion = _trained(run)
    same = trained.experiment.table_schema.features == scorer.schema.features
    if same:
        rows = collect(scan(data, scorer.encoder.text_columns).head(_COMPARED_ROWS), data.name)
        exported, own = scorer.score(rows), trained.score(rows)
        same = exported.columns == own.columns and bool(
            np.allclose(exported.to_numpy(), own.to_numpy(), rtol=_TOLERANCE, atol=_TOLERANCE)
        )
    if not same:
        raise RunError(
            f"'{run}' should be the run that '{scorer.engine.path}' was exported from, but predicts otherwise; name "
            f"that one, or leave --run out"
        )
    return fusion


def _trained(run: Path) -> tuple["TrainedModel", WriteFusion]:
    """A finished run, and what writes the graph of its fusion levels."""
    require_extra("export")
    from taskfusion.pipeline.fusion_graph import write_fusion
    from taskfusion.pipeline.predict import TrainedModel

    trained = TrainedModel.load(run, device="cpu")
    return trained, partial(write_fusion, trained)


def write_reference(
    model: WatchedModel,
    data: Path,
    out: Path,
    *,
    time: str | None,
    request: str | None,
    segments: Sequence[str],
    window: int,
) -> "WatchReference":
    """Make the directory of a reference.

    Args:
        model: whose it is.
        data: labelled rows.
        out: the directory.
        time: column that says when a row was; None: all days are alike.
        request: column whose rows belong together; None: the model's group, where it has one.
        segments: columns whose values part rows.
        window: rows of a window.

    Raises:
        DataError: a column is missing or unusable, or no row has a label of a task.
        StorageError: the directory cannot be written.
    """
    from taskfusion.watch.reference.build import ReferenceQuestion, build_reference
    from taskfusion.watch.reference.fusion import FusionSource
    from taskfusion.watch.reference.model import KnownModel, without_weights

    with TemporaryDirectory() as folder:
        graph = Path(folder)
        levels = [] if model.fusion is None else model.fusion(graph)
        schema = without_weights(model.schema)
        question = ReferenceQuestion(
            schema=schema,
            encoder=model.encoder,
            predict=model.predict,
            bundle=model.bundle,
            time=time,
            request=request or schema.group,
            segments=segments,
            window=window,
            fusion=FusionSource(levels, graph) if levels else None,
        )
        found = build_reference(question, scan(data, model.encoder.text_columns), data.name)
        KnownModel(found, schema, model.encoder).save(out, graph)
    return found


def watching(settings: WatchSettings, kpis: Mapping[str, Kpi], *, once: bool) -> WatchRecord:
    """Look at the logs once, or until SIGTERM or Ctrl-C; what was counted is kept either way.

    Raises:
        TaskfusionError: a reference, a log or the state is not usable.
    """
    from taskfusion.watch.run import Watch

    stop = Event()
    if not once:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    with Watch.opened(settings, kpis) as opened, _metrics(settings, once=once):
        found = opened.step(stop.is_set)
        while not once and not stop.wait(settings.check_seconds):
            found = opened.step(stop.is_set)
    return found


@contextmanager
def _metrics(settings: WatchSettings, *, once: bool) -> Iterator[None]:
    """Metrics for Prometheus at the port of the settings, while a watch runs."""
    if once or settings.metrics_port is None:
        yield
        return
    require_extra("serve")
    from taskfusion.watch.exporter import read_exported, serve_metrics

    server, thread = serve_metrics(
        partial(read_exported, Path(settings.state)), settings.metrics_port, settings.metrics_host
    )
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
