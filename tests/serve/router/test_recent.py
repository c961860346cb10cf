"""Requests of late are few and small."""

from taskfusion.serve.router.recent import LONGEST_BYTES, MOST, Recent


def test_the_latest_of_every_sixteenth_are_held() -> None:
    recent = Recent()
    for number in range(10_000):
        recent.add(str(number).encode())
    held = [int(body) for body in recent]
    assert len(recent) == len(held) == MOST
    assert held == list(range(held[0], held[0] + 16 * MOST, 16))
    assert held[-1] >= 10_000 - 16


def test_long_ones_are_not_held() -> None:
    recent = Recent()
    recent.add(bytes(LONGEST_BYTES + 1))
    assert len(recent) == 0
