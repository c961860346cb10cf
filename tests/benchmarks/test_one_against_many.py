"""The five are what one task would be given, and ratios are those of the numbers beside them."""

import numpy as np
import pytest

from benchmarks.load import Load
from benchmarks.one_against_many import CASES, ROOT, TASKS, Side, alone, report
from taskfusion.config.experiment import read_experiment


def _side(seconds: float, mb: float) -> Side:
    load = Load(np.full(10, seconds), np.full(10, 200))
    return Side([seconds], [seconds], [seconds], [load], own=mb, rss=2 * mb, catalogued=mb)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_network_of_one_task_has_one_stack_of_the_same_widths(case: object) -> None:
    experiment = read_experiment(ROOT / "configs" / f"{case.config}.yaml", case.settings)  # type: ignore[attr-defined]
    assert len(experiment.tasks) >= TASKS
    for place in range(TASKS):
        one = alone(experiment, place)
        assert [task.name for task in one.tasks] == [experiment.tasks[place].name]
        assert (one.network.variant, one.embedding.tables) == ("shared-bottom", "shared")
        assert one.network.level_dims == experiment.network.level_dims
        assert one.features == experiment.features


def test_ratios_stand_below_their_numbers() -> None:
    lines = report(CASES[0], [_side(0.01, 50), _side(0.04, 200)], 30, 10, 1).splitlines()
    assert lines[-1] == "| one / five | 25 % | 25 % | 25 % | 25 % | 25 % |  | 25 % | 25 % | 25 % |"
    assert "| 10.0 (10.0 to 10.0) |" in lines[-3]
    assert "30 requests per second" in lines[0]
