"""Tensors are read as written, in JSON and in binary; other things are refused with their name."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.serve.worker.refusal import RefusedError
from taskfusion.serve.worker.tensors import SIZE, read_columns, tensor_of

NUMBERS = {"INT64": st.integers(-(2**63), 2**63 - 1), "FP64": st.floats(allow_nan=False), "BOOL": st.booleans()}


def binary(kind: str, values: list[Any]) -> bytes:
    if kind == "BYTES":
        return b"".join(len(one.encode()).to_bytes(4, "little") + one.encode() for one in values)
    return np.asarray(values, dtype={"INT64": "<i8", "FP64": "<f8", "BOOL": "?"}[kind]).tobytes()


@given(st.data(), st.sampled_from([*NUMBERS, "BYTES"]), st.integers(0, 4), st.sampled_from([None, 2, 3]))
def test_json_and_binary_say_the_same(data: st.DataObject, kind: str, rows: int, width: int | None) -> None:
    one = NUMBERS.get(kind, st.text(max_size=5))
    count = rows * (width or 1)
    flat = data.draw(st.lists(one, min_size=count, max_size=count))
    shape = [rows] if width is None else [rows, width]
    nested = flat if width is None else [flat[row * width : (row + 1) * width] for row in range(rows)]
    tensor = {"name": "x", "shape": shape, "datatype": kind}
    content = binary(kind, flat)
    found = [
        read_columns([{**tensor, "data": flat}], b""),
        read_columns([{**tensor, "data": nested}], b""),
        read_columns([{**tensor, "parameters": {SIZE: len(content)}}], content),
    ]
    assert [columns[0].values for columns in found] == [nested] * 3


def test_a_width_of_one_is_a_scalar() -> None:
    (found,) = read_columns([{"name": "x", "shape": [2, 1], "datatype": "INT32", "data": [1, 2]}], b"")
    assert found.values == [1, 2]


def test_a_width_of_one_is_a_list_where_the_feature_reads_lists() -> None:
    given = [{"name": "x", "shape": [2, 1], "datatype": "INT32", "data": [1, 2]}]
    (found,) = read_columns(given, b"", lists={"x"})
    assert found.values == [[1], [2]]


GOOD: dict[str, Any] = {"name": "x", "shape": [1], "datatype": "INT64", "data": [1]}


@pytest.mark.parametrize(
    ("inputs", "content", "message"),
    [
        (None, b"", "'inputs' should be a list"),
        ([], b"", "'inputs' should be a list"),
        ([1], b"", "an input should be an object"),
        ([{**GOOD, "name": 1}], b"", "name of an input"),
        ([{**GOOD, "shape": [1, 1, 1]}], b"", "shape of input 'x'"),
        ([{**GOOD, "shape": [-1]}], b"", "shape of input 'x'"),
        ([{**GOOD, "shape": [True]}], b"", "shape of input 'x'"),
        ([{**GOOD, "shape": [2**40]}], b"", "shape of input 'x'"),
        ([{**GOOD, "datatype": "INT65"}], b"", "datatype of input 'x'"),
        ([{**GOOD, "data": "1"}], b"", "data of input 'x' should be a list"),
        ([{**GOOD, "data": ["1"]}], b"", "should be INT64, found '1'"),
        ([{**GOOD, "data": [True]}], b"", "should be INT64, found True"),
        ([{**GOOD, "data": [[[1]]]}], b"", "at most lists of lists"),
        ([{**GOOD, "data": [1, 2]}], b"", "should hold 1 values, found 2"),
        ([GOOD], b"x", "1 bytes of binary data that no input names"),
        ([{**GOOD, "parameters": {SIZE: 8}}], b"1234", "should have 8 bytes"),
        ([{**GOOD, "parameters": {SIZE: -8}}], b"1234", "should be a whole number"),
        ([{**GOOD, "parameters": {SIZE: 4}}], b"1234", "no whole INT64"),
        ([{**GOOD, "datatype": "BYTES", "parameters": {SIZE: 4}}], b"\xff\0\0\0", "ends within a text"),
        ([{**GOOD, "datatype": "BYTES", "parameters": {SIZE: 2}}], b"\xff\0", "ends within a text"),
        ([{**GOOD, "datatype": "BYTES", "parameters": {SIZE: 5}}], b"\1\0\0\0\xff", "UTF-8"),
    ],
)
def test_what_is_not_what_it_says_is_refused(inputs: Any, content: bytes, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        read_columns(inputs, content)


def test_outputs_are_what_a_client_reads() -> None:
    values = np.asarray([[0.25, 0.75], [0.5, 0.5]], dtype=np.float32)
    described, content = tensor_of("y", values, binary=True)
    assert described == {"name": "y", "datatype": "FP32", "shape": [2, 2], "parameters": {SIZE: 16}}
    assert (np.frombuffer(content, "<f4").reshape(2, 2) == values).all()
    described, content = tensor_of("y", values[:, :1], binary=False)
    assert (described["data"].tolist(), content) == ([0.25, 0.5], b"")
