"""The version stands in one place, and whoever names it takes it from there."""

import re
from importlib.metadata import version
from pathlib import Path

import taskfusion
from taskfusion.base.version import __version__

ROOT = Path(taskfusion.__file__).parent


def test_the_version_is_that_of_the_package() -> None:
    assert version("taskfusion") == taskfusion.__version__ == __version__


def test_no_other_file_sets_it() -> None:
    files = [*ROOT.rglob("*.py"), ROOT.parents[1] / "pyproject.toml"]
    sets = re.compile(r"""^(__version__|version) *= *["']""", re.MULTILINE)
    assert [path.name for path in files if sets.search(path.read_text(encoding="utf-8"))] == ["version.py"]
