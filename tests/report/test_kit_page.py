"""A kit as one page: whole, escaped, and in one language."""

import re
from dataclasses import replace

import pytest

from report.test_kit import KPIS, PROJECT, _audit
from taskfusion.report.kit import FILES, MARKS, kit_files
from taskfusion.report.kit_page import kit_page
from taskfusion.report.language import LANGUAGES, Language
from translations import english_left


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_file_is_there_and_every_mark_is_seen(language: Language) -> None:
    files = kit_files(PROJECT, language)
    page = kit_page(PROJECT, files, language)
    assert page.startswith("<!doctype html>")
    assert f'<html lang="{language}">' in page
    anchors = set(re.findall(r'<section class="document" id="([^"]+)"', page))
    assert len(anchors) == len(FILES)
    assert set(re.findall(r'href="#([^"]+)"', page)) == anchors
    marks = sum(text.count(MARKS[language]) for name, text in files.items() if name != "README.md")
    assert page.count(f"<mark>{MARKS[language]}</mark>") == marks
    assert f">{marks} values are left" in page or f"人が記入する箇所が{marks}件" in page
    assert page.count("☐") + page.count("☑") == files["checklist.md"].count("- [")


def test_what_people_wrote_is_no_html() -> None:
    bad = (KPIS[0].model_copy(update={"meaning": "<script>alert(1)</script>", "owner": "<b>x</b>"}), *KPIS[1:])
    project = replace(PROJECT, kpis=bad, name="<i>feed</i>")
    page = kit_page(project, kit_files(project, "en"), "en")
    assert not re.search(r"<script>alert|<b>x|<i>feed", page)


def test_the_japanese_page_is_japanese() -> None:
    page = kit_page(PROJECT, kit_files(PROJECT, "ja"), "ja")
    assert english_left(re.sub(r"which \w+", "", page)) == []


def test_a_project_that_knows_all_is_told_so() -> None:
    page = kit_page(PROJECT, {"roles.md": "# Roles\n"}, "en")
    assert "Every value is known" in page


def test_what_to_do_next_is_an_audit_until_there_is_one() -> None:
    found = [kit_page(replace(PROJECT, audit=audit), {}, "en") for audit in (None, _audit())]
    assert ["taskfusion audit" in page for page in found] == [True, False]
    assert ["taskfusion pilot plan" in page for page in found] == [False, True]
