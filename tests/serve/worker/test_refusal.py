"""What callers are told."""

import json
from time import perf_counter

import pytest

from taskfusion.serve.worker.refusal import RefusedError, malformed, require_known, shown, too_large, unusable


def test_a_refusal_says_code_and_message_in_both_forms() -> None:
    refused = unusable("there should be 'a', found nothing")
    assert (malformed("x").status, refused.status, too_large("x").status) == (400, 422, 413)
    assert json.loads(refused.body()) == {"error": {"code": "unusable", "message": refused.message}}
    assert json.loads(refused.protocol_body()) == {"error": refused.message}


def test_unknown_keys_are_named_with_what_was_perhaps_meant() -> None:
    require_known({"top": 1}, ("top", "request"), "the body")
    with pytest.raises(RefusedError, match="the body has the key 'topp', which means nothing; did you mean 'top'"):
        require_known({"topp": 1}, ("top", "request"), "the body")


def test_values_are_shown_short_and_without_what_terminals_obey() -> None:
    assert len(shown("x" * 1000)) < 100
    assert shown("a\nb\x1b") == r"'a\nb\x1b'"
    assert shown({"a": [1, None, 2.5]}) == "{'a': [1, None, 2.5]}"
    assert shown("\u2028ü") == r"'\u2028\xfc'"


def test_a_large_value_is_not_looked_at_whole() -> None:
    """Its whole text took longer than reading the body."""
    large: list[object] = [[[[[0] * 100] * 100] * 100] * 100] * 100
    start = perf_counter()
    assert shown(large).startswith("[[[[...], [...]")
    assert perf_counter() - start < 1


def test_messages_are_one_printable_line_of_bounded_length() -> None:
    for given, shown_as in (("a\nb\x00\u2028", r"a\nb\x00\u2028"), ("ein Käfer", "ein Käfer"), ("\ud800", r"\ud800")):
        assert unusable(given).message == shown_as
        assert json.loads(unusable(given).body())["error"]["message"] == shown_as
    long = unusable("begin" + "x" * 10_000 + "; do this").message
    assert len(long) < 1000
    assert long.startswith("begin")
    assert " ... " in long
    assert long.endswith("; do this")
