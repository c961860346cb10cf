"""What is wrong with an experiment file, as one sentence."""

import pytest

from support import BASE, refusal


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("training.epoch=3", ["'training.epoch'", "did you mean 'epochs'"]),
        ("trainin.epochs=3", ["'trainin'", "did you mean 'training'"]),
        ("training.criterion.metrics=auc", ["'training.criterion.metrics'", "did you mean 'metric'"]),
        ("training.epochs=many", ["training.epochs", "whole number", "'many'"]),
        ("training.epochs=0", ["training.epochs", "at least 1, found 0"]),
        ("network={dropout: 2, init: 3}", ["network.init", "found 3 (and 1 more at fault)"]),
        ("training.learning_rate=.inf", ["training.learning_rate", "finite"]),
        ("features.0.kind=numeric", ["features", "list"]),
        ("embedding.dim=wide", ["embedding.dim: should be a whole number or 'auto', found 'wide'"]),
        ("embedding.dim=0", ["embedding.dim: should be at least 1 or 'auto', found 0"]),
        ("backbone={kind: dcn-v2, ranks: 3}", ["'backbone.ranks'", "did you mean 'rank'"]),
        ("network=3", ["network: should hold keys, found 3"]),
        (f"training.seed={10**400}", ["training.seed", "at most 2,000,000,000, found a longer number"]),
        ("group=" + "g" * 2000, ["group", "at most 1,000 characters", "..."]),
    ],
)
def test_what_does_not_fit_is_named(override: str, words: list[str]) -> None:
    message = refusal(BASE, override)
    assert all(word in message for word in words), message
    assert "\n" not in message
