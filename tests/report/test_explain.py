"""The page of an explanation: what is used stands apart from what helps."""

from attribution_records import ROW
from explanations import RECORD, USE
from taskfusion.evaluate.agreement import SeedFigure
from taskfusion.report.explain import explain_box, explain_report
from taskfusion.run.record.explain import ExplainRecord
from translations import english_left, in_japanese


def segment_of(other: SeedFigure | None) -> str:
    """The page of a record whose segment has too few labels of like."""
    tasks = tuple(one.model_copy(update={"others": other}) for one in USE.parts[1].tasks)
    parts = (USE.parts[0], USE.parts[1].model_copy(update={"tasks": tasks}))
    return explain_report(with_fields(use=USE.model_copy(update={"parts": parts})))


def with_fields(**fields: object) -> ExplainRecord:
    return RECORD.model_copy(update=fields)


def test_the_box_says_per_task_what_is_used_how_sure_and_what_is_next() -> None:
    box = explain_box(RECORD)
    assert box.sentences[0].endswith("from the least to the most of the seeds.")
    assert box.sentences[1].startswith("click rests on its own experts")
    assert box.sentences[2].startswith("like rests on ")
    assert box.sentences[3].startswith("Of the table's columns, scores move most: click with user, video and hour;")
    assert "2 seeds agree" in box.sentences[4]
    assert box.sentences[5].endswith("only training with it and without it tells.")
    assert box.command.startswith("taskfusion transfer ")
    assert box.gains is not None
    assert next((bar.name, bar.text) for bar in box.gains.bars) == ("click", "unstable")


def test_one_seed_is_told_with_the_command_that_trains_more() -> None:
    box = explain_box(with_fields(seeds=(0,)))
    assert "It cannot tell what is stable" in " ".join(box.sentences)
    assert box.command == (
        "taskfusion compare EXPERIMENT.yaml --variants adatt-sp --seeds 3 --out e-seeds && "
        "taskfusion explain e-seeds --out e-seeds-explained"
    )


def test_the_page_keeps_the_words_apart_and_loads_nothing() -> None:
    page = explain_report(RECORD)
    assert "<h2>This model uses</h2>" in page
    assert "<h2>Helps</h2>" in page
    assert "taskfusion transfer EXPERIMENT.yaml" in page
    assert "the same sign on 50\u202f% of the edges" in page
    assert "Maps of age old" in page
    assert '<td class="number">unstable</td><td class="number">+2.0 to +3.0\u202f%</td>' in page
    assert "the 2 smaller ones are left out" in page
    assert "http" not in page.replace("http-equiv", "")


def test_segments_that_are_too_small_say_so() -> None:
    assert '<td class="number"></td><td class="number">too small</td>' in segment_of(None)


def test_a_model_that_mixes_nothing_says_so() -> None:
    record = with_fields(use=None)
    assert "mixes no experts" in explain_box(record).title
    assert "<h2>This model uses</h2>" not in explain_report(record)


def test_a_row_that_was_asked_for_comes_first() -> None:
    record = with_fields(row=ROW)
    box = explain_box(record)
    assert box.title == "Why row 41, the first with video = 'v12' has its predictions"
    assert box.sentences[0].startswith("like: 20.0")
    assert box.sentences[1].startswith("Numbers in brackets are log-odds, counted from the prediction for an average")
    assert box.sentences[2].startswith("Training never saw the value of user")
    page = explain_report(record)
    assert (
        page.index("One row: row 41") < page.index("<h2>This model uses</h2>") < page.index("What each task rests on")
    )
    assert "One row" not in explain_report(RECORD)


def test_names_are_escaped() -> None:
    assert "<b>x" not in explain_report(with_fields(name="<b>x"))


def test_the_page_is_whole_in_japanese() -> None:
    free = USE.model_copy(update={"owned": False})
    records = [RECORD, *(with_fields(**one) for one in ({"seeds": (0,)}, {"use": None}, {"row": ROW}, {"use": free}))]
    for one in records:
        page = in_japanese(explain_report, one.model_copy(update={"trees": True, "table": "the test table"}))
        assert english_left(page) == []
        for word in ("unstable", "all levels", "none shown", "average input", "log-odds"):
            assert word not in page
