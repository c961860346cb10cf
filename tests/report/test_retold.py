import numpy as np
import pytest

from taskfusion.evaluate.record import empty_record, one_label
from taskfusion.evaluate.rows import KnownRows
from taskfusion.evaluate.scores import BinnedScores, ExactScores
from taskfusion.report.language import speaking
from taskfusion.report.retold import FAULTS, REASONS, retold
from taskfusion.schema.task.binary import BinaryTask


def reasons() -> list[str]:
    """What records say of metrics that are not there."""
    task = BinaryTask(name="click", kind="binary")
    found = [one_label(1234, 0), one_label(5, "low")]
    found += [text for unknown in (0, 1200) for text in empty_record(task, unknown).not_available.values()]
    ungrouped, grouped, binned = ExactScores(), ExactScores(), BinnedScores(8)
    one = np.ones(1)
    ungrouped.add(KnownRows(one, one / 2, one, None, 0))
    grouped.add(KnownRows(one, one / 2, one, np.zeros(1, dtype=np.int64), 0))
    return [*found, *(str(scores.grouped()[0]) for scores in (ungrouped, grouped, binned))]


@pytest.mark.parametrize("reason", sorted(set(reasons())))
def test_every_reason_can_be_said_in_japanese(reason: str) -> None:
    assert retold(reason, REASONS) == reason
    with speaking("ja"):
        assert retold(reason, REASONS) != reason


def test_what_changes_is_kept() -> None:
    with speaking("ja"):
        assert "1,234" in retold(one_label(1234, "low"), REASONS)
        assert "low" in retold(one_label(1234, "low"), REASONS)


def test_what_nobody_knows_is_left_as_it_is() -> None:
    with speaking("ja"):
        assert retold("the moon is full", (*REASONS, *FAULTS)) == "the moon is full"
