"""Requests to stop: the first signal asks, a second Ctrl-C interrupts."""

import os
import signal
import threading

import pytest

from taskfusion.train.interrupt import SIGNALS, StopRequest


class Calls:
    def __init__(self) -> None:
        self.number = 0

    def __call__(self) -> None:
        self.number += 1


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_is_a_request(number: signal.Signals) -> None:
    told = Calls()
    with StopRequest(told) as stop:
        assert not stop.made
        os.kill(os.getpid(), number)
        assert stop.made
    assert told.number == 1


@pytest.mark.parametrize("first", SIGNALS)
def test_a_second_ctrl_c_interrupts_at_once(first: signal.Signals) -> None:
    told = Calls()
    with StopRequest(told):
        os.kill(os.getpid(), first)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert told.number == 1


def test_further_terminations_ask_once() -> None:
    told = Calls()
    with StopRequest(told) as stop:
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGTERM)
        assert stop.made
    assert told.number == 1


def test_the_handlers_before_come_back() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with StopRequest(lambda: None):
        assert all(signal.getsignal(n) != old for n, old in zip(SIGNALS, before, strict=True))
    assert [signal.getsignal(number) for number in SIGNALS] == before
    with pytest.raises(ValueError, match="inside"), StopRequest(lambda: None):
        raise ValueError("inside")
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_outside_the_main_thread_nothing_happens() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    seen: list[object] = []

    def work() -> None:
        with StopRequest(lambda: None) as stop:
            seen.extend([stop.made, [signal.getsignal(number) for number in SIGNALS]])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False, before]
