"""Packages that may be missing."""

import re
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from taskfusion.base.errors import ExperimentError
from taskfusion.base.extra import EXTRAS, load_extra, require_extra


@pytest.mark.parametrize(("package", "extra"), [(name, extra) for extra, names in EXTRAS.items() for name in names])
def test_a_missing_package_names_the_extra(package: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if find_spec(package) is not None:
        load_extra(package)
    monkeypatch.setitem(sys.modules, package, None)
    for use, name in ((require_extra, extra), (load_extra, package)):
        with pytest.raises(ExperimentError, match=rf"{package}.*pip install 'taskfusion\[{extra}\]'"):
            use(name)


def test_a_package_is_asked_for_without_loading_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "optuna", raising=False)
    require_extra("tune")
    assert "optuna" not in sys.modules


def test_extras_are_those_of_the_package() -> None:
    """onnx_ir is what onnxscript needs."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    for extra, names in EXTRAS.items():
        listed = {re.split(r"[>=]", line)[0].replace("-", "_") for line in project["optional-dependencies"][extra]}
        assert set(names) - {"onnx_ir"} <= listed
