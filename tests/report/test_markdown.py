"""Words of people cannot break a table or a file of YAML."""

from datetime import date

import pytest
from jinja2 import UndefinedError

from taskfusion.config.yaml_text import load_yaml
from taskfusion.report.markdown import cell, render_text, value

HARD = ["a | b", "two\nlines", "<script>", "back\\slash", '"quoted": {x}', "# no comment", "責任者: 未定", ""]


@pytest.mark.parametrize("words", HARD)
def test_a_cell_stays_one_cell(words: str) -> None:
    shown = cell(words)
    assert "\n" not in shown
    assert "<" not in shown
    assert shown.replace("\\\\", "").replace("\\|", "").count("|") == 0


@pytest.mark.parametrize("content", [*HARD, "null", "12", "a, b", "yes", 3, 0.5, None, True])
def test_a_value_of_yaml_is_read_back(content: object) -> None:
    assert load_yaml(f"key: {value(content)}  # comment", "text") == {"key": content}
    assert load_yaml(f"key: {{a: {value(content)}, b: 1}}", "text") == {"key": {"a": content, "b": 1}}


def test_a_date_is_written_as_it_is_read() -> None:
    assert value(date(2026, 11, 2)) == "'2026-11-02'"


def test_what_a_template_needs_has_to_be_given() -> None:
    with pytest.raises(UndefinedError):
        render_text("kit/en/runbook.md")
