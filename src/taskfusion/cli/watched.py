"""What the commands of a watch do: load a model of either kind, and look at logs until told to stop."""

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event

import polars as pl

from taskfusion.base.extra import require_extra
from taskfusion.config.kpi import Kpi
from taskfusion.config.watch import WatchSettings
from taskfusion.data.encode import FeatureEncoder
from taskfusion.run.record.watch import WatchRecord
from taskfusion.schema.schema import Schema
from taskfusion.serve.bundle_files import SCORER


@dataclass(frozen=True, eq=False)
class WatchedModel:
    """A model whose reference is made.

    Attributes:
        schema: of its table.
        encoder: of its features.
        predict: its predictions.
        bundle: its fingerprint; None: of a run, which has none.
    """

    schema: Schema
    encoder: FeatureEncoder
    predict: Callable[[pl.DataFrame], pl.DataFrame]
    bundle: str | None


def watched_model(source: Path) -> WatchedModel:
    """An exported model, or a finished run.

    Raises:
        RunError: the directory is neither, or damaged.
        ExperimentError: a package of the extra "export" is missing.
    """
    if (source / SCORER).exists():
        require_extra("export")
        from taskfusion.serve.scorer import Scorer

        scorer = Scorer.load(source)
        return WatchedModel(scorer.schema, scorer.encoder, scorer.score, scorer.engine.record.fingerprint)
    from taskfusion.pipeline.predict import TrainedModel

    trained = TrainedModel.load(source, device="cpu")
    return WatchedModel(trained.experiment.table_schema, trained.encoder, trained.score, None)


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
