"""Sentences on what models use: none on an edge whose sign flips between seeds, and no claim that anything helps."""

from explanations import PART, RECORD, USE
from taskfusion.report.explain_words import ONE_SEED, sureness, task_sentences, use_title


def test_an_edge_whose_sign_flips_is_not_named() -> None:
    said = " ".join(task_sentences(USE, PART, "click"))
    assert "like" not in said
    assert "1 of 1 edges into it is unstable" in said
    assert (
        "click rests on its own experts (+20.0 to +22.0\u202f%). It is not shown to rest on the experts of any one"
        in said
    )


def test_what_seeds_agree_on_is_told_with_its_size() -> None:
    said = " ".join(task_sentences(USE, PART, "like"))
    assert said == "like rests on its own experts (+8.0 to +9.0\u202f%) and those of click (+2.0 to +3.0\u202f%)."


def test_too_few_labels_are_told() -> None:
    (said,) = task_sentences(USE, USE.parts[1], "like")
    assert "too few labels" in said


def test_how_sure_it_is() -> None:
    assert sureness(RECORD, USE).startswith("2 seeds agree on 1 of 2 edges from other units")
    one = RECORD.model_copy(update={"seeds": (0,)})
    assert sureness(one, USE) == ONE_SEED
    assert "one seed cannot tell" in use_title(one, USE)
    assert "belong to nobody" in sureness(RECORD, USE.model_copy(update={"owned": False}))
    assert (
        use_title(RECORD, USE) == "1 of 2 tasks rests on experts of other tasks; which ones is unstable between 2 seeds"
    )
    assert "helps" not in " ".join([sureness(RECORD, USE), use_title(RECORD, USE)])
