"""Whatever interrupts a run, the phone ends as it began."""

import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from harness.errors import PhoneLost
from harness.phone.restoration import restored_in_words
from harness.phone.restore_journal import journal_files
from harness.phone.server import AdbServer
from harness.phone.settings import WantedSettings, changed
from harness.phone.transport import ShellAnswer, Transport
from harness.results.records import PhoneFacts
from tests.phone.settings.changing import ORIGINAL, as_kind, next_command, set_values, snapshot, value_of
from tests.phone.settings.dying import start, survives

# Commands: the serial, the battery, all values, seven changes, all values again; then values, seven, values.
STEPS = {"before": 20, "after": 20, "fsync": 2, "replace": 1}


@pytest.mark.parametrize("dies", STEPS)
def test_killed_at_any_step_the_next_command_puts_everything_back(
    phone: Transport, folder: Path, dies: str
) -> None:
    before, wanted = snapshot(phone), WantedSettings(brightness=200, fixed_performance=True)
    nth = 1
    while not survives(phone, folder, wanted, dies=dies, nth=nth):
        next_command(phone, folder)
        assert snapshot(phone) == before, f"killed {dies} step {nth}"
        assert journal_files(folder) == []
        nth += 1
    assert nth - 1 == STEPS[dies]


def test_killed_at_any_moment_the_next_command_puts_everything_back(phone: Transport, folder: Path) -> None:
    before, times = snapshot(phone), random.Random(6)
    changed_at_death = 0
    for _ in range(15):
        process = start(phone, folder, WantedSettings(brightness=200))
        until_s = time.monotonic() + 20
        while not journal_files(folder) and time.monotonic() < until_s:
            process.join(0.001)
        process.join(times.uniform(0, 0.05))
        process.kill()
        process.join()
        changed_at_death += snapshot(phone) != before
        next_command(phone, folder)
        assert snapshot(phone) == before
    assert changed_at_death


def test_two_killed_runs_in_a_row_end_in_the_values_before_the_first(phone: Transport, folder: Path) -> None:
    before = snapshot(phone)
    assert not survives(phone, folder, WantedSettings(), dies="after", nth=7)
    assert value_of(phone, "global animator_duration_scale") == "0"
    assert not survives(phone, folder, WantedSettings(brightness=10), dies="after", nth=14)
    assert snapshot(phone) != before
    next_command(phone, folder)
    assert snapshot(phone) == before


def test_a_phone_that_is_away_at_the_end_is_put_back_when_it_is_seen_again(
    connection: tuple[AdbServer, str], phone: Transport, cabled: PhoneFacts, folder: Path
) -> None:
    server, address = connection
    before, said = snapshot(phone), list[str]()
    with changed(phone, cabled, WantedSettings(), folder, said.append):
        server.disconnect(address)
    [line] = said
    assert line.startswith(f"{address}: its settings are not set back (")
    assert line.endswith("): `elbench restore`, or the next elbench command that sees the phone, does it")
    server.connect(address)
    assert snapshot(phone) != before
    restoration = next_command(phone, folder)
    assert restored_in_words(address, restoration) == (
        f"{address}: set back what an earlier run had changed: global stay_on_while_plugged_in, "
        "global window_animation_scale, global transition_animation_scale, global animator_duration_scale",
    )
    assert snapshot(phone) == before


def test_a_second_interrupt_while_the_phone_is_put_back_says_how_to_restore(
    phone: Transport, cabled: PhoneFacts, folder: Path
) -> None:
    class Impatient(Transport):
        def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
            if command.startswith("settings put global animator_duration_scale 1.0"):
                raise KeyboardInterrupt
            return super().shell(command, deadline_s=deadline_s)

    before, said = snapshot(phone), list[str]()
    with (
        pytest.raises(KeyboardInterrupt),
        changed(as_kind(phone, Impatient), cabled, WantedSettings(), folder, said.append),
    ):
        raise KeyboardInterrupt
    assert said == [
        f"{phone.serial}: interrupted while its settings were set back: `elbench restore`, or the next "
        "elbench command that sees the phone, does it"
    ]
    next_command(phone, folder)
    assert snapshot(phone) == before


VALUES = st.sampled_from([None, "0", "0.0", "1", "1.0", "0.5", "7", "200", "1800000"])
WANTED = st.builds(
    WantedSettings,
    stay_awake=st.booleans(),
    animations_off=st.booleans(),
    brightness=st.none() | st.integers(0, 255),
    fixed_performance=st.booleans(),
    airplane=st.booleans(),
)
NAMES = [name for name in ORIGINAL if name != "global airplane_mode_on"]


@with_settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start_values=st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES)),
    runs=st.lists(WANTED, min_size=1, max_size=3),
    killed=st.integers(0, 2),
)
def test_whatever_the_values_and_the_runs_the_phone_ends_as_it_began(
    phone: Transport,
    cabled: PhoneFacts,
    folder: Path,
    start_values: dict[str, str | None],
    runs: list[WantedSettings],
    killed: int,
) -> None:
    class Killed(BaseException):
        pass

    class GoesAway(Transport):
        """Fails whatever is asked once the run is over, as if elbench were gone."""

        gone = False

        def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
            if self.gone:
                raise PhoneLost("gone", remedy="come back")
            return super().shell(command, deadline_s=deadline_s)

    set_values(phone, start_values)
    before = snapshot(phone)
    for number, wanted in enumerate(runs):
        transport = GoesAway(phone._address, phone.serial)
        with changed(transport, cabled, wanted, folder, lambda _line: None):
            transport.gone = number == killed
    next_command(phone, folder)
    assert snapshot(phone) == before
