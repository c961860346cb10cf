"""A finding is kept as data, with its English beside it, and said in any language."""

import re

import pytest

from judged import audit_of, segmented
from taskfusion.report.finding.words import FORMS, finding_words, make_finding
from taskfusion.report.language import speaking
from taskfusion.run.record.audit import AuditFinding, FindingValue
from translations import english_left

NAMES: dict[str, FindingValue] = {
    "key": ("user_id", "time"),
    "tasks": ("click",),
    "features": ("age",),
    "also": ("a: b",),
}


def _values(kind: str) -> dict[str, FindingValue]:
    form = FORMS[kind]
    found: dict[str, FindingValue] = {}
    for name, spec in re.findall(r"\{(\w+)(:?[^}]*)\}", form.subject + form.seen + form.advice):
        is_number = spec or name.endswith(("share", "part", "rate"))
        found[name] = 3 if ":," in spec else 0.25 if is_number else "Q"
    return {**found, **{name: value for name, value in NAMES.items() if name in found}}


@pytest.mark.parametrize("kind", FORMS)
def test_every_kind_is_said_whole_in_both_languages(kind: str) -> None:
    values = _values(kind)
    for language in ("en", "ja"):
        with speaking(language):
            said = finding_words(kind, values)
        text = f"<p>{said.subject}</p><p>{said.seen}</p><p>{said.advice}</p>"
        assert "{" not in text
        assert "." not in (said.seen[-1:], said.advice[-1:])
    assert english_left(text) == []


def test_the_record_keeps_english_whatever_is_spoken() -> None:
    with speaking("ja"):
        found = make_finding("fix", "kpi.without", {"task": "like"})
    assert (found.check, found.subject, found.kind) == ("kpi", "task 'like'", "kpi.without")
    assert AuditFinding.model_validate_json(found.model_dump_json()) == found


def test_a_finding_about_a_model_is_said_from_the_model() -> None:
    found = make_finding("fix", "model.off", {"task": "click", "measure": "calibration"}, audit_of(segmented()))
    assert "where device is web" in found.seen
