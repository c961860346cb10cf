"""Units per arm, and KPIs whose intervals hold the truth although units come again."""

import numpy as np
import pytest

from taskfusion.watch.count.arms import KpiArms, UnitSample
from taskfusion.watch.state.memory import ArmUnits, KpiArm

NAMES = ["control", "treatment"]


def _requests(units: int, seed: int, share: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    unit = random.integers(0, 2**64, units, dtype=np.uint64)
    arm = (random.random(units) < share).astype(np.uint8)
    again = random.integers(0, units, 3 * units)
    return arm[again], unit[again]


def test_units_are_counted_once_however_often_they_come() -> None:
    sample = UnitSample(None)
    arm, unit = _requests(3000, 0)
    for piece in np.array_split(np.arange(len(arm)), 9):
        sample.add(arm[piece], unit[piece], NAMES)
        sample = UnitSample(ArmUnits.model_validate_json(sample.kept().model_dump_json()))
    found = sample.reading({"control": 1.0, "treatment": 1.0})
    assert found is not None
    expected = {name: len(np.unique(unit[arm == code])) for code, name in enumerate(NAMES)}
    assert found.units == expected
    assert not found.is_mismatch


def test_a_ratio_that_is_not_the_planned_one_is_found_in_the_sample() -> None:
    sample = UnitSample(None)
    sample.add(*_requests(60_000, 1, 0.6), NAMES)
    found = sample.reading({"control": 1.0, "treatment": 1.0})
    assert found is not None
    assert sum(found.units.values()) <= 16_384
    assert found.is_mismatch
    fair = sample.reading({"control": 0.4, "treatment": 0.6})
    assert fair is not None
    assert not fair.is_mismatch
    assert sample.reading({}) is None
    assert UnitSample(None).reading({"a": 1.0}) is None


def test_intervals_hold_the_truth_although_units_come_again() -> None:
    random, outside = np.random.default_rng(2), 0
    for _ in range(60):
        arms = KpiArms([])
        for arm in NAMES:
            unit = random.integers(0, 2**16, 400)
            taste = random.beta(2, 8, 400)
            row = random.integers(0, 400, 6000)
            arms.add("like", arm, unit[row], (random.random(6000) < taste[row]).astype(float))
        (found,) = KpiArms([KpiArm.model_validate_json(one.model_dump_json()) for one in arms.kept()]).readings(
            "control"
        )
        assert found.lower is not None
        assert found.upper is not None
        outside += not found.lower < 0 < found.upper
    assert outside <= 4


def test_a_kpi_that_is_worse_is_shown_and_too_little_shows_nothing() -> None:
    random, arms = np.random.default_rng(3), KpiArms([])
    for arm, rate in (("control", 0.3), ("treatment", 0.24)):
        arms.add("like", arm, random.integers(0, 2**16, 100_000), (random.random(100_000) < rate).astype(float))
    (found,) = arms.readings("control")
    assert found.change == pytest.approx(-0.2, abs=0.03)
    assert found.upper is not None
    assert found.upper < 0
    few = KpiArms([])
    for arm in NAMES:
        few.add("like", arm, np.arange(5), np.ones(5))
    assert few.readings("control")[0].change is None
    assert few.readings(None) == []
