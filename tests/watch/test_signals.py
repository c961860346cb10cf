"""What is out of bounds is said with the side that moved."""

from pathlib import Path

import numpy as np
import pytest

from taskfusion.config.kpi import Kpi
from taskfusion.run.record.watch import EdgeReading, ExpertReading, RatioReading
from taskfusion.watch.count.cell import TaskCells
from taskfusion.watch.count.feature import ANY_MODEL
from taskfusion.watch.count.streams import Streams
from taskfusion.watch.reference.model import KnownModels
from taskfusion.watch.signals import Signal, arm_signals, feature_signals, fusion_signals, task_signals, traffic_signals
from watch.worlds import SCHEMA, reference, rows
from watched import kpi
from watches import NOW, RECORD


def _found(folder: Path, *, predicted: float = 1.0, labels: float = 1.0, known: float = 1.0) -> dict[str, Signal]:
    model = reference(folder / "r", count=30_000)
    streams = Streams(KnownModels((str(folder / "r"),)), {"click": "clicks"}, {}, 5000, [], [])
    cells = TaskCells(model.task("click"), {}, 0, 60)
    truth, random = rows(30_000, 7)["true.click"].to_numpy(), np.random.default_rng(1)
    label = np.where(random.random(30_000) < known, random.random(30_000) < truth * labels, np.nan)
    cells.add(np.arange(30_000) // 500, np.zeros((30_000, 0), dtype=np.uint8), label, np.minimum(truth * predicted, 1))
    list(streams.take("abc", SCHEMA.tasks[0], cells, 1.0))
    return {one.name: one for one in task_signals(streams)}


def test_nothing_is_out_of_bounds_where_all_is_well(tmp_path: Path) -> None:
    assert _found(tmp_path) == {}


def test_the_side_that_moved_is_known(tmp_path: Path) -> None:
    one = _found(tmp_path / "a", predicted=1.3)
    assert one["calibration"].predictions > 0.2 > abs(one["calibration"].labels)
    assert one["score_drift"].value > 0.05
    other = _found(tmp_path / "b", labels=1.3)
    assert other["calibration"].labels > 0.2 > abs(other["calibration"].predictions)
    assert "score_drift" not in other
    assert other["calibration"].value > other["calibration"].limit


def test_labels_that_are_lost_are_named(tmp_path: Path) -> None:
    found = _found(tmp_path, known=0.8)
    assert found.keys() == {"label_missing"}
    assert 0.15 < found["label_missing"].value < 0.25


def test_features_are_judged_together() -> None:
    (calm,) = RECORD.features
    assert feature_signals([calm]) == []
    null = type(calm).model_validate(calm.model_dump() | {"missing": 0.5, "missing_p": 1e-30})
    (found,) = feature_signals([null])
    assert (found.name, found.feature, found.value, found.limit) == ("feature_null", "author", 0.5, 0.03)
    more = type(calm).model_validate(calm.model_dump() | {"psi": 0.3, "psi_p": 1e-9, "unseen": 0.4, "unseen_p": 1e-9})
    assert {one.name for one in feature_signals([more])} == {"feature_drift", "unseen"}
    small = type(calm).model_validate(calm.model_dump() | {"psi": 0.02, "psi_p": 1e-30})
    assert feature_signals([small]) == [], "sure, and too small to act on"
    growing = type(calm).model_validate(null.model_dump() | {"is_full": False})
    assert feature_signals([growing]) == []


def test_fallbacks_are_those_of_the_last_hours() -> None:
    (hour,) = RECORD.traffic
    assert traffic_signals([], 0.01) == []
    assert traffic_signals([hour], 0.01) == []
    many = type(hour).model_validate(hour.model_dump() | {"fallback": {"deadline": 60}})
    (found,) = traffic_signals([many], 0.01)
    assert (found.name, found.value, found.limit) == ("fallback", 0.1, 0.01)


def test_arms_are_held_against_plan_and_holdback() -> None:
    (better,) = RECORD.holdback
    kpi = Kpi(
        name="like",
        meaning="likes",
        unit="likes",
        task="like",
        delay_days=0,
        direction="up",
        role="success",
        least_effect=0.01,
        owner="us",
    )
    minute = int(NOW.timestamp()) // 60
    assert arm_signals(RECORD.ratio, [better], {"like": kpi}, minute) == []
    worse = type(better).model_validate(better.model_dump() | {"change": -0.1, "upper": -0.01})
    ratio = RatioReading(units={"a": 1, "b": 9}, planned={"a": 0.5, "b": 0.5}, p=1e-5, is_mismatch=True)
    found = arm_signals(ratio, [worse], {"like": kpi}, minute)
    assert [(one.name, one.kpi) for one in found] == [("sample_ratio", None), ("kpi_holdback", "like")]
    down = Kpi.model_validate(kpi.model_dump() | {"direction": "down"})
    assert arm_signals(None, [worse], {"like": down}, minute) == []


def _edge(task: str, source: str, share: float, p: float = 1e-20, **changed: object) -> EdgeReading:
    plain: dict[str, object] = {
        "level": 1, "task": task, "source": source, "bundle": "new", "start": NOW, "end": NOW, "is_full": True,
        "rows": 5000, "share": share, "reference": 0.5, "p": p,
    }  # fmt: skip
    return EdgeReading.model_validate(plain | changed)


def test_of_the_gates_of_a_task_the_edge_that_moved_most_speaks() -> None:
    kpis = {"like": kpi("likes", task="like")}
    edges = [
        _edge("like", "click", 0.7),
        _edge("like", "like", 0.2),
        _edge("click", "like", 0.55),
        _edge("share", "like", 0.9, p=0.3),
        _edge("share", "click", 0.9, is_full=False),
    ]
    (found,) = fusion_signals(edges, [], kpis)
    assert (found.name, found.task, found.kpi, found.bundle) == ("gate_drift", "like", "likes", "new")
    assert found.value == pytest.approx(0.3)


def test_experts_are_dead_where_they_did_something_and_do_not_any_more() -> None:
    def expert(part: float | None, **changed: object) -> ExpertReading:
        plain: dict[str, object] = {
            "level": 1, "expert": "like 1", "source": "like", "bundle": ANY_MODEL, "start": NOW, "end": NOW,
            "is_full": True, "rows": 5000, "part": part,
        }  # fmt: skip
        return ExpertReading.model_validate(plain | changed)

    assert fusion_signals([], [expert(1.0), expert(None), expert(0.0, is_full=False)], {}) == []
    (found,) = fusion_signals([], [expert(0.002)], {})
    assert (found.name, found.task, found.kpi, found.bundle, found.value) == ("dead_expert", "like", None, None, 0.002)
