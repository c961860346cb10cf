from taskfusion.report.words import listed, verb


def test_names_are_listed_up_to_four() -> None:
    assert [listed("abcdefg"[:count]) for count in (1, 2, 4, 5)] == [
        "a",
        "a and b",
        "a, b, c and d",
        "a, b, c, d and 1 more",
    ]


def test_a_verb_goes_with_its_names() -> None:
    assert [verb(names, "is", "are") for names in (["a"], ["a", "b"])] == ["is", "are"]
