"""How features become the network's input, as the experiment file says it."""

import pytest

from support import BASE, refusal


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("embedding.learning_rate=0.1", ["Adagrads", "training.learning_rate"]),
        ("embedding.own_dim=2", ["own_dim", "per-task or both"]),
        ("embedding={tables: per-task, own_dim: 2}", ["own_dim", "name own_features too"]),
        ("embedding.own_features=[]", ["own_features", "at least 1"]),
        ("embedding={update: adagrad, weight_decay: 0.1}", ["update dense", "adagrad has none"]),
        ("embedding.fusion=true", ["tables per-task or both", "found shared"]),
        ("embedding.feature_dropout=1", ["embedding.feature_dropout", "below 1"]),
        ("numeric.encoding=ple", ["numeric.encoding", "'piecewise-linear'", "'ple'"]),
        ("backbone.kind=dcn", ["backbone", "'dcn-v2'", "dcn"]),
        ("embedding.dim=1000000000", ["embedding.dim: should be at most 8,192 or 'auto', found 1000000000"]),
    ],
)
def test_what_does_not_fit_is_named(override: str, words: list[str]) -> None:
    message = refusal(BASE, override)
    assert all(word in message for word in words), message
    assert "\n" not in message
