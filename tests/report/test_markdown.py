"""Words of people cannot break a table or a file of YAML."""

import pytest
import yaml
from jinja2 import UndefinedError

from taskfusion.report.markdown import cell, quoted, render_text

HARD = ["a | b", "two\nlines", "<script>", "back\\slash", '"quoted": {x}', "# no comment", "責任者: 未定", ""]


@pytest.mark.parametrize("words", HARD)
def test_a_cell_stays_one_cell(words: str) -> None:
    shown = cell(words)
    assert "\n" not in shown
    assert "<" not in shown
    assert shown.replace("\\\\", "").replace("\\|", "").count("|") == 0


@pytest.mark.parametrize("value", [*HARD, 3, 0.5, None, True])
def test_a_value_of_yaml_is_read_back(value: object) -> None:
    assert yaml.safe_load(f"key: {quoted(value)}  # comment") == {"key": value}


def test_what_a_template_needs_has_to_be_given() -> None:
    with pytest.raises(UndefinedError):
        render_text("kit/en/runbook.md")
