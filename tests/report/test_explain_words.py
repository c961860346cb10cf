"""Sentences on what models use: none on an edge whose sign flips between seeds, and no claim that anything helps."""

from explanations import PART, RECORD, USE
from taskfusion.report.explain_words import ONE_SEED, sureness, task_sentences, use_title


def test_an_edge_whose_sign_flips_is_not_named() -> None:
    said = " ".join(task_sentences(USE, PART, "click"))
    assert "like" not in said
    assert "1 of 1 edges into it are unstable" in said
    assert "without them its loss changes by +21.00" in said


def test_what_seeds_agree_on_is_told_with_its_size() -> None:
    said = " ".join(task_sentences(USE, PART, "like"))
    assert "It rests on the experts of click (+2.50" in said
    assert "unstable" not in said


def test_too_few_labels_are_told() -> None:
    (said,) = task_sentences(USE, USE.parts[1], "like")
    assert "too few labels" in said


def test_how_sure_it_is() -> None:
    assert sureness(RECORD, USE).startswith("2 seeds agree in the sign of dependence on 1 of 2 edges")
    one = RECORD.model_copy(update={"seeds": (0,)})
    assert sureness(one, USE) == ONE_SEED
    assert "one seed cannot tell" in use_title(one, USE)
    assert "belong to nobody" in sureness(RECORD, USE.model_copy(update={"owned": False}))
    assert use_title(RECORD, USE) == "like rests on experts of other tasks; which ones is stable on 1 of 2 edges"
    assert "helps" not in " ".join([sureness(RECORD, USE), use_title(RECORD, USE)])
