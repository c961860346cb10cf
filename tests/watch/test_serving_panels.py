"""Prometheus itself reads how far predictions are from those at export."""

import subprocess
from pathlib import Path

import numpy as np
import yaml

from promtool import promtool
from taskfusion.serve.http.metrics import Metrics
from taskfusion.watch.serving_panels import SCORE_DISTANCE, served

EDGES = [0.25, 0.5]
GIVEN, KNOWN = [30, 15, 15], [250, 500, 250]
"""Predictions by bucket: of each minute, and at export."""


def test_a_deadline_is_a_limit() -> None:
    assert any(panel.limits == (0.25,) for panel in served(0.25).panels)


def test_the_distance_is_that_of_both_distributions(tmp_path: Path) -> None:
    parts = [np.cumsum(counts) / np.sum(counts) for counts in (GIVEN, KNOWN)]
    series = []
    for line in _page().splitlines():
        name, _, value = line.rpartition(" ")
        if name.startswith("taskfusion_score_reference_"):
            series.append({"series": name, "values": f"{value}x60"})
        elif name.startswith(("taskfusion_score_bucket", "taskfusion_score_count")):
            series += [
                {"series": name.replace("}", f',instance="{instance}"}}'), "values": f"0+{value}x60"}
                for instance in ("first", "second")
            ]
    assert len(series) == 2 * 4 + 5
    found = {"labels": '{prediction="click",bundle="a"}', "value": float(np.abs(parts[0] - parts[1]).max())}
    asked = {"expr": SCORE_DISTANCE, "eval_time": "1h", "exp_samples": [found]}
    tests = {"tests": [{"interval": "1m", "input_series": series, "promql_expr_test": [asked]}]}
    (tmp_path / "tests.yml").write_text(yaml.safe_dump(tests))
    done = subprocess.run([promtool(), "test", "rules", tmp_path / "tests.yml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def _page() -> str:
    """What a server says that counted so many predictions."""
    metrics = Metrics()
    scores, reference = ({"click": {"edges": EDGES, "counts": one, "sum": 1.0}} for one in (GIVEN, KNOWN))
    metrics.add_counts(
        [{"bundle": "a", "rows": {}, "missing": {}, "unseen": {}, "scores": scores, "reference": reference}]
    )
    return metrics.page().decode()
