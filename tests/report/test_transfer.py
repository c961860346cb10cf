"""The page of a study of transfer."""

import re

from taskfusion.report.transfer import transfer_box, transfer_report
from taskfusion.run.record.transfer import SourceRecord, TransferRecord
from transfers import RECORD, effect
from translations import english_left, in_japanese


def with_fields(**fields: object) -> TransferRecord:
    content: dict[str, object] = {name: getattr(RECORD, name) for name in TransferRecord.model_fields}
    return TransferRecord.model_validate(content | fields)


def test_the_box_names_who_harms_and_what_to_do() -> None:
    box = transfer_box(RECORD)
    assert (box.title, box.style) == ("click harms the other tasks", "worse")
    assert box.sentences[0].startswith("click: Forbid the edge")
    assert box.gains is not None
    assert [(bar.name, bar.verdict) for bar in box.gains.bars] == [("click", "worse"), ("like", "better")]


def test_without_harm_the_box_says_whom_to_keep() -> None:
    box = transfer_box(with_fields(sources=RECORD.sources[1:]))
    assert (box.title, box.style) == ("Keep like: the other tasks gain by it", "better")
    assert box.sentences[0].startswith("Keep the tasks as they are")


def test_what_is_not_finished_is_told_with_the_command_that_goes_on() -> None:
    box = transfer_box(with_fields(models_done=4))
    assert any("4 of 15 models" in sentence for sentence in box.sentences)
    assert box.command == "taskfusion transfer EXPERIMENT.yaml --seeds 3 --out t"
    assert "--seeds 6" in transfer_box(RECORD).command


def test_the_command_asks_about_the_same_tasks() -> None:
    asked = transfer_box(with_fields(sources=RECORD.sources[:1], models_done=4)).command
    assert asked == f"taskfusion transfer EXPERIMENT.yaml --seeds 3 --tasks {RECORD.sources[0].source} --out t"


def test_the_page_holds_every_pair_and_loads_nothing() -> None:
    page = transfer_report(RECORD)
    assert re.search(r"like without click: \u22122\.00", page)
    assert "A fusion weight says what a model uses. Whether a task helps is answered here" in page
    assert "sharing: {forbid: [{source: click, target: like}]}" in page
    assert "Bonferroni" in page
    assert "http" not in page.replace("http-equiv", "")


def test_names_are_escaped() -> None:
    assert "<b>x" not in transfer_report(with_fields(name="<b>x"))


def test_a_task_that_does_better_alone_is_in_the_title() -> None:
    changed = {"others": effect(0.01), "targets": {}, "harmed": (), "alone": effect(-3.0), "remedy": "single-task"}
    content = {name: getattr(RECORD.sources[0], name) for name in SourceRecord.model_fields} | changed
    assert transfer_box(with_fields(sources=(SourceRecord.model_validate(content),))).title == "click does better alone"


def test_the_page_is_whole_in_japanese() -> None:
    for fields in ({}, {"sources": RECORD.sources[1:]}, {"models_done": 4}, {"seeds": 5, "grouped": False}):
        page = in_japanese(transfer_report, with_fields(**fields))
        assert english_left(page) == []
        assert "none shown" not in page
