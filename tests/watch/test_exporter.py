"""Gauges are read by Prometheus' own parser, and say what the records say."""

import socket
import subprocess
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from promtool import promtool
from taskfusion.base.errors import StorageError
from taskfusion.base.record import write_artifact
from taskfusion.watch.exporter import Exported, WatchCollector, read_exported, serve_metrics
from taskfusion.watch.registry import GAUGES
from watched import BUNDLE, NOW, alarm, alarms, labels, readings, window

RATIO = {"units": {"a": 5, "b": 6}, "planned": {"a": 0.5, "b": 0.5}, "p": 0.7, "is_mismatch": False}
HOLDBACK = {
    "kpi": "ctr",
    "arm": "new",
    "holdback": "old",
    "rows": 10,
    "value": 0.2,
    "baseline": 0.1,
    "change": None,
    "lower": None,
    "upper": None,
}


def _page(state: Exported) -> str:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(WatchCollector(lambda: state))
    return generate_latest(registry).decode()


def _samples(state: Exported) -> dict[tuple[str, ...], float]:
    return {
        (sample.name.removeprefix("taskfusion_watch_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(_page(state))
        for sample in family.samples
    }


def test_every_gauge_is_shown_with_what_the_records_say() -> None:
    last = window("click", 14, segment="country=jp", calibration=1.25, ne=None)
    record = readings(windows=[window(day=1, calibration=0.9), last], ratio=RATIO, holdback=[HOLDBACK])
    found = _samples(Exported(record, alarms(alarm(segment="x"))))
    # The parser gives labels in alphabetical order.
    assert found["calibration_ratio", BUNDLE, "", "click"] == 0.9
    assert found["calibration_ratio", BUNDLE, "country=jp", "click"] == 1.25
    assert ("ne_ratio", BUNDLE, "country=jp", "click") not in found
    assert found["traffic_fallback_requests", "", BUNDLE, "deadline", "primary"] == 3
    assert (found["sample_ratio_units", "a"], found["sample_ratio_units", "b"]) == (5, 6)
    assert found["written_timestamp_seconds",] == NOW.timestamp()
    (value,) = (value for key, value in found.items() if key[0] == "alarm_value")
    assert value == 12.5
    named = {one.name for one in GAUGES}
    absent = {"ne_ratio", "feature_unseen_ratio", "feature_unseen_reference_ratio", "feature_unseen_pvalue"}
    absent |= {"holdback_change_ratio", "holdback_change_lower_ratio", "holdback_change_upper_ratio"}
    assert named - {key[0] for key in found} <= absent | {"harm_since_timestamp_seconds"}


def test_a_window_that_grows_gives_evidence_and_no_calibration() -> None:
    grows = window(day=2, is_full=False, rows=3, calibration=7.0, cusum_up=8.0)
    found = _samples(Exported(readings(windows=[window(day=1), grows]), None))
    assert found["calibration_ratio", BUNDLE, "", "click"] == 1.0
    assert found["cusum_up", BUNDLE, "", "click"] == 8.0
    alone = _samples(Exported(readings(windows=[grows]), None))
    assert alone["calibration_ratio", BUNDLE, "", "click"] == 7.0


def test_before_anything_is_read_there_are_names_alone() -> None:
    assert _samples(Exported(None, None)) == {}
    assert "# HELP taskfusion_watch_ne_ratio" in _page(Exported(None, None))


def test_promtool_finds_nothing_to_complain_about() -> None:
    page = _page(Exported(readings(ratio=RATIO), alarms(alarm())))
    done = subprocess.run([promtool(), "check", "metrics"], input=page, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_it_is_served_and_a_port_in_use_is_an_error_for_people() -> None:
    moments = [NOW]
    server, thread = serve_metrics(lambda: Exported(None, alarms(written=moments[-1])), 0)
    try:
        for _ in range(2):
            moments.append(moments[-1] + timedelta(seconds=1))
            with urlopen(f"http://127.0.0.1:{server.server_port}/metrics", timeout=5) as answer:
                text = answer.read().decode()
            families = text_string_to_metric_families(text)
            (written,) = (one.samples[0].value for one in families if one.name.endswith("written_timestamp_seconds"))
            assert written == moments[-1].timestamp()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StorageError, match=f"127.0.0.1:{port}: .*; name another port"):
            serve_metrics(lambda: Exported(None, None), port)


def test_labels_that_never_came_have_no_moment() -> None:
    found = _samples(Exported(readings(labels=[labels(mature_until=None)]), None))
    assert ("labels_until_timestamp_seconds", "click") not in found
    assert found["labels_matured_ratio", "click"] == 0.9


def test_what_stands_in_a_directory_is_exported_and_what_does_not_is_not(tmp_path: Path) -> None:
    assert read_exported(tmp_path) == Exported(None, None)
    write_artifact(tmp_path / "alarms.json", alarms(alarm()))
    (tmp_path / "watch.json").write_text("{")
    assert read_exported(tmp_path) == Exported(None, alarms(alarm()))
    write_artifact(tmp_path / "watch.json", readings())
    assert read_exported(tmp_path).readings == readings()
