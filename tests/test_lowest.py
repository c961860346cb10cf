"""What make test-lowest installs."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from lowest import pins

PYPROJECT = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
DEPENDENCIES = tomllib.loads(PYPROJECT)["project"]["dependencies"]


def test_each_least_version_is_pinned() -> None:
    text = """
[project]
dependencies = ["torch>=2.13", "some-thing>=0.6.1"]
[project.optional-dependencies]
export = ["onnx>=1.19"]
serve = ["starlette>=1.0"]
tune = ["optuna>=5.0"]
dev = ["taskfusion[export,tune]", "pandas-stubs", "pytest>=8.4"]
bench = ["lightgbm==4.7.0"]
"""
    named = ["some-thing==0.6.1", "onnx==1.19", "starlette==1.0", "optuna==5.0", "pytest==8.4"]
    assert pins(text) == ["torch==2.13", *named]


@pytest.mark.parametrize("dependency", DEPENDENCIES)
def test_each_dependency_has_a_least_version_that_the_one_here_keeps(dependency: str) -> None:
    name, _, least = dependency.partition(">=")
    assert f"{name}=={least}" in pins(PYPROJECT)
    numbers = [tuple(int(part) for part in re.findall(r"\d+", text)[:3]) for text in (version(name), least)]
    assert numbers[0] >= numbers[1]
