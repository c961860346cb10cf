"""Faults that are put into served traffic on purpose, and whom the watch names for them.

Two models answer half of the traffic each; five tasks are read of both. Rows, predictions and labels are drawn, a fault
is put in at a random moment of the week, and after each window of 5,000 impressions per model the product's counters,
signals and judge say what is wrong. What counts is the first look that says anything.

Axes: B rows, T tasks.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from taskfusion.data.encode import FeatureEncoder
from taskfusion.run.record.watch import HarmReading
from taskfusion.schema.schema import Schema
from taskfusion.watch.count.cell import TaskCells
from taskfusion.watch.count.feature import FeatureCounter
from taskfusion.watch.count.streams import Streams
from taskfusion.watch.judge import judge
from taskfusion.watch.reference.build import ReferenceQuestion, build_reference
from taskfusion.watch.reference.model import KnownModel, KnownModels
from taskfusion.watch.signals import feature_signals, task_signals
from taskfusion.watch.statistics.drift import psi, psi_p_value, shares

Array = npt.NDArray[Any]
RATES: Final = {"view": 0.35, "click": 0.15, "like": 0.05, "share": 0.02, "buy": 0.01}
MODELS: Final = ("old", "new")
FEATURES: Final = ("country", "age", "taste")
WINDOW: Final = 5000
REFERENCE_ROWS: Final = 400_000
MOST_WINDOWS: Final = 60
KINDS: Final = (
    "calibration of one task",
    "labels delayed",
    "labels flipped",
    "labels lost",
    "a feature is null",
    "wrong model",
)
SCHEMA: Final = Schema.model_validate(
    {
        "features": [
            {"name": "country", "kind": "categorical"},
            {"name": "age", "kind": "numeric"},
            {"name": "taste", "kind": "numeric"},
        ],
        "tasks": [{"name": name, "kind": "binary"} for name in RATES],
    }
)
_WEIGHTS: Final = np.array([[0.5, 0.3, 0.6], [0.4, 0.5, 0.5], [0.6, 0.4, 0.7], [0.5, 0.6, 0.4], [0.7, 0.3, 0.5]])
_COUNTRIES: Final = ("jp", "us", "de", "fr")
_OFFSET: Final = 0.6
"""That takes the mean of a sigmoid of spread odds down to about the rate."""


@dataclass(frozen=True)
class Rows:
    """Rows with all that is known of them.

    Attributes:
        frame: features.
        truth_BT: probabilities.
    """

    frame: pl.DataFrame
    truth_BT: Array


def draw(random: np.random.Generator, count: int) -> Rows:
    """Some rows."""
    frame = pl.DataFrame(
        {
            "country": random.choice(_COUNTRIES, count, p=[0.4, 0.3, 0.2, 0.1]),
            "age": random.normal(size=count).round(3),
            "taste": random.normal(size=count).round(3),
        }
    )
    return Rows(frame, score(frame))


def score(frame: pl.DataFrame) -> Array:
    """Probabilities [B, T]; a value that is missing is taken as its mean."""
    code = frame["country"].replace_strict({one: place for place, one in enumerate(_COUNTRIES)}, default=1.0)
    inputs = [code.cast(pl.Float64) - 1.0, *(frame[one].cast(pl.Float64).fill_null(0.0) for one in ("age", "taste"))]
    rate_T = np.array(list(RATES.values()))
    odds = np.stack([one.to_numpy() for one in inputs], axis=1) @ _WEIGHTS.T + np.log(rate_T / (1 - rate_T)) - _OFFSET
    return np.asarray(1 / (1 + np.exp(-odds)))


def weekend(day: int) -> float:
    """By how much labels differ from predictions."""
    return 0.95 if day % 7 >= 5 else 1.0


def known_models(folder: Path, random: np.random.Generator) -> KnownModels:
    """References of both models, each of other rows of four weeks from a Monday on."""
    for model in MODELS:
        rows = draw(random, REFERENCE_ROWS)
        day = np.arange(REFERENCE_ROWS) * 28 // REFERENCE_ROWS
        factor_B = np.where(day % 7 >= 5, 0.95, 1.0)
        label_BT = random.random(rows.truth_BT.shape) < rows.truth_BT * factor_B[:, None]
        table = rows.frame.with_columns(
            pl.Series("time", (day + 4) * 86_400 + 10**9 // 86_400 // 7 * 7 * 86_400),
            *(pl.Series(name, label_BT[:, place].astype(np.int8)) for place, name in enumerate(RATES)),
        )
        encoder = FeatureEncoder.fit(table.lazy(), SCHEMA.features)
        question = ReferenceQuestion(
            SCHEMA,
            encoder,
            lambda block: pl.DataFrame(score(block), schema=list(RATES)),
            model,
            "time",
            None,
            [],
            WINDOW,
        )
        KnownModel(build_reference(question, table.lazy(), "rows"), SCHEMA, encoder).save(folder / model)
    return KnownModels(tuple(str(folder / model) for model in MODELS))


@dataclass(frozen=True)
class Fault:
    """What is wrong from some moment on.

    Attributes:
        kind: one of KINDS.
        task: place of the task that it is about.
        feature: that it is about.
        factor: of predictions, where they are off.
    """

    kind: str
    task: int
    feature: str
    factor: float

    def is_named(self, harm: Sequence[HarmReading]) -> bool:
        """Whether the first thing that is said is this fault."""
        first = harm[0]
        if self.kind == "a feature is null":
            return first.cause == "feature" and first.feature == self.feature
        if self.kind == "wrong model":
            return first.cause == "model" and first.bundle == "new"
        wanted = "predictions" if self.kind == "calibration of one task" else "labels"
        return first.task == list(RATES)[self.task] and first.cause == wanted


class Traffic:
    """Traffic of both models, window by window.

    Args:
        models: that are known.
        random: of the draws.
    """

    def __init__(self, models: KnownModels, random: np.random.Generator) -> None:
        self._models, self._random = models, random
        self.streams = Streams(models, {name: name for name in RATES}, {}, WINDOW, [], [])
        self.features = FeatureCounter(models, [], [])
        self._minute = (10**9 // 86_400 // 7 * 7 + 4 + int(random.integers(0, 7))) * 1440

    def window(self, fault: Fault | None) -> None:
        """One window of each model, 20 minutes of it."""
        for model in MODELS:
            rows = draw(self._random, WINDOW)
            frame = rows.frame
            if fault is not None and fault.kind == "a feature is null":
                frame = frame.with_columns(pl.lit(None, frame[fault.feature].dtype).alias(fault.feature))
            predicted_BT, label_BT = score(frame), self._labels(rows, fault)
            if fault is not None and model == "new":
                predicted_BT = _spoilt(predicted_BT, fault)
            minute = self._minute + np.arange(WINDOW) * 20 // WINDOW
            list(self.features.add(frame, minute, np.arange(WINDOW).astype(np.uint64)))
            for place, task in enumerate(SCHEMA.tasks):
                reference = self._models.task(model, task.name)
                if reference is None:
                    raise LookupError(task.name)
                cells = TaskCells(reference, {}, self._minute, 20)
                nobody = np.zeros((WINDOW, 0), dtype=np.uint8)
                cells.add(minute, nobody, label_BT[:, place], predicted_BT[:, place])
                list(self.streams.take(model, task, cells, 1.0))
        self._minute += 20

    def _labels(self, rows: Rows, fault: Fault | None) -> Array:
        day = self._minute // 1440 + 3
        truth_BT = rows.truth_BT * weekend(day)
        label_BT = (self._random.random(truth_BT.shape) < truth_BT).astype(float)
        if fault is None:
            return label_BT
        own_B, draw_B = label_BT[:, fault.task], self._random.random(len(label_BT))
        if fault.kind == "labels delayed":
            own_B[draw_B < 0.4] = 0.0
        if fault.kind == "labels flipped":
            own_B[:] = np.where(draw_B < 0.05, 1 - own_B, own_B)
        if fault.kind == "labels lost":
            own_B[draw_B < 0.2] = np.nan
        return label_BT

    def judged(self) -> list[HarmReading]:
        """What is said now."""
        found = [*task_signals(self.streams), *feature_signals(self.features.readings())]
        return judge(found, models=len(MODELS), tasks=len(RATES))[1]


def _spoilt(predicted_BT: Array, fault: Fault) -> Array:
    found = predicted_BT.copy()
    if fault.kind == "calibration of one task":
        found[:, fault.task] = np.minimum(found[:, fault.task] * fault.factor, 0.999)
    if fault.kind == "wrong model":
        found = np.roll(found, 1, axis=1)
    return found


def faults(count: int) -> list[Mapping[str, object]]:
    """How many faults of each kind are named, and after how many windows."""
    random, rows = np.random.default_rng(1), list[Mapping[str, object]]()
    named_in_all = 0
    with tempfile.TemporaryDirectory() as folder:
        models = known_models(Path(folder), random)
        for place, kind in enumerate(KINDS):
            of_kind = count // len(KINDS) + (place < count % len(KINDS))
            found = [_one(models, random, kind, number) for number in range(of_kind)]
            seen = [windows for windows, _ in found if windows is not None]
            named = sum(is_named for _, is_named in found)
            named_in_all += named
            rows.append(
                {
                    "fault": kind,
                    "injected": of_kind,
                    "found": len(seen),
                    "guilty one named": named,
                    "windows, median": f"{np.median(seen):.0f}",
                    "windows, most": f"{max(seen)}",
                }
            )
    rows.append(
        {
            "fault": "all",
            "injected": count,
            "found": "",
            "guilty one named": f"{named_in_all} ({named_in_all / count:.1%})",
            "windows, median": "",
            "windows, most": "",
        }
    )
    return rows


def _one(models: KnownModels, random: np.random.Generator, kind: str, number: int) -> tuple[int | None, bool]:
    """Windows until anything is said, and whether it is the fault."""
    traffic = Traffic(models, random)
    fault = Fault(
        kind, number % len(RATES), FEATURES[number % len(FEATURES)], float(random.choice([0.6, 0.75, 1.35, 1.6]))
    )
    for _ in range(2):
        traffic.window(None)
    for window in range(1, MOST_WINDOWS + 1):
        traffic.window(fault)
        harm = traffic.judged()
        if harm:
            return window, fault.is_named(harm)
    return None, False


def drift_alarms(random: np.random.Generator, together: int, windows: int) -> int:
    """False alarms of score drift where nothing moved: rows of a request are all in one bin, the worst that can be.

    Args:
        random: of the draws.
        together: rows of a request.
        windows: to draw.
    """
    from taskfusion.watch.signals import DRIFT_P, LEAST_PSI

    alarms, share_K = 0, np.full(20, 0.05)
    for count_K, reference_K in zip(
        random.multinomial(WINDOW // together, share_K, windows) * together,
        random.multinomial(REFERENCE_ROWS, share_K, windows),
        strict=True,
    ):
        index = psi(shares(count_K), shares(reference_K))
        p_value = psi_p_value(index, 20, WINDOW, REFERENCE_ROWS, together)
        alarms += index >= LEAST_PSI and p_value <= DRIFT_P
    return alarms
