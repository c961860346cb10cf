"""What was perhaps meant."""

import pytest

from taskfusion.base.nearest import did_you_mean


@pytest.mark.parametrize(
    ("name", "words"),
    [("trian", "; did you mean 'train'?"), ("train", "; did you mean 'train'?"), ("xyz", ""), ("", "")],
)
def test_the_nearest_name_is_offered(name: str, words: str) -> None:
    assert did_you_mean(name, iter(["predict", "train"])) == words
