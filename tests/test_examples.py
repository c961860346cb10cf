"""Examples in docstrings of the public interface run, each name's in an empty folder, with what they import."""

import doctest
import inspect
from pathlib import Path

import pytest

import taskfusion

PUBLIC = {name: getattr(taskfusion, name) for name in taskfusion.__all__ if not name.startswith("__")}
SHOWN = {name: thing for name, thing in PUBLIC.items() if not (inspect.isclass(thing) and issubclass(thing, Exception))}


def _examples(name: str) -> list[doctest.DocTest]:
    """Those of a class come before those of its methods, which go on with its names; then those of the classes that it
    is made of. Properties have no line.
    """
    thing = SHOWN[name]
    found = []
    ours = [one for one in thing.__mro__ if one.__module__.startswith("taskfusion.")] if inspect.isclass(thing) else []
    for one in ours or [thing]:
        tests = doctest.DocTestFinder(exclude_empty=True).find(one, one.__name__, globs={})
        found += sorted((test for test in tests if test.examples), key=lambda test: test.lineno or 10**6)
    return found


@pytest.mark.parametrize("name", SHOWN)
def test_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    examples = _examples(name)
    assert examples, f"{name} has no example"
    names: dict[str, object] = {}
    report: list[str] = []
    for test in examples:
        test.globs = names
        doctest.DocTestRunner().run(test, out=report.append, clear_globs=False)
    assert not report, "".join(report)


def test_an_example_that_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def wrong() -> None:
        """>>> 1 + 1
        3
        """

    monkeypatch.setitem(SHOWN, "wrong", wrong)
    with pytest.raises(AssertionError, match="Expected"):
        test_examples_run("wrong", tmp_path, monkeypatch)
