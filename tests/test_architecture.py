"""Imports flow one way, and some parts never see others."""

import ast
from pathlib import Path

import pytest

import taskfusion

ROOT = Path(taskfusion.__file__).parent
LAYERS = (
    ("errors",),
    ("schema", "files", "moments"),
    ("config", "data", "evaluate"),
    ("model",),
    ("loss", "interop", "baseline"),
    ("train",),
    ("build", "explain", "report"),
    ("serve",),
    ("workflow",),
    ("ranker", "cli"),
)
LAYER_OF = {name: number for number, names in enumerate(LAYERS) for name in names}
PLAIN = ("model", "loss", "baseline", "train", "data", "evaluate", "explain", "report", "serve")


def _part(module: str) -> str | None:
    """The part of the package that a module belongs to; None for the package itself and other packages."""
    names = module.split(".")
    return names[1] if names[0] == "taskfusion" and len(names) > 1 else None


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} if node.module != "taskfusion" else {f"taskfusion.{n.name}" for n in node.names}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found


FILES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def _owner(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_imports_flow_one_way(path: Path) -> None:
    mine = _owner(path)
    for module in _imports(path):
        theirs = _part(module)
        if theirs is None or theirs == mine or theirs.startswith("__"):
            continue
        assert LAYER_OF[theirs] < LAYER_OF[mine], f"{mine} imports {module}"


@pytest.mark.parametrize("path", [path for path in FILES if _owner(path) in PLAIN], ids=str)
def test_plain_parts_never_see_the_experiment_file(path: Path) -> None:
    assert not any(module.startswith("taskfusion.config") for module in _imports(path))


@pytest.mark.parametrize("path", [path for path in FILES if _owner(path) == "evaluate"], ids=str)
def test_metrics_never_see_a_model(path: Path) -> None:
    assert not any(module == "torch" or module.startswith("taskfusion.model") for module in _imports(path))


@pytest.mark.parametrize("path", [path for path in FILES if _owner(path) == "serve"], ids=str)
def test_scoring_never_sees_training_nor_reports(path: Path) -> None:
    seen = {_part(module) for module in _imports(path)}
    assert not seen & {"train", "loss", "explain", "report", "evaluate"}


NO_TORCH = ("errors", "files", "schema", "config")


@pytest.mark.parametrize("path", [path for path in FILES if _owner(path) in NO_TORCH], ids=str)
def test_the_experiment_file_needs_no_torch(path: Path) -> None:
    assert "torch" not in {module.split(".")[0] for module in _imports(path)}


def test_user_input_is_never_checked_by_assert() -> None:
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not any(isinstance(node, ast.Assert) for node in ast.walk(tree)), path


def test_every_export_is_there() -> None:
    for name in taskfusion.__all__:
        assert getattr(taskfusion, name) is not None
    with pytest.raises(AttributeError, match="nothing_like_that"):
        taskfusion.nothing_like_that  # noqa: B018
