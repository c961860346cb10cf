"""What callers are told."""

import json

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
