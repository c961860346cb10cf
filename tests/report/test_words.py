from taskfusion.report.language import speaking
from taskfusion.report.words import capital, listed


def test_names_are_listed_up_to_four() -> None:
    assert [listed("abcdefg"[:count]) for count in (1, 2, 4, 5)] == [
        "a",
        "a and b",
        "a, b, c and d",
        "a, b, c, d and 1 more",
    ]


def test_sentences_begin_with_a_capital_letter_in_english_alone() -> None:
    assert capital("task 'like'") == "Task 'like'"
    with speaking("ja"):
        assert capital("separateと") == "separateと"
