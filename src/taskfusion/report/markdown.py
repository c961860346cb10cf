"""Markdown and YAML from templates: nothing is escaped but what would end the cell of a table or a value."""

from datetime import date
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from taskfusion.config.yaml_text import dump_yaml


def render_text(template: str, **content: Any) -> str:  # noqa: ANN401  whatever the template shows
    """A text as its template says, with one line break at its end.

    Args:
        template: file name under templates.
        content: what the template shows; words of people go through the filter cell in tables, and through value in
            YAML.
    """
    return _environment().get_template(template).render(**content).rstrip() + "\n"


def cell(words: object) -> str:
    """Words as they can stand in a cell of a Markdown table: on one line, without a bar or a tag."""
    line = " ".join(str(words).split())
    return line.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def value(content: object) -> str:
    """A text, number, date or null as it can stand in YAML, behind a key or in braces."""
    plain = str(content) if isinstance(content, date) else content
    return dump_yaml([plain], on_one_line=True).strip()[1:-1]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("taskfusion.report"),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"cell": cell, "value": value}
    return environment
