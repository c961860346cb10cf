from collections.abc import Callable
from typing import Any

from taskfusion.report.language import LANGUAGES, speaking
from taskfusion.report.page import _percentage, render


def test_a_coordinate_is_short() -> None:
    assert [_percentage(value) for value in (0, 50, 100, 33.3333, 0.1)] == ["0%", "50%", "100%", "33.33%", "0.1%"]


def test_a_page_says_which_language_it_is_in(parse: Callable[[str], Any]) -> None:
    content = {"title": "x", "style": {}, "script": ""}
    for language in LANGUAGES:
        with speaking(language):
            (html,) = (a for tag, a in parse(render("base.html", **content)).elements if tag == "html")
        assert html["lang"] == language
