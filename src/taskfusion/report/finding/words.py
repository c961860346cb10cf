"""A finding in words, by its kind."""

from collections.abc import Mapping
from typing import Final

from taskfusion.report.finding.form import FindingValues, Form
from taskfusion.report.finding.label import LABEL_FORMS
from taskfusion.report.finding.model import MODEL_WORDS
from taskfusion.report.finding.table import TABLE_FORMS
from taskfusion.report.language import speaking
from taskfusion.run.record.audit import AuditFinding, ModelAudit, Severity

FORMS: Final[Mapping[str, Form]] = {**LABEL_FORMS, **TABLE_FORMS}


def finding_words(kind: str, values: FindingValues, model: ModelAudit | None = None) -> Form:
    """A finding in the language that is spoken.

    Args:
        kind: of the finding.
        values: what its sentences name.
        model: the model that was judged, where the finding is about one.
    """
    return FORMS[kind].filled(values) if model is None or kind in FORMS else MODEL_WORDS[kind](values, model)


def make_finding(severity: Severity, kind: str, values: FindingValues, model: ModelAudit | None = None) -> AuditFinding:
    """A finding as records have it: its kind and values, and beside them its sentences in English.

    Args:
        severity: of the finding.
        kind: of the finding; what stands before the first point is the check that found it.
        values: what its sentences name.
        model: the model that was judged, where the finding is about one.
    """
    with speaking("en"):
        words = finding_words(kind, values, model)
    return AuditFinding(
        severity=severity,
        check=kind.partition(".")[0],
        subject=words.subject,
        seen=words.seen,
        advice=words.advice,
        kind=kind,
        values=dict(values),
    )
