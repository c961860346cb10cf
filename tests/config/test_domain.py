"""The section domain: absent by default, strict where it is there."""

import pytest

from support import BASE, experiment, refusal


def test_a_target_alone_has_sensible_defaults() -> None:
    assert experiment().domain is None
    found = experiment().with_settings("domain={target: age > 3}").domain
    assert found is not None
    assert (found.target, found.method, found.clip) == ("age > 3", "importance", 0.99)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({}, "domain.target"),
        ({"target": ""}, "domain.target"),
        ({"target": "age > 3", "method": "adversarial"}, "importance"),
        ({"target": "age > 3", "clip": 0}, "domain.clip"),
        ({"target": "age > 3", "clip": 1.1}, "domain.clip"),
        ({"target": "age > 3", "goal": 1}, "goal"),
    ],
)
def test_what_is_no_domain_is_refused_by_name(section: dict[str, object], words: str) -> None:
    assert words in refusal({**BASE, "domain": section})
