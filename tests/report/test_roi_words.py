"""Every kind has its words."""

from pathlib import Path
from typing import get_args

import pytest

from report.test_roi import record
from taskfusion.report.roi_words import (
    CASES,
    INPUTS,
    MISSING,
    PARTS,
    REASONS,
    SOURCES,
    doubt_sentence,
    input_name,
    missing_text,
    month_text,
    part_name,
    reason_text,
    value_of,
)
from taskfusion.run.record import roi
from taskfusion.run.record.roi import RoiReason, Uncounted


def test_every_kind_has_words() -> None:
    for words, kinds in (
        (CASES, roi.CaseName), (PARTS, roi.PartKind), (SOURCES, roi.Source), (INPUTS, roi.InputKind),
        (REASONS, roi.RoiReasonKind),
    ):  # fmt: skip
        assert set(words) == set(get_args(kinds))
    assert set(MISSING) == set(get_args(Uncounted.model_fields["kind"].annotation))


@pytest.mark.parametrize("kind", REASONS)
def test_reasons_are_sentences(kind: roi.RoiReasonKind, tmp_path: Path) -> None:
    said = reason_text(RoiReason(kind=kind, case="savings", chance=0.5), record(tmp_path))
    assert "{" not in said
    assert said.endswith(".")


def test_names_and_numbers(tmp_path: Path) -> None:
    found = record(tmp_path)
    names = {input_name(one) for one in found.inputs}
    assert {"effect on like", "people hours per model and month, before", "requests per month"} <= names
    assert "effect on like" in {part_name(one) for one in found.parts}
    effect = next(one for one in found.inputs if one.kind == "effect")
    assert value_of(effect, 0.03) == "+3.00 %"
    assert value_of(next(one for one in found.inputs if one.kind == "hour"), 80) == "80"
    assert month_text(None, 24) == "not within 24 months"
    assert month_text(7.3, 24) == "month 7.3"
    assert missing_text(Uncounted(kind="training")).startswith("Training: ")
    still = found.model_copy(update={"inputs": [found.inputs[0].model_copy(update={"share": 0.0})]})
    assert doubt_sentence(still) == "Every input is known exactly."
