"""The public interface: its list, and that nothing is loaded before it is used."""

import json
import subprocess
import sys

import pytest

import taskfusion
from taskfusion.base.errors import TaskfusionError


def test_the_list_of_public_names() -> None:
    """Whoever changes this list changes what others build on: see CONTRIBUTING.md."""
    assert taskfusion.__all__ == [
        "DataError",
        "DivergedTrainingError",
        "Experiment",
        "ExperimentError",
        "InterruptedTrainingError",
        "MultiTaskRanker",
        "RunError",
        "Scorer",
        "StorageError",
        "TaskfusionError",
        "__version__",
        "build_network",
        "register_variant",
        "unregister_variant",
    ]


def test_every_public_name_is_there() -> None:
    for name in taskfusion.__all__:
        assert getattr(taskfusion, name) is not None
        assert name in dir(taskfusion)
    with pytest.raises(AttributeError, match="nothing_like_that"):
        taskfusion.nothing_like_that  # noqa: B018


def test_all_errors_for_people_can_be_caught_by_name() -> None:
    public = {getattr(taskfusion, name) for name in taskfusion.__all__}
    assert set(TaskfusionError.__subclasses__()) <= public


@pytest.mark.parametrize(
    ("name", "absent"),
    [("__version__", ("torch", "polars", "pydantic", "numpy")), ("Experiment", ("torch", "polars"))],
)
def test_a_name_loads_no_more_than_it_needs(name: str, absent: tuple[str, ...]) -> None:
    code = f"import sys, json, taskfusion; taskfusion.{name}; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    assert [module for module in absent if module in loaded] == []
