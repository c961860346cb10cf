"""Every text of a page has one Japanese, with the same names in it."""

import ast
import re
from pathlib import Path

import pytest

from taskfusion.report.language import LANGUAGES, N_, _, speaking, spoken, translations
from translations import REPORT, calls, catalogues, english_left, fields, missing, texts

JAPANESE = [(file, str(one.id), str(one.string)) for file, found in catalogues("ja").items() for one in found if one.id]
SOURCES = sorted(REPORT.rglob("*.py"))

TERMS = {
    r"tasks?": "タスク",
    r"baselines?": "ベースライン",
    r"experts?": "エキスパート",
    r"gates?": "ゲート",
    r"seeds?": "シード",
    r"fusion units?": "融合ユニット",
    r"calibrat\w+": "キャリブレーション",
    r"guardrails?": "ガードレール",
    r"roll(?:s|ed)? back": "ロールバック",
    r"confidence intervals?": "信頼区間",
}
"""English terms, and what their Japanese has in it."""


def test_english_is_what_it_is_without_being_asked() -> None:
    assert spoken() == LANGUAGES[0] == "en"
    assert _("Verdict") == N_("Verdict") == "Verdict"
    assert translations("en") == {}


def test_a_language_is_spoken_inside_and_no_longer() -> None:
    with pytest.raises(KeyError), speaking("ja"):
        raise KeyError(_("Verdict"))
    assert spoken() == "en"


def test_values_stand_in_the_order_of_the_language() -> None:
    assert _("under {share}", share="1 %") == "under 1 %"
    with speaking("ja"):
        assert _("under {share}", share="1%") == "1%未満"


def test_what_has_no_translation_stays_english_and_braces_are_text() -> None:
    with speaking("ja"):
        assert _("no such text") == "no such text"
        assert _("{a}") == "{a}"


def test_every_text_has_its_japanese() -> None:
    assert missing("ja") == []


def test_every_japanese_is_of_a_text() -> None:
    known = texts()
    assert [f"{file}: {english}" for file, english, _japanese in JAPANESE if english not in known] == []


def test_no_text_is_translated_in_two_ways() -> None:
    first: dict[str, str] = {}
    assert [english for _file, english, japanese in JAPANESE if first.setdefault(english, japanese) != japanese] == []


def test_the_same_names_stand_in_both() -> None:
    assert [english for _file, english, japanese in JAPANESE if fields(english) != fields(japanese)] == []


@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_translated_in_one_way(term: str) -> None:
    used = re.compile(rf"(?<![\w.-]){term}(?![\w-])", re.IGNORECASE)  # not of a name such as single-task
    bare = (
        (english, japanese) for _file, english, japanese in JAPANESE if used.search(re.sub(r"\{.*?\}", "", english))
    )
    assert [english for english, japanese in bare if TERMS[term] not in japanese] == []


def test_no_text_is_put_together_before_it_is_translated() -> None:
    """Extraction would not see it."""
    joined = [
        f"{path.name}:{line}"
        for path in SOURCES
        for line, text in calls(path)
        if isinstance(text, ast.JoinedStr | ast.BinOp)
    ]
    assert joined == []


def test_nothing_else_is_called_like_the_translation() -> None:
    """A loop over _ would hide it in the whole function."""
    hidden = [
        f"{path.name}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name) and node.id == "_" and isinstance(node.ctx, ast.Store) and any(calls(path))
    ]
    assert hidden == []


def test_every_page_is_looked_at_in_japanese() -> None:
    tests = Path(__file__).parent
    pages = [
        path.stem
        for path in (REPORT / "templates").glob("*.html")
        if '{% extends "base.html" %}' in path.read_text(encoding="utf-8")
    ]
    unseen = [page for page in pages if "english_left(" not in (tests / f"test_{page}.py").read_text(encoding="utf-8")]
    assert len(pages) > 12
    assert unseen == []


def test_english_that_is_left_is_found() -> None:
    page = '<p title="One two three">要約 <code>not this one here</code></p><p>click と watch time of user</p>'
    assert english_left(page) == ["One two three", "watch time of user"]
    assert english_left(page, "time of user") == ["One two three"]
