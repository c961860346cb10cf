"""Files of a kit: the same in every language, valid where programs read them, and open where nobody knows."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from costs import record as cost_record
from taskfusion.config.charter import Charter, Metric, read_charter
from taskfusion.config.kpi import Kpi
from taskfusion.config.ramp import DEFAULT_STAGES, read_ramp
from taskfusion.config.roi import read_roi
from taskfusion.config.watch import read_watch
from taskfusion.config.yaml_text import dump_yaml
from taskfusion.report.finding.words import make_finding
from taskfusion.report.kit import CHECKS, FILES, INDEX, MARKS, KitProject, checks, kit_files, open_places
from taskfusion.report.language import LANGUAGES, Language
from taskfusion.report.runbook import Places
from taskfusion.run.record.audit import AuditFinding, AuditRecord, FindingValue
from translations import english_left

SHAPE = re.compile(r"^(#+ |\||- \[.\]|- |```|  - |\d\. )", re.MULTILINE)
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def _kpi(name: str, **fields: object) -> Kpi:
    known = {"meaning": f"which {name}", "unit": "n", "task": name, "delay_days": 3, "direction": "up"}
    return Kpi.model_validate(
        {"name": name, **known, "role": "guardrail", "least_effect": 0.02, "owner": "佐藤 | A", **fields}
    )


KPIS = (_kpi("click", role="success"), _kpi("like", owner="nobody yet"), _kpi("hide", direction="down", role="quality"))
PROJECT = KitProject(
    name="feed",
    places=Places(run="RUN"),
    tasks=("click", "like", "hide", "share"),
    kpis=KPIS,
    first_words=frozenset({"like"}),
    charter=Charter(
        name="pilot-1", metrics=tuple(Metric(kpi=one.name, value=one.name) for one in KPIS), unit="user", time="at"
    ),
    guessed=frozenset({"time", "like"}),
    segments=("age", "country"),
    audit=None,
    cost=None,
    cost_file="cost/cost.json",
)


def _audit(*findings: AuditFinding) -> AuditRecord:
    rows = {"train": 1200, "validation": 30, "test": 30}
    return AuditRecord(
        name="a", rows=rows, share=1, key=(), time="at", findings=findings, labels=(), drift=(), domain=(), kpis=(),
        segments=(),
    )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_programs_read_what_is_for_them(tmp_path: Path, language: Language) -> None:
    (tmp_path / "kpi.yaml").write_text(dump_yaml({"kpis": [one.model_dump(mode="json") for one in KPIS]}))
    for name, text in kit_files(PROJECT, language).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    charter, kpis = read_charter(tmp_path / "charter.yaml")
    assert charter.metrics == PROJECT.charter.metrics
    assert tuple(kpis.values()) == KPIS
    roi = read_roi(tmp_path / "roi.yaml")
    assert (roi.kpis, Path(roi.cost)) == ((), tmp_path / "cost" / "cost.json")
    watch, watched = read_watch(tmp_path / "watch.yaml")
    assert (set(watched), watch.time) == ({"click", "like", "hide"}, "at")
    ramp = read_ramp(tmp_path / "ramp.yaml")
    assert ramp.stages == DEFAULT_STAGES
    assert Path(ramp.charter) == tmp_path / "charter.yaml"


def test_every_language_has_the_same_files_with_the_same_gaps() -> None:
    english, japanese = (kit_files(PROJECT, language) for language in LANGUAGES)
    assert list(english) == list(japanese) == [INDEX, *FILES]
    assert open_places(english, "en") == open_places(japanese, "ja")
    for name in english:
        shapes = [
            re.findall(r"^(#+ |\||- \[.\]|- |```|  - |\d\. )", text[name], re.MULTILINE) for text in (english, japanese)
        ]
        assert shapes[0] == shapes[1], name


def test_no_file_is_half_translated() -> None:
    for project in (PROJECT, replace(PROJECT, cost=cost_record(), segments=())):
        for name, text in kit_files(project, "ja").items():
            prose = re.sub(r"```.*?```|^    .*?$|`[^`]*`", "", text, flags=re.MULTILINE | re.DOTALL)
            lines = [
                line for line in prose.splitlines() if name.endswith(".md") or ("#" in line and "# task" not in line)
            ]
            assert not [line for line in lines if re.search(r"(?:\b[A-Za-z']{2,}\b[ ,]+){4,}", line)], name
            assert not [line for line in lines if re.match(r"#+ [a-z A-Z]{8,}$", line) and name != "runbook.md"], name
        for name, text in kit_files(project, "en").items():
            assert not JAPANESE.search(text.replace("佐藤", "")), name


def test_words_of_people_do_not_break_tables() -> None:
    for name, text in kit_files(PROJECT, "en").items():
        for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1, (name, block)


def test_nothing_is_left_open_that_is_known() -> None:
    named = tuple(_kpi(one.name, role=one.role, direction=one.direction) for one in KPIS)
    known = replace(PROJECT, kpis=named, tasks=("click", "like", "hide"), first_words=frozenset(), guessed=frozenset())
    files = kit_files(known, "en")
    counts, before = open_places(files, "en"), open_places(kit_files(PROJECT, "en"), "en")
    assert "kpis.md" not in counts
    assert before["kpis.md"] == 3  # an owner, a meaning, a task without a KPI
    assert (before["charter.yaml"], counts["charter.yaml"]) == (3, 1)  # time, a column, the first day
    assert f"| [checklist.md](checklist.md) | {counts['checklist.md']} |" in files[INDEX]
    assert MARKS["en"] not in files["runbook.md"]


def test_the_checklist_shows_what_an_audit_found() -> None:
    assert [one.key for one in checks(None)] == list(CHECKS)
    assert not any(one.is_done for one in checks(None))
    leak: dict[str, FindingValue] = {"feature": "age", "task": "like", "value": "3", "yes_part": 0.9, "rows_part": 0.1}
    audit = _audit(
        make_finding("fine", "grain.key", {"key": ("user", "at")}),
        make_finding("fix", "leak.value.positives", leak),
        make_finding("watch", "domain.told.alone", {"split": "test", "auc": 0.9}),
        make_finding("fine", "domain.alike", {"split": "validation", "auc": 0.5}),
    )
    found = {one.key: one for one in checks(audit)}
    assert found["grain"].is_done
    assert not found["leak"].is_done
    assert [severity for severity, _ in found["domain"].findings] == ["watch"]
    text = kit_files(replace(PROJECT, audit=audit), "en")["checklist.md"]
    assert "- [x] One row is one impression" in text
    assert (
        "- [ ] Every feature was known before the outcome.\n  - **fix**: feature 'age': 90.0 % of the positives" in text
    )
    assert "- [ ] Labels of the last days are complete.\n  FILL IN: the audit could not look" in text
    assert "1,200 train rows" in text
    japanese = kit_files(replace(PROJECT, audit=audit), "ja")["checklist.md"]
    assert "  - **要修正**：" in japanese
    assert english_left("".join(f"<p>{line}</p>" for line in japanese.splitlines() if line.startswith("  - "))) == []


def test_what_a_record_of_before_says_stays_as_it_is() -> None:
    old = AuditFinding(severity="fix", check="leak", subject="age", seen="gives it away", advice="leave it out")
    (_, said), *others = next(one.findings for one in checks(_audit(old)) if one.key == "leak")
    assert (said.seen, others) == ("gives it away", [])


def test_the_sheet_can_be_filled_after_the_pilot(tmp_path: Path) -> None:
    """Its last lines are what a return is read of, once the '#' before them is gone."""
    text = kit_files(PROJECT, "en")["roi.yaml"]
    file = tmp_path / "roi.yaml"
    file.write_text(re.sub(r"^# (?=memo:|kpis:|  - )", "", text, flags=re.MULTILINE))
    roi = read_roi(file)
    assert [one.kpi for one in roi.kpis] == ["click"]
    assert roi.memo == str(tmp_path / "memo" / "memo.json")


def test_what_a_measured_cost_says_is_on_the_sheet() -> None:
    cost = cost_record()
    text = kit_files(replace(PROJECT, cost=cost, cost_file="../cost/cost.json"), "ja")
    shown = re.findall(r"^\| .*（`(.*)`）", text["roi.md"], re.MULTILINE)
    assert shown == [
        plan.name for plan in cost.plans if plan.name.endswith("s, online") or plan.name == "one model, online"
    ]
    assert "、推奨 |" in text["roi.md"]
    assert "cost: ../cost/cost.json\n" in text["roi.yaml"]


def test_a_registry_without_a_success_says_so() -> None:
    text = kit_files(replace(PROJECT, kpis=KPIS[1:]), "ja")["kpis.md"]
    assert "要記入：成功指標となるKPIがなく" in text
