"""A file of routes is strict, and its paths are relative to it."""

from pathlib import Path

import pytest

from taskfusion.base.errors import ExperimentError
from taskfusion.config.routes import Routes, read_routes

WHOLE = """
primary: {bundle: exported, items: items.parquet, deadline_ms: 60, workers: 2}
fallback: {bundles: [click, /like], deadline_ms: 30}
canary: {bundle: next, percent: 5}
shadow: {bundle: other}
unit: user_id
score: 0.7*like + 0.3*click
decisions: {directory: log, sample: 0.5}
batch: {scores: scores, item: item_id, tasks: {buy: prefer}, where: {place: [home, 3, true]}}
"""


def _read(folder: Path, text: str) -> object:
    (folder / "routes.yaml").write_text(text)
    return read_routes(folder / "routes.yaml")


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "routes.yaml").write_text(WHOLE)
    found = read_routes(tmp_path / "routes.yaml")
    assert found.primary.directories == (str(tmp_path / "exported"),)
    assert found.primary.items == str(tmp_path / "items.parquet")
    assert found.fallback is not None
    assert found.fallback.directories == (str(tmp_path / "click"), "/like")
    assert found.batch is not None
    assert (found.batch.scores, found.batch.where) == (str(tmp_path / "scores"), {"place": ("home", 3, True)})
    assert found.batch.where["place"][2] is True
    assert Routes.model_validate_json(found.model_dump_json()) == found
    assert (found.last_resort, found.primary.workers) == (True, 2)
    assert found.decisions is not None
    assert (found.decisions.directory, found.decisions.sample) == (str(tmp_path / "log"), 0.5)


def test_a_log_has_a_directory_by_default(tmp_path: Path) -> None:
    (tmp_path / "routes.yaml").write_text("primary: {bundle: a}\ndecisions: {}")
    found = read_routes(tmp_path / "routes.yaml").decisions
    assert found is not None
    assert found.directory == str(tmp_path / "decisions")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("primary: {bundle: a, bundles: [b]}", "either bundle or bundles"),
        ("primary: {}", "either bundle or bundles"),
        ("primary: {bundle: a}\ncanary: {bundle: b, percent: 5}", "a canary needs unit"),
        ("primary: {bundle: a}\nfalback: {bundle: b}", "did you mean 'fallback'"),
        ("primary: {bundle: a, deadline: 3}", "deadline_ms"),
        ("primary: {bundle: a, workers: 0}", "primary.workers: should be at least 1, found 0"),
        ("fallback: {bundle: a}", "primary: it is missing"),
        ("unit: x\nprimary: {bundle: a}\ncanary: {bundle: b, percent: 101}", "canary.percent: should be at most 100"),
        ("primary: {bundle: a}\ndecisions: {sample: 2}", "decisions.sample: should be at most 1, found 2"),
        ("primary: {bundle: a}\ndecisions: {dir: x}", "decisions"),
        ("primary: {bundle: a}\nbatch: {scores: s, item: i, tasks: {a: prefer}}", "batch needs unit"),
        ("primary: {bundle: a}\nbatch: {scores: s, item: i, tasks: {}}", "batch.tasks"),
        ("primary: {bundle: a}\nbatch: {scores: s, item: i, tasks: {a: always}}", "'prefer' or 'fallback'"),
        ("primary: {bundle: a}\nbatch: {scores: s, item: i, tasks: {a: prefer}, most_age_hours: 0}", "above 0"),
        ("primary: {bundle: a, items_most_age_hours: 3}", "items_most_age_hours needs items"),
        ("- 3", "holds no keys at all"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        _read(tmp_path, text)


def test_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="no file of routes can be read"):
        read_routes(tmp_path / "routes.yaml")
