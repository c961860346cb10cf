"""Packages that only some commands need, and the extra of taskfusion that brings each."""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from taskfusion.base.errors import ExperimentError

EXTRAS: Final[Mapping[str, tuple[str, ...]]] = {
    "export": ("onnx", "onnxscript", "onnx_ir", "onnxruntime"),
    "tune": ("optuna",),
    "pilot": ("tea_tasting",),
    "serve": ("starlette", "uvicorn", "orjson", "prometheus_client"),
    "bench": ("catboost",),
}
"""By the extra, the packages that taskfusion itself imports."""


def require_extra(extra: str) -> None:
    """Say before work begins what it will need; loads nothing.

    Raises:
        ExperimentError: a package of the extra is not installed.
    """
    for package in EXTRAS[extra]:
        if find_spec(package) is None:
            raise _missing(package, extra)


def load_extra(package: str) -> Any:  # noqa: ANN401  a module
    """Import a package of an extra.

    Raises:
        ExperimentError: it is not installed.
    """
    try:
        return import_module(package)
    except ImportError as error:
        raise _missing(package, next(extra for extra, names in EXTRAS.items() if package in names)) from error


def _missing(package: str, extra: str) -> ExperimentError:
    return ExperimentError(
        f"this needs the package {package}, which is not installed; run: pip install 'taskfusion[{extra}]'"
    )
