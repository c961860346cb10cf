"""How a log table is cut, as the experiment file says it."""

import pytest

from support import BASE, refusal


@pytest.mark.parametrize(
    ("split", "words"),
    [
        ("{kind: tme, column: t}", ["'time'", "tme"]),
        ("{kind: time, colum: t}", ["did you mean 'column'"]),
        ("{column: t}", ["data.split: its kind is missing"]),
        ("{kind: time}", ["data.split.column: it is missing"]),
        ("{kind: time, column: t, validation: 0}", ["data.split.validation", "above 0"]),
        ("{kind: time, column: t, validation: 1}", ["data.split.validation", "below 1"]),
        ("{kind: random, test: -0.1}", ["data.split.test", "at least 0"]),
        ("{kind: random, test: 1}", ["data.split.test", "below 1"]),
        ("{kind: random, seed: -1}", ["data.split.seed", "at least 0"]),
        ("{kind: where, train: 'a > 1'}", ["data.split.validation: it is missing"]),
        ("{kind: where, train: '', validation: 'a'}", ["data.split.train", "at least 1"]),
        ("{kind: where, train: a, validation: b, column: t}", ["data.split.column", "not a known key"]),
    ],
)
def test_what_does_not_fit_is_named(split: str, words: list[str]) -> None:
    message = refusal(BASE, f"data={{table: a, split: {split}}}")
    assert all(word in message for word in words), message
    assert "\n" not in message
