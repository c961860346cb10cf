"""What an exported model's directory must hold."""

import json
from pathlib import Path

import pytest

from taskfusion.base.errors import ExperimentError, RunError
from taskfusion.serve.engine import Engine


@pytest.mark.parametrize("content", [None, "x", "{}", "[]"])
def test_a_directory_of_something_else_is_named(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "scorer.json").write_text(content)
    with pytest.raises(RunError, match=r"made by taskfusion export"):
        Engine.load(tmp_path)


def test_another_format_is_named(tmp_path: Path) -> None:
    (tmp_path / "scorer.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(RunError, match="found 99"):
        Engine.load(tmp_path)


def test_a_model_that_is_not_split_says_why(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="no items here"):
        Engine(tmp_path, {"split": None, "not_split": "no items here"}).item_share({})
