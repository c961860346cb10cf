import pytest

from taskfusion.inspect.init.words import (
    is_aggregate,
    is_id,
    is_label,
    is_outcome,
    is_spent_time,
    is_watch_share,
    words_of,
)


@pytest.mark.parametrize("name", ["user_id", "userId", "userid", "USER-ID", "User Id", "user.id"])
def test_ways_to_write_a_name(name: str) -> None:
    assert words_of(name) == ("user", "id")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("playTimeMs", ("play", "time", "ms")),
        ("label_2", ("label", "2")),
        ("valid", ("valid",)),
        ("grid", ("grid",)),
        ("uid", ("u", "id")),
        ("Größe_ключ", ("größe", "ключ")),
        ("?!", ()),
    ],
)
def test_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("predicate", "yes", "no"),
    [
        (
            is_outcome,
            ["is_click", "long_view", "conversion", "add_to_cart"],
            ["click_count", "ctr", "last_click", "age"],
        ),
        (is_aggregate, ["like_count", "clicks_7d", "avg_rating", "watch_history"], ["like", "d7x", "rating"]),
        (
            is_label,
            ["label", "y", "label_click", "target", "is_churn", "purchase_target"],
            ["target_cpa", "label_id", "x"],
        ),
        (is_watch_share, ["watch_ratio", "play_rate", "completionPercent"], ["ratio", "avg_watch_ratio", "watch"]),
        (
            is_spent_time,
            ["play_time_ms", "dwell", "watch_seconds", "time_spent"],
            ["duration_ms", "time", "avg_play_time"],
        ),
    ],
)
def test_what_names_tell(predicate: object, yes: list[str], no: list[str]) -> None:
    assert callable(predicate)
    assert [name for name in yes if not predicate(words_of(name))] == []
    assert [name for name in no if predicate(words_of(name))] == []


@pytest.mark.parametrize(
    ("name", "expected"), [("item_key", True), ("C14", True), ("deviceID", True), ("price", False)]
)
def test_ids(name: str, expected: bool) -> None:
    assert is_id(words_of(name), name) is expected
