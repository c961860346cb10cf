"""Sums of weights and predictions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfusion.base.errors import ExperimentError
from taskfusion.serve.order import parse_order

COLUMNS = ("like", "click", "reaction.hate", "watch-time", "3d")


@given(st.dictionaries(st.sampled_from(COLUMNS), st.floats(-1e6, 1e6).filter(lambda x: x != 0), min_size=1))
def test_a_sum_that_is_written_is_read(weights: dict[str, float]) -> None:
    text = " ".join(f"{'-' if weight < 0 else '+'} {abs(weight)!r}*{name}" for name, weight in weights.items())
    assert parse_order(text, COLUMNS) == weights


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("like", {"like": 1.0}),
        (" 0.7 * like+.3*click ", {"like": 0.7, "click": 0.3}),
        ("like - 2*reaction.hate", {"like": 1.0, "reaction.hate": -2.0}),
        ("-watch-time", {"watch-time": -1.0}),
        ("like + like", {"like": 2.0}),
        ("1e-3*like", {"like": 0.001}),
        ("2*3d", {"3d": 2.0}),
    ],
)
def test_forms(text: str, weights: dict[str, float]) -> None:
    assert parse_order(text, COLUMNS) == weights


@pytest.mark.parametrize("text", ["", " ", "like click", "0.7 like", "like*0.7", "like +", "(like)", "like + * click"])
def test_other_texts_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(ExperimentError, match=r"0\.7\*like \+ 0\.3\*3d"):
        parse_order(text, COLUMNS)


def test_unknown_predictions_are_named() -> None:
    with pytest.raises(ExperimentError, match=r"names 'likes'.*did you mean 'like'"):
        parse_order("likes", COLUMNS)
