"""Parts of pages for notebooks: they need nothing, run nothing, and leave the notebook's own style alone."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from support import experiment
from taskfusion.report.notebook import experiment_html, records_html, run_html
from taskfusion.report.run import RunResult

EVIL = "<img src=x onerror=alert(1)>&"
TASKS = [("click", 0.1), ("seconds", None)]


@pytest.fixture(params=["run", "records", "experiment"])
def shown(request: pytest.FixtureRequest, make_run: Callable[..., RunResult], make_records: Callable[..., Any]) -> str:
    makers = {
        "run": lambda: run_html(make_run(name=EVIL, config_yaml=EVIL)),
        "records": lambda: records_html(_with_evil_reason(make_records(TASKS))),
        "experiment": lambda: experiment_html(experiment(group=EVIL)),
    }
    return makers[request.param]()


def _with_evil_reason(records: list[Any]) -> list[Any]:
    records[0].metrics["auc"], records[0].not_available["auc"] = None, EVIL
    return records


def test_it_needs_and_runs_nothing(shown: str, parse: Callable[[str], Any]) -> None:
    page = parse(shown)  # which raises where an element is not closed
    names = {name for name, _ in page.elements}
    attributes = {key for _, found in page.elements for key in found}
    assert not names & {"script", "link", "img", "iframe", "object", "form", "html", "body"}
    assert not [key for key in attributes if key.startswith("on") or key in ("src", "href", "srcset")]
    assert not re.search(r"url\(|@import|https?:", "".join(page.styles))


def test_what_a_person_wrote_is_text(shown: str, parse: Callable[[str], Any]) -> None:
    assert EVIL not in shown
    assert EVIL in parse(shown).text


def test_its_style_is_its_own_and_takes_the_notebooks_colours(shown: str, parse: Callable[[str], Any]) -> None:
    (style,) = parse(shown).styles
    for rule in re.findall(r"([^{}]+)\{([^}]*)\}", style):
        assert all(selector.strip().startswith(".taskfusion") for selector in rule[0].split(","))
        assert not re.search(r"#[0-9a-f]{3,8}|(?<!-)\bcolor: (?!inherit)|background: (?!none)", rule[1])


def test_every_task_has_its_metrics(make_run: Callable[..., RunResult], parse: Callable[[str], Any]) -> None:
    run = make_run()
    text = parse(run_html(run)).text
    for record in run.metrics.splits["test"]:
        assert record.task in text
    assert "best epoch" in text


def test_an_experiment_is_told_by_kinds(parse: Callable[[str], Any]) -> None:
    text = " ".join(parse(experiment_html(experiment())).text.split())
    for words in ("not fitted: adatt-sp", "binary click", "regression seconds", "categorical user_id, item_id"):
        assert words in text


def test_a_run_says_what_it_took(make_run: Callable[..., RunResult], parse: Callable[[str], Any]) -> None:
    text = parse(run_html(make_run())).text
    for figure in ("399\u202f523", "adatt", "1.34\u202fM", "2\u202fmin 12\u202fs", "best epoch"):
        assert figure in text
