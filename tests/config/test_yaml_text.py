import contextlib
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import ExperimentError
from taskfusion.config.yaml_text import MOST_CHARACTERS, MOST_DEPTH, MOST_VALUES, dump_yaml, load_yaml

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, width=32) | st.text()
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(TREES, st.booleans())
def test_what_is_written_is_read(content: Any, on_one_line: bool) -> None:
    assert load_yaml(dump_yaml(content, on_one_line=on_one_line), "it") == content


@given(st.text(st.sampled_from("a1:-[]{},&*!|>'\"#%@`?\n \t.~<=0e"), max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ExperimentError):
        load_yaml(text, "'e.yaml'")


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("a: 2020-99-99", {"a": "2020-99-99"}),
        ("a: 1:30", {"a": "1:30"}),
        ("a: 010", {"a": "010"}),
        ("a: 1_000", {"a": 1000}),
        ("a: -1.5e-3", {"a": -0.0015}),
        ("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}", {"x": {"a": 1, "b": 2}, "y": {"a": 1, "b": 3}}),
        ("y: {<<: [{a: 1}, {a: 2, b: 3}]}", {"y": {"a": 1, "b": 3}}),
        ("", None),
    ],
)
def test_plain_values(text: str, content: object) -> None:
    assert load_yaml(text, "it") == content


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: 2\na: 3", ["line 3", "'a' stands twice"]),
        ("x: &x {a: 1}\ny: {<<: *x, b: 1, b: 2}", ["line 2", "'b' stands twice"]),
        ("a:\n  1: x", ["line 2", "the key '1' is no text"]),
        ("yes: x", ["line 1", "the key 'yes' is no text"]),
        ("? [a]\n: 1", ["line 1", "a list or a mapping is no text"]),
        ("a: !!int abc", ["line 1", "'abc' cannot be read as int"]),
        ("a: " + "9" * 5000, ["line 1", "'9999", "cannot be read as int"]),
        ("a: !!python/object/apply:os.system [ls]", ["line 1", "python/object/apply:os.system is not known"]),
        ("a: !!binary '##'", ["binary is not known"]),
        ("a: !!timestamp x", ["timestamp is not known"]),
        ("a: !own x", ["!own is not known"]),
        ("a:\n\n 'x\0'", ["line 3", "U+0000"]),
        ("a: [1,", ["line 1"]),
        ("a: *b", ["undefined alias 'b'"]),
        ("a: &a [*a]", ["line 1", "refers to itself"]),
        ("a: 1\n---\nb: 1", ["line 2", "another document"]),
        ("[" * 5000, [f"more than {MOST_DEPTH} deep"]),
        ("a: {<<: 3}", ["expected a mapping"]),
    ],
)
def test_what_is_refused_and_in_which_line(text: str, words: list[str]) -> None:
    with pytest.raises(ExperimentError) as found:
        load_yaml(text, "'e.yaml'")
    assert all(word in str(found.value) for word in words), found.value
    assert len(str(found.value)) < 250


def test_aliases_are_counted_unfolded() -> None:
    levels = [
        f"{name}: &{name} [{', '.join([f'*{below}'] * 9)}]" for below, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    start = time.perf_counter()
    with pytest.raises(ExperimentError, match=f"stands for .* values, where {MOST_VALUES:,} are the most"):
        load_yaml("\n".join(["a: &a [x, x, x, x, x, x, x, x, x]", *levels]), "it")
    assert time.perf_counter() - start < 1


def test_a_text_too_long_is_not_read() -> None:
    with pytest.raises(ExperimentError, match="characters, where"):
        load_yaml("a" * (MOST_CHARACTERS + 1), "it")
