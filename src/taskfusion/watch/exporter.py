"""What a watch has found, as gauges for Prometheus; values are read when they are asked for."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from taskfusion.base.errors import RunError, StorageError
from taskfusion.base.record import Artifact, read_artifact
from taskfusion.run.record.alarms import Alarm, AlarmRecord
from taskfusion.run.record.watch import WatchRecord
from taskfusion.watch.registry import EDGE, EXPERT, FEATURE, GAUGES, TRAFFIC, WINDOW, Gauge, Source
from taskfusion.watch.run import ALARMS, WATCH

A = TypeVar("A", bound=Artifact)


@dataclass(frozen=True)
class Exported:
    """What is exported.

    Attributes:
        readings: of windows, features and traffic; None: nothing was read yet.
        alarms: that hold now; None: nothing was judged yet.
    """

    readings: WatchRecord | None
    alarms: AlarmRecord | None


def read_exported(state: Path) -> Exported:
    """What stands in the directory of a watch; what is not there yet, or cannot be read, is not exported.

    Args:
        state: directory of a watch.
    """
    return Exported(_read(state / WATCH, WatchRecord), _read(state / ALARMS, AlarmRecord))


def _read(path: Path, kind: type[A]) -> A | None:
    try:
        return read_artifact(path, kind)
    except (RunError, OSError):
        return None


class WatchCollector(Collector):
    """The gauges of a watch.

    Args:
        state: gives what is true at the moment; called at each scrape, from another thread.
    """

    def __init__(self, state: Callable[[], Exported]) -> None:
        self._state = state

    def describe(self) -> Iterable[Metric]:
        """The names, without asking for values."""
        return [GaugeMetricFamily(one.metric, one.about, labels=one.labels) for one in GAUGES]

    def collect(self) -> Iterator[Metric]:
        """The families of metrics."""
        state = self._state()
        rows = _rows(state)
        for gauge in GAUGES:
            family = GaugeMetricFamily(gauge.metric, gauge.about, labels=gauge.labels)
            for row in rows[gauge.source]:
                for labels, value in _samples(gauge, row):
                    family.add_metric(labels, value)
            yield family


def serve_metrics(state: Callable[[], Exported], port: int, host: str = "127.0.0.1") -> tuple[WSGIServer, Thread]:
    """Serve the gauges at /metrics until the server is shut down.

    Args:
        state: gives what is true at the moment.
        port: to listen at; 0: any that is free.
        host: address to listen at.

    Returns:
        The server, whose `server_port` is where it listens, and its thread, which ends with the process.

    Raises:
        StorageError: nobody can listen there.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(WatchCollector(state))
    try:
        return start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        raise StorageError(
            f"metrics cannot be served at {host}:{port}: {error.strerror or error}; name another port"
        ) from error


def _rows(state: Exported) -> Mapping[Source, Sequence[Any]]:
    """What each source has to say."""
    readings, alarms = state.readings, state.alarms
    found: dict[Source, Sequence[Any]] = defaultdict(list)
    if alarms is not None:
        found |= {"alarms": alarms.alarms, "moment": [alarms]}
    if readings is not None:
        found |= {
            "windows": _last(readings.windows, WINDOW, full=True),
            "newest": _last(readings.windows, WINDOW),
            "features": _last(readings.features, FEATURE, full=True),
            "edges": _last(readings.edges, EDGE, full=True),
            "experts": _last(readings.experts, EXPERT, full=True),
            "traffic": _last(readings.traffic, TRAFFIC),
            "labels": readings.labels,
            "ratio": [] if readings.ratio is None else [readings.ratio],
            "holdback": readings.holdback,
            "harm": readings.harm,
        }
    return found


def _last(readings: Iterable[Any], keys: tuple[str, ...], *, full: bool = False) -> list[Any]:
    """The last of each series; where there are full windows and they are asked for, the last of these."""
    found: dict[tuple[object, ...], Any] = {}
    for one in readings:
        key = tuple(getattr(one, name) for name in keys)
        if key not in found or _rank(one, full) >= _rank(found[key], full):
            found[key] = one
    return list(found.values())


def _rank(one: Any, full: bool) -> tuple[bool, datetime]:  # noqa: ANN401  a reading
    return full and one.is_full, one.end


def _samples(gauge: Gauge, row: Any) -> Iterator[tuple[list[str], float]]:  # noqa: ANN401  a record of the source
    """Label values and value of a reading; none where it is not known."""
    value = getattr(row, gauge.field)
    if isinstance(value, Mapping):
        labels = [_label(row, name) for name in gauge.labels[:-1]]
        yield from (([*labels, str(name)], float(one)) for name, one in value.items())
        return
    number = value.timestamp() if isinstance(value, datetime) else value
    if number is not None and math.isfinite(number):
        yield [_label(row, name) for name in gauge.labels], float(number)


def _label(row: Any, name: str) -> str:  # noqa: ANN401
    value = getattr(row, "name" if name == "alarm" and isinstance(row, Alarm) else name)
    return "" if value is None else str(value)
