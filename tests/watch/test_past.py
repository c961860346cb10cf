"""What an alarm was at its worst is kept until it ends."""

from datetime import timedelta

from taskfusion.watch.past import ended, worst
from watched import NOW, alarm

LATER = NOW + timedelta(hours=2)


def test_an_alarm_is_kept_as_it_was_when_it_asked_for_the_most() -> None:
    looks = [alarm(value=9.5, action="hold"), alarm(value=12.0), alarm(value=10.0), alarm(value=40.0, action="hold")]
    kept = worst(looks[:1], [])
    assert kept == looks[:1]
    for look in looks[1:]:
        kept = worst([look], kept)
    assert kept == [looks[1]]
    small = {"name": "sample_ratio", "limit": 0.001}
    assert worst([alarm(value=9e-4, **small)], [alarm(value=1e-6, **small)])[0].value == 1e-6


def test_an_alarm_that_began_earlier_than_was_known_says_so() -> None:
    (kept,) = worst([alarm(value=9.5, since=NOW - timedelta(hours=1))], [alarm(value=20.0)])
    assert (kept.value, kept.since) == (20.0, NOW - timedelta(hours=1))


def test_what_holds_no_more_has_ended() -> None:
    both = [alarm(), alarm(task="like", kpi="likes")]
    assert ended(both, both, LATER) == []
    (one,) = ended(both, both[1:], LATER)
    assert (one.task, one.since, one.until) == ("click", NOW, LATER)
    assert ended(both, [alarm(segment="country=jp"), both[1]], LATER) == [], "it is the same alarm"
    (early,) = ended(both[:1], [], NOW - timedelta(days=1))
    assert early.until == early.since
