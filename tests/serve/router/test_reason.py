"""Every reason has words."""

from taskfusion.serve.router.reason import Reason, UnansweredError


def test_every_reason_says_what_happened() -> None:
    for reason in Reason:
        assert len(reason.sentence) > 20
        assert str(UnansweredError(reason)) == reason.sentence
