"""Arrays are those that Arrow makes of the values."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.serve.decision.arrays import lists, numbers, offsets, texts

TEXTS = st.lists(st.none() | st.text(st.characters(codec="utf-8"), max_size=8), max_size=20)


@given(TEXTS)
def test_texts(values: list[str | None]) -> None:
    found = texts(values)
    found.validate(full=True)
    assert found.equals(pa.array(values, type=pa.string()))


@given(st.lists(st.none() | st.floats(width=32, allow_nan=False), max_size=20))
def test_numbers_with_and_without_nulls(values: list[float | None]) -> None:
    value_N = np.asarray([0 if one is None else one for one in values], dtype=np.float32)
    found = numbers(value_N, pa.float32(), [one is not None for one in values])
    found.validate(full=True)
    assert found.equals(pa.array(values, type=pa.float32()))
    assert numbers(value_N[::2], pa.float32()).equals(pa.array(value_N[::2].tolist(), type=pa.float32()))


@given(st.lists(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=4), max_size=8))
def test_lists(values: list[list[int]]) -> None:
    flat = np.asarray([one for some in values for one in some], dtype=np.int32)
    found = lists([*map(len, values)], numbers(flat, pa.int32()), pa.list_(pa.int32()))
    found.validate(full=True)
    assert found.equals(pa.array(values, type=pa.list_(pa.int32())))
    is_known = [len(some) != 1 for some in values]
    some = lists([*map(len, values)], numbers(flat, pa.int32()), pa.list_(pa.int32()), is_known)
    some.validate(full=True)
    assert some.to_pylist() == [one if known else None for one, known in zip(values, is_known, strict=True)]


def test_offsets_begin_with_zero() -> None:
    assert offsets([2, 0, 3]).tolist() == [0, 2, 2, 5]
    assert offsets([]).tolist() == [0]


def test_a_log_imports_neither_pandas_nor_polars() -> None:
    code = """
import sys, tempfile
import numpy as np
from taskfusion.serve.decision.record import Decision
from taskfusion.config.decisions import DecisionSettings
from taskfusion.serve.decision.writer import DecisionLog
from taskfusion.serve.worker.scored import Scored
one = np.zeros(1, np.float32)
for ids, unit in (["a"], 1), ([1], "a"), ([None], None):
    with tempfile.TemporaryDirectory() as folder:
        log = DecisionLog(DecisionSettings(directory=folder, sample=0.5, salt="a secret"), "here", print)
        log.wants("a")
        scored = Scored(ids, np.zeros(1, np.int32), one, one[None], unit).packed()
        log.put(Decision("a", 0, ("click",), scored, "primary", model_seconds=0.1))
        log.put(Decision("b", 0, ("like",), scored, "prior"))
        log.close()
        print(log.counts.written, *(name for name in ("pandas", "polars", "torch") if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "2", "2"]
