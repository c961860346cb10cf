"""The pace of training is told from few steps, and changes nothing of the training that follows."""

import itertools

import pytest

from support import experiment
from taskfusion.data.prepared import SplitTables
from taskfusion.pipeline.domain import encode_experiment
from taskfusion.pipeline.pace import STEPS, WARM_STEPS, seconds_per_row
from taskfusion.pipeline.progress import Silent


def test_steps_after_the_first_are_timed(parts: SplitTables) -> None:
    content = experiment(training={"batch_size": 32})
    clock = itertools.count(step=STEPS)
    pace = seconds_per_row(content, encode_experiment(content, parts, Silent()), lambda: float(next(clock)))
    assert pace == pytest.approx(1 / 32), "one second per step of 32 rows"


def test_a_table_of_one_batch_tells_nothing(parts: SplitTables) -> None:
    content = experiment(training={"batch_size": -(-600 // WARM_STEPS)})
    assert seconds_per_row(content, encode_experiment(content, parts, Silent())) is None
