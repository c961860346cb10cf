"""log.jsonl, line by line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import RunError
from taskfusion.evaluate.log import EvaluationRecord
from taskfusion.run.record.log import read_log, write_log

FINITE = st.floats(allow_nan=False, allow_infinity=False)
LINES = st.builds(
    EvaluationRecord,
    epoch=st.floats(0, 1e9),
    step=st.integers(0, 2**53),
    seconds=st.floats(0, 1e9),
    rows_per_second=st.floats(0, 1e9),
    train_loss=st.dictionaries(st.text(), st.none() | FINITE, max_size=3),
    criterion=FINITE,
    best=st.booleans(),
    validation=st.dictionaries(st.text(), st.dictionaries(st.text(), st.none() | FINITE, max_size=3), max_size=3),
)


@given(lines=st.lists(LINES, max_size=4))
def test_what_is_written_is_read_to_the_bit(
    lines: list[EvaluationRecord], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    write_log(path, lines)
    assert read_log(path) == lines


@pytest.mark.parametrize("damage", [b"\xff", b'{"epoch": 1}\n', b"\n", b"[" * 100_000])
def test_a_damaged_line_is_refused_by_the_name_of_the_file(damage: bytes, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(damage)
    with pytest.raises(RunError, match=r"log\.jsonl"):
        read_log(path)
