"""The gate before a launch, with a phone that follows a script and a clock that only sleeping moves."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from harness.errors import PhoneLost
from harness.phone.connection import Address
from harness.phone.readiness import ReadinessLimits, Tolerated, await_ready
from harness.phone.transport import ShellAnswer, Transport
from harness.results.records import Conditions, Readiness, ReadinessCheck

LIMITS = ReadinessLimits(
    battery_percent=25,
    battery_celsius=37.0,
    thermal_status=0,
    cap_share=0.95,
    screen=True,
    power_saver_off=True,
    available_mib=200,
    busy_share=0.5,
    wait_seconds=180.0,
    poll_seconds=2.0,
)
CHECKS = (
    "battery_level",
    "battery_temperature",
    "thermal_status",
    "clock_caps",
    "screen",
    "power_saver",
    "free_memory",
    "background_load",
)


@dataclass
class FakePhone(Transport):
    """Answers the gate's questions from its fields; `changes` happen at their second of the clock."""

    percent: int = 80
    is_charging: bool = True
    decicelsius: int = 301
    status: int = 0
    cpu7_cap_khz: int = 2_841_600
    screen: str = "ON"
    locked: bool = False
    needs_pin: bool = False
    saver: bool = False
    available_kib: int = 3_000_000
    busy_ticks: int = 20
    """Of 240."""
    sdk: int = 34
    is_plugged: bool = True
    silent: tuple[str, ...] = ()
    """Commands that answer nothing, by how they begin."""
    changes: dict[float, Callable[["FakePhone"], None]] = field(default_factory=dict)
    now_s: float = 0.0
    round_trips: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(Address("127.0.0.1", 1), "FAKE")

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        for at_s in [at_s for at_s in self.changes if at_s <= self.now_s]:
            self.changes.pop(at_s)(self)

    def clock_ns(self) -> int:
        return round(self.now_s * 1e9)

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:
        assert deadline_s > 0
        if not self.is_plugged:
            raise PhoneLost("the phone went away", remedy="plug it in", where=self.serial)
        self.round_trips.append(command)
        pieces = re.split(r"(?:^|; )echo ([0-9a-f]{16}); ", command)
        if len(pieces) == 1:
            return ShellAnswer(self._answer(command), "", 0)
        asked = zip(pieces[1::2], pieces[2::2], strict=True)
        return ShellAnswer("".join(f"{marker}\n{self._answer(one)}" for marker, one in asked), "", 0)

    def _answer(self, command: str) -> str:
        if command.startswith(self.silent):
            return ""
        if command.startswith("input keyevent KEYCODE_WAKEUP"):
            self.screen = "ON"
        elif command in ("wm dismiss-keyguard", "input keyevent 82"):
            self.locked = self.locked and self.needs_pin
        return next((text for start, text in self._answers().items() if command.startswith(start)), "")

    def _answers(self) -> dict[str, str]:
        charging, locked, saver = (str(flag).lower() for flag in (self.is_charging, self.locked, self.saver))
        cpu, names = "/sys/devices/system/cpu/cpu7/cpufreq/", ("related_cpus", "cpuinfo_max_freq")
        paths = " ".join(cpu + name for name in (*names, "scaling_cur_freq", "scaling_max_freq"))
        return {
            "grep '^cpu ' /proc/stat": "cpu  0 0 0 0 0 0 0 0 0 0\n"
            f"cpu  {self.busy_ticks} 0 0 {240 - self.busy_ticks} 0 0 0 0 0 0\n",
            "dumpsys battery": f"  AC powered: {charging}\n  level: {self.percent}\n  scale: 100\n"
            f"  voltage: 4100\n  temperature: {self.decicelsius}\n",
            "dumpsys thermalservice": f"Thermal Status: {self.status}\n",
            "echo /sys/devices/system/cpu": f"{paths}\n7\n2841600\n2000000\n{self.cpu7_cap_khz}\n",
            "dumpsys power": f"Display Power: state={self.screen}\n"
            f"Battery saver state machine:\n  Enabled={saver}\n",
            "dumpsys window policy": f"        mIsShowing={locked}\n",
            "cat /proc/meminfo": f"MemTotal: 8000000 kB\nMemAvailable: {self.available_kib} kB\n",
            "getprop ro.build.version.sdk": f"{self.sdk}\n",
        }


def gate(
    phone: FakePhone,
    limits: ReadinessLimits = LIMITS,
    tolerated: Tolerated | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Conditions, Readiness, list[str]]:
    """Let the phone through the gate; the last value is what was reported."""
    lines: list[str] = []
    conditions, readiness = await_ready(
        phone,
        limits,
        tolerated=tolerated or Tolerated(),
        report=lines.append,
        stop=stop,
        sleep=phone.sleep,
        clock_ns=phone.clock_ns,
    )
    return conditions, readiness, lines


def check_of(readiness: Readiness, name: str) -> ReadinessCheck:
    return next(check for check in readiness.checks if check.name == name)


def test_a_ready_phone_costs_one_round_trip_and_passes_every_check() -> None:
    phone = FakePhone()
    conditions, readiness, lines = gate(phone)
    assert [(check.name, check.state) for check in readiness.checks] == [(name, "passed") for name in CHECKS]
    assert len(phone.round_trips) == 1
    assert (readiness.waited_ns, lines) == (0, [])
    assert conditions.battery_percent == 80
    assert check_of(readiness, "battery_level").reason == "battery at 80 %, at least 25 % wanted"


def test_the_live_line_says_what_is_waited_for_and_how_long() -> None:
    phone = FakePhone(
        cpu7_cap_khz=1_785_600, changes={43.0: lambda it: setattr(it, "cpu7_cap_khz", 2_841_600)}
    )
    _, readiness, lines = gate(phone, replace(LIMITS, poll_seconds=41.0))
    assert lines == [
        "cpu7 capped at 1.8 of 2.8 GHz, 0 s of at most 180 s",
        "cpu7 capped at 1.8 of 2.8 GHz, 41 s of at most 180 s",
    ]
    assert check_of(readiness, "clock_caps").state == "waited"
    assert readiness.waited_ns == 82_000_000_000


@pytest.mark.parametrize(
    ("name", "attribute", "bad", "seen"),
    [
        ("battery_level", "percent", 12, "battery at 12 %, at least 25 % wanted"),
        ("battery_temperature", "decicelsius", 392, "battery at 39.2 °C, at most 37.0 °C wanted"),
        ("thermal_status", "status", 2, "thermal status 2 (moderate), at most 0 (none) wanted"),
        ("clock_caps", "cpu7_cap_khz", 1_785_600, "cpu7 capped at 1.8 of 2.8 GHz, at least 95 % wanted"),
        ("power_saver", "saver", True, "battery saver on, off wanted"),
        ("free_memory", "available_kib", 102_400, "100 MiB of memory available, at least 200 MiB wanted"),
        ("background_load", "busy_ticks", 180, "cores 75 % busy with other things, at most 50 % wanted"),
    ],
)
def test_each_check_waits_until_it_is_so_or_the_time_is_over(
    name: str, attribute: str, bad: int, seen: str
) -> None:
    good = getattr(FakePhone(), attribute)
    mending = FakePhone(changes={5.0: lambda it: setattr(it, attribute, good)})
    setattr(mending, attribute, bad)
    _, readiness, _ = gate(mending)
    assert check_of(readiness, name).state == "waited"
    assert f"at first {seen.split(',')[0]}" in check_of(readiness, name).reason
    assert readiness.waited_ns == 6_000_000_000

    staying = FakePhone()
    setattr(staying, attribute, bad)
    _, readiness, _ = gate(staying)
    assert [check.name for check in readiness.timed_out] == [name]
    assert check_of(readiness, name).reason.startswith(seen)
    assert "180 s" in check_of(readiness, name).reason
    assert readiness.waited_ns == 180_000_000_000


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("battery_level", "dumpsys battery"),
        ("battery_temperature", "dumpsys battery"),
        ("thermal_status", "dumpsys thermalservice"),
        ("clock_caps", "echo /sys/devices/system/cpu"),
        ("power_saver", "dumpsys power"),
        ("free_memory", "cat /proc/meminfo"),
        ("background_load", "grep"),
    ],
)
def test_what_cannot_be_read_is_skipped_with_the_reason_and_never_waited_for(name: str, command: str) -> None:
    phone = FakePhone(silent=(command,))
    _, readiness, _ = gate(phone)
    assert check_of(readiness, name).state == "skipped"
    assert "answered nothing" in check_of(readiness, name).reason
    assert readiness.waited_ns == 0


def test_a_screen_that_tells_nothing_is_skipped_and_left_alone() -> None:
    phone = FakePhone(silent=("dumpsys power", "dumpsys window"))
    _, readiness, _ = gate(phone)
    assert check_of(readiness, "screen").state == "skipped"
    assert len(phone.round_trips) == 1


def test_what_the_plan_does_not_ask_for_is_skipped() -> None:
    phone = FakePhone(screen="OFF", saver=True)
    _, readiness, _ = gate(phone, replace(LIMITS, screen=False, power_saver_off=False))
    assert [check.name for check in readiness.checks if check.state == "skipped"] == ["screen", "power_saver"]
    assert phone.screen == "OFF"


@pytest.mark.parametrize(("sdk", "dismiss"), [(34, "wm dismiss-keyguard"), (24, "input keyevent 82")])
def test_a_phone_asleep_is_woken_and_its_insecure_lock_screen_put_away(sdk: int, dismiss: str) -> None:
    phone = FakePhone(screen="OFF", locked=True, sdk=sdk)
    conditions, readiness, lines = gate(phone)
    assert (conditions.screen_on, conditions.locked) == (True, False)
    assert check_of(readiness, "screen").state == "waited"
    assert dismiss in phone.round_trips
    assert lines == []
    assert readiness.waited_ns == 1_000_000_000


def test_a_phone_locked_by_a_pin_is_waited_for_while_a_person_unlocks_it() -> None:
    phone = FakePhone(locked=True, needs_pin=True, changes={20.0: lambda it: setattr(it, "locked", False)})
    _, readiness, lines = gate(phone)
    assert lines[0] == "screen locked: unlock the phone by hand, 1 s of at most 180 s"
    assert phone.round_trips.count("wm dismiss-keyguard") == 1
    assert check_of(readiness, "screen").state == "waited"


def test_a_screen_that_goes_off_during_the_wait_is_woken_again() -> None:
    def cool(phone: FakePhone) -> None:
        phone.decicelsius = 350

    phone = FakePhone(decicelsius=390, changes={30.0: lambda it: setattr(it, "screen", "OFF"), 60.0: cool})
    conditions, readiness, _ = gate(phone)
    assert conditions.screen_on is True
    assert [check.name for check in readiness.checks if check.state == "waited"] == [
        "battery_temperature",
        "screen",
    ]


@pytest.mark.parametrize(
    ("phone", "line"),
    [
        (
            FakePhone(percent=12, is_charging=False),
            "battery at 12 % and not charging: plug the phone into a charger, 0 s of at most 180 s",
        ),
        (FakePhone(percent=12), "battery at 12 %, 0 s of at most 180 s"),
        (FakePhone(saver=True), "battery saver on: switch the battery saver off, 0 s of at most 180 s"),
        (
            FakePhone(saver=True, status=3),
            "thermal status 3 (severe); battery saver on: switch the battery saver off, 0 s of at most 180 s",
        ),
    ],
)
def test_what_waiting_cannot_mend_is_told_at_once_with_what_to_do(phone: FakePhone, line: str) -> None:
    _, _, lines = gate(phone)
    assert lines[0] == line


def test_what_timed_out_once_is_marked_and_not_waited_for_again_while_it_is_no_worse() -> None:
    phone, tolerated = FakePhone(decicelsius=392), Tolerated()
    gate(phone, tolerated=tolerated)
    phone.decicelsius = 398
    _, again, lines = gate(phone, tolerated=tolerated)
    assert (again.waited_ns, lines) == (0, [])
    assert [check.name for check in again.timed_out] == ["battery_temperature"]
    assert "waiting was in vain before" in again.timed_out[0].reason


def test_what_became_worse_since_it_timed_out_is_waited_for_again() -> None:
    phone, tolerated = FakePhone(decicelsius=392), Tolerated()
    gate(phone, tolerated=tolerated)
    phone.decicelsius = 410
    _, again, _ = gate(phone, tolerated=tolerated)
    assert again.waited_ns == 180_000_000_000


def test_what_was_well_in_between_is_waited_for_again() -> None:
    phone, tolerated = FakePhone(status=1), Tolerated()
    for status, waited_s in ((1, 180), (1, 0), (0, 0), (1, 180)):
        phone.status = status
        _, readiness, _ = gate(phone, tolerated=tolerated)
        assert readiness.waited_ns == waited_s * 1_000_000_000


def test_a_check_that_is_tolerated_does_not_keep_another_from_being_waited_for() -> None:
    phone, tolerated = FakePhone(decicelsius=392), Tolerated()
    gate(phone, tolerated=tolerated)
    phone.status, phone.changes = 2, {phone.now_s + 9.0: lambda it: setattr(it, "status", 0)}
    _, readiness, lines = gate(phone, tolerated=tolerated)
    assert lines[0].startswith("thermal status 2 (moderate), 0 s")
    assert check_of(readiness, "thermal_status").state == "waited"
    assert [check.name for check in readiness.timed_out] == ["battery_temperature"]


def test_a_run_that_is_stopped_leaves_the_gate_at_once_and_tolerates_nothing() -> None:
    phone, tolerated = FakePhone(status=2), Tolerated()
    _, readiness, _ = gate(phone, replace(LIMITS, poll_seconds=60.0), tolerated, lambda: phone.now_s >= 3)
    assert readiness.waited_ns == 3_000_000_000
    assert "the run was stopped" in check_of(readiness, "thermal_status").reason
    _, again, _ = gate(phone, tolerated=tolerated)
    assert again.waited_ns == 180_000_000_000


def test_without_time_to_wait_the_phone_is_looked_at_once_and_marked() -> None:
    phone = FakePhone(status=2)
    _, readiness, lines = gate(phone, replace(LIMITS, wait_seconds=0.0))
    assert [check.name for check in readiness.timed_out] == ["thermal_status"]
    assert (len(phone.round_trips), lines) == (1, [])


def test_a_phone_that_is_lost_during_the_wait_is_an_error() -> None:
    def unplug(phone: FakePhone) -> None:
        phone.is_plugged = False

    with pytest.raises(PhoneLost):
        gate(FakePhone(status=2, changes={10.0: unplug}))


def test_the_virtual_phone_is_ready_whatever_runs_on_its_host(phone: Transport) -> None:
    _, readiness = await_ready(
        phone,
        replace(LIMITS, wait_seconds=0.0),
        tolerated=Tolerated(),
        report=print,
        stop=lambda: False,
    )
    states = {check.name: check.state for check in readiness.checks}
    assert states.pop("background_load") == "skipped"
    assert set(states.values()) == {"passed"}
