"""Imports flow one way, some parts never see others, and the folder tree is the one that docs/architecture.md draws."""

import ast
import graphlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import taskfusion

ROOT = Path(taskfusion.__file__).parent
REPOSITORY = Path(__file__).parent.parent
ORDER = (
    "base",
    "schema",
    "variants",
    "config",
    "data",
    "datasets",
    "evaluate",
    "model",
    "interop",
    "trees",
    "train",
    "explain",
    "serve",
    "run",
    "report",
    "assemble",
    "pipeline",
    "inspect",
    "study",
    "pilot",
    "watch",
    "ranker",
    "cli",
)
"""Parts of the package; each may import those before it, and nothing imports per part after it."""

NEVER = {
    "schema": {"torch"},
    "variants": {"torch"},
    "config": {"torch"},
    "data": {"taskfusion.config"},
    "datasets": {"torch", "taskfusion.config"},
    "evaluate": {"torch", "taskfusion.config", "taskfusion.data"},
    "model": {"taskfusion.config", "taskfusion.evaluate"},
    "trees": {"torch", "taskfusion.config", "taskfusion.model", "taskfusion.evaluate"},
    "train": {"taskfusion.config", "taskfusion.trees"},
    "explain": {"taskfusion.config", "taskfusion.train", "taskfusion.trees"},
    "serve": {
        "taskfusion.model.fusion",
        "taskfusion.config",
        "taskfusion.train",
        "taskfusion.explain",
        "taskfusion.evaluate",
    },
    "pilot": {"torch", "taskfusion.model", "taskfusion.train", "taskfusion.config.experiment"},
    "watch": {"torch", "taskfusion.model", "taskfusion.train", "taskfusion.config.experiment"},
    "run": {"taskfusion.model", "taskfusion.train", "taskfusion.trees", "taskfusion.serve", "taskfusion.explain"},
    "report": {"torch", "taskfusion.model", "taskfusion.train", "taskfusion.trees", "taskfusion.data"},
}
"""What the files of a part do not import, lazily neither."""

SMALL_FILES = {
    "taskfusion.config.decisions",
    "taskfusion.config.derive",
    "taskfusion.config.routes",
    "taskfusion.config.strict_file",
}
"""Modules of config that know nothing of the experiment."""

FILES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def _part(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {_module(path): path for path in FILES}


def _imports(path: Path) -> Iterator[str]:
    """Modules that a file imports, at its head, in its functions, or for its types alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                yield whole if whole in MODULES else node.module


def _is_inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def test_every_part_has_a_place_in_the_order() -> None:
    assert {_part(path) for path in FILES} == set(ORDER)


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_imports_flow_one_way(path: Path) -> None:
    mine = _part(path)
    for module in _imports(path):
        if _is_inside(module, "taskfusion") and module != "taskfusion":
            assert ORDER.index(module.split(".")[1]) <= ORDER.index(mine), f"{mine} imports {module}"


def test_no_part_sees_what_it_should_not() -> None:
    seen = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in FILES
        for module in _imports(path)
        for package in NEVER.get(_part(path), ())
        if _is_inside(module, package) and module not in SMALL_FILES
    ]
    assert seen == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {module: {one for one in _imports(path) if one in MODULES} for module, path in MODULES.items()}
    list(graphlib.TopologicalSorter(graph).static_order())


def test_subfolders_import_one_way() -> None:
    graph: dict[str, set[str]] = {}
    for path in MODULES.values():
        folder = _module(path.parent / "__init__.py")
        inside = {_module(MODULES[one].parent / "__init__.py") for one in _imports(path) if one in MODULES}
        graph.setdefault(folder, set()).update(one for one in inside if not _is_inside(one, folder))
        graph[folder] -= {one for one in graph[folder] if _is_inside(folder, one)}
    list(graphlib.TopologicalSorter(graph).static_order())


def test_user_input_is_never_checked_by_assert() -> None:
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not any(isinstance(node, ast.Assert) for node in ast.walk(tree)), path


def test_derived_experiments_are_checked() -> None:
    """config/derive.py is the way to a copy that differs; pydantic's own copies are not validated."""
    unchecked = [str(path) for path in FILES if re.search(r"\bmodel_(copy|construct)\(", path.read_text("utf-8"))]
    assert unchecked == []


WHOLE = {
    "assemble": "makes objects of all of it",
    "cli": "reads it",
    "config": "is it",
    "inspect/check/experiment.py": "says what it would train",
    "inspect/check/profile.py": "says what it would train",
    "pipeline/distil.py": "a verb",
    "pipeline/domain.py": "what all verbs begin with",
    "pipeline/fit.py": "a verb",
    "pipeline/pace.py": "trains a few steps of it",
    "pipeline/quarantine.py": "a verb",
    "pipeline/results.py": "part of all that leave a run",
    "pipeline/teachers.py": "part of distil",
    "pipeline/train.py": "a verb",
    "pipeline/trees.py": "a verb",
    "ranker": "holds it",
    "report/notebook.py": "shows it",
    "run/change.py": "compares it",
    "run/directory.py": "keeps it",
    "study": "plans others of it",
}
"""Where functions take a whole experiment, and why; elsewhere they take the sections that they read."""


def test_a_whole_experiment_is_taken_only_where_all_of_it_is_needed() -> None:
    takers = {
        str(path.relative_to(ROOT))
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.arg) and node.annotation and ast.unparse(node.annotation).strip("'") == "Experiment"
    }
    assert [taker for taker in sorted(takers) if not {taker, taker.split("/")[0]} & set(WHOLE)] == []


def _reached(module: str) -> set[str]:
    """A module and all of ours that it imports, directly or not."""
    found, open_modules = {module}, [module]
    while open_modules:
        new = {one for one in _imports(MODULES[open_modules.pop()]) if one in MODULES} - found
        found |= new
        open_modules += new
    return found


SCORES = (
    "taskfusion.serve.scorer",
    "taskfusion.serve.worker.__main__",
    "taskfusion.serve.http.server",
    "taskfusion.cli.score",
    "taskfusion.cli.show.score",
    "taskfusion.cli.show.verify",
    "taskfusion.cli.ramp",
    "taskfusion.pilot.ramp.run",
)


def test_what_scores_sees_neither_torch_nor_lightgbm() -> None:
    seen = [
        f"{one} imports {module}"
        for one in sorted(set().union(*map(_reached, SCORES)))
        for module in _imports(MODULES[one])
        for package in ("torch", "lightgbm")
        if _is_inside(module, package)
    ]
    assert seen == []


def _length(node: ast.AST) -> int:
    """Lines of a function without its docstring."""
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    assert node.end_lineno
    first = node.body[0]
    docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return node.end_lineno - node.lineno + 1 - ((first.end_lineno or 0) - first.lineno + 1 if docstring else 0)


def test_files_and_functions_are_short() -> None:
    long_files = [str(path) for path in FILES if len(path.read_text(encoding="utf-8").splitlines()) > 300]
    long_functions = [
        f"{path}:{node.name}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _length(node) > 50
    ]
    assert long_files == []
    assert long_functions == []


def _tests_of(source: Path, tests: Path) -> Path:
    """Where the tests of a file stand; test_init.py of __init__.py, test_main.py of __main__.py."""
    return tests / f"test_{source.stem.strip('_')}.py"


def _mirrors(root: Path, tests: Path) -> dict[Path, Path]:
    """The tests of every file below a folder, by the file."""
    return {path: _tests_of(path, tests / path.parent.relative_to(root)) for path in sorted(root.rglob("*.py"))}


TESTS = REPOSITORY / "tests"
MIRRORS = _mirrors(ROOT, TESTS)
WITHOUT_SOURCE = {TESTS, TESTS / "fuzz"}
"""Folders whose tests are of the whole repository."""


def test_every_file_has_tests_of_its_own() -> None:
    lacking = [
        str(tests.relative_to(TESTS))
        for path, tests in MIRRORS.items()
        if path.name != "__init__.py" and not (tests.exists() and "def test_" in tests.read_text(encoding="utf-8"))
    ]
    assert lacking == []


def test_tests_in_folders_are_those_of_a_file() -> None:
    outside = [_mirrors(REPOSITORY / one, TESTS / one) for one in ("benchmarks", "demos")]
    known = {*MIRRORS.values(), *(tests for one in outside for tests in one.values())}
    found = [path for path in sorted(TESTS.rglob("test_*.py")) if path.parent not in WITHOUT_SOURCE]
    assert [str(path.relative_to(TESTS)) for path in found if path not in known] == []


RUN = 6
"""Lines that may not stand in two places."""


def _telling_lines(path: Path) -> list[tuple[int, str]]:
    """Lines with their numbers, but for imports, comments, blank lines and closing brackets."""
    text = path.read_text(encoding="utf-8")
    imports = {
        number
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if number not in imports]
    return [(number, line) for number, line in lines if line.strip("()[]{},:") and not line.startswith("#")]


def repeated_runs(files: Iterable[Path]) -> list[list[str]]:
    """Where the same RUN lines stand, as file:line, for each run that stands in two places and more."""
    places: dict[tuple[str, ...], list[str]] = {}
    for path in files:
        lines = _telling_lines(path)
        for start in range(len(lines) - RUN + 1):
            run = lines[start : start + RUN]
            places.setdefault(tuple(line for _, line in run), []).append(f"{path}:{run[0][0]}")
    return [found for found in places.values() if len(found) > 1]


def test_no_run_of_lines_stands_twice() -> None:
    assert repeated_runs(FILES) == []


def test_a_run_that_stands_twice_is_found_whatever_stands_between(tmp_path: Path) -> None:
    first, second = tmp_path / "a.py", tmp_path / "b.py"
    lines = [f"x{index} = f({index})" for index in range(RUN)]
    first.write_text("\n".join(lines))
    second.write_text("import os\n\ny = (\n    1\n)\n" + "\n\n# why\n".join(lines))
    assert repeated_runs([first, second]) == [[f"{first}:1", f"{second}:6"]]
    second.write_text("\n".join(lines[1:]))
    assert repeated_runs([first, second]) == []


def test_docs_draw_every_part() -> None:
    text = (REPOSITORY / "docs/architecture.md").read_text(encoding="utf-8")
    drawn = re.findall(r"^\| `(\w+)/?(?:\.py)?`", text, flags=re.MULTILINE)
    assert [part for part in drawn if part in ORDER] == list(ORDER)


def test_the_map_of_contributing_is_that_order() -> None:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## The map\n")[2]
    assert tuple(re.split(r",\s", text.split("\n\n")[1].strip())) == ORDER
