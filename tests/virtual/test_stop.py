"""A signal ends the serving of phones between asyncio's steps, not within one, and its owner hears of it."""

import asyncio
import os
import signal
from collections.abc import Iterator
from types import FrameType

import pytest

from harness.virtual.server import ServeSettings, Serving, serve
from harness.virtual.stop import Stop


@pytest.fixture
def umask() -> Iterator[None]:
    """Serving sets it for its whole process."""
    before = os.umask(0)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture
def loops_hung_up_in() -> Iterator[list[asyncio.AbstractEventLoop | None]]:
    """The event loops that ran when SIGHUP reached its owner, which raises as the command does."""
    loops: list[asyncio.AbstractEventLoop | None] = []

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        loops.append(asyncio._get_running_loop())
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGHUP, interrupt)
    yield loops
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("umask")
def test_a_closed_terminal_interrupts_its_command_once_the_phones_are_off(
    loops_hung_up_in: list[asyncio.AbstractEventLoop | None],
) -> None:
    def hang_up(_serving: Serving) -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGHUP)

    with pytest.raises(KeyboardInterrupt):
        serve(ServeSettings(engine="modelled"), hang_up)
    assert loops_hung_up_in == [None]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_came_before_the_loop_ends_serving_and_leaves_the_handlers_as_they_were(
    number: signal.Signals,
) -> None:
    stop, before = Stop(), signal.getsignal(number)
    with stop.noting_signals():
        signal.raise_signal(number)
        asyncio.run(stop.wait(until_eof=False))
    assert signal.getsignal(number) is before


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Stop().noting_signals():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
