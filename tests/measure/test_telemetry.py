"""Telemetry of a virtual phone behind the real adb, and of phones on which it cannot be had."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from harness.errors import PhoneLost
from harness.measure.telemetry import Sampler, sampling
from harness.phone.server import AdbServer
from harness.phone.telemetry_format import ZONES_COMMAND
from harness.phone.transport import ShellAnswer, Transport
from harness.results.records import ClusterClock, Telemetry
from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb

CLOCKS = (
    ClusterClock(first_cpu=0, current_khz=1_804_800, cap_khz=1_804_800, max_khz=1_804_800),
    ClusterClock(first_cpu=4, current_khz=2_457_600, cap_khz=2_457_600, max_khz=2_457_600),
)


class ScriptedShell(Transport):
    """A phone of which only the loop's lines are known, one list for each time that it is started."""

    def __init__(self, *starts: list[str] | PhoneLost) -> None:
        super().__init__(("127.0.0.1", 1), "scripted")  # type: ignore[arg-type]  # never connects
        self.commands: list[str] = []
        self._starts = list(starts)

    def shell(self, command: str, *, deadline_s: float) -> ShellAnswer:  # noqa: ARG002  # a Transport's
        assert command == ZONES_COMMAND
        return ShellAnswer("", "", 0)

    def lines(self, command: str, **_limits: float) -> Iterator[str]:
        self.commands.append(command)
        start = self._starts.pop(0)
        if isinstance(start, PhoneLost):
            raise start
        yield from start


@pytest.fixture(scope="module")
def transport(adb: PrivateAdb) -> Iterator[Transport]:
    with VirtualPhones.start(engine="modelled") as phones:
        adb.run("connect", phones.addresses[0])
        server = AdbServer.from_environment({**adb.environment, "ANDROID_ADB_SERVER_PORT": str(adb.port)})
        yield server.transport(phones.addresses[0])


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def sampled(transport: Transport, *, samples: int, hertz: float = 10) -> Sampler:
    with sampling(transport, CLOCKS, None, hertz=hertz, limit_s=60) as sampler:
        until(lambda: len(sampler._samples) >= samples or not _runs())
    return sampler


def _runs() -> bool:
    """Whether a sampler listens."""
    return any(thread.name == "telemetry" for thread in threading.enumerate())


def test_clocks_and_caps_are_sampled_beside_the_launch(transport: Transport) -> None:
    telemetry = sampled(transport, samples=5).result()
    assert isinstance(telemetry, Telemetry)
    by_name = {(series.name, series.quantity): series.values for series in telemetry.series}
    assert set(by_name["cpu0", "cap_khz"]) == {1_804_800}
    assert set(by_name["cpu4", "cap_khz"]) == {2_457_600}
    assert len(by_name["cpu4", "clock_khz"]) == len(telemetry.uptime_ns) >= 5
    steps = [b - a for a, b in zip(telemetry.uptime_ns, telemetry.uptime_ns[1:], strict=False)]
    assert all(step >= 80_000_000 for step in steps)
    assert abs(telemetry.launch_ns - telemetry.uptime_ns[0]) < 5e9


def test_the_thread_ends_with_the_launch(transport: Transport) -> None:
    sampled(transport, samples=1)
    until(lambda: not _runs())


def test_leaving_does_not_wait_for_the_next_sample(transport: Transport) -> None:
    with sampling(transport, CLOCKS, None, hertz=0.2, limit_s=60) as sampler:
        until(lambda: bool(sampler._samples))
        leaving = time.monotonic()
    assert time.monotonic() - leaving < 0.2


def test_the_loop_ends_by_itself_after_the_limit(transport: Transport) -> None:
    with sampling(transport, CLOCKS, None, hertz=10, limit_s=0.5) as sampler:
        until(lambda: not _runs())
    telemetry = sampler.result()
    assert isinstance(telemetry, Telemetry)
    assert len(telemetry.uptime_ns) == 5


def test_no_frequency_is_no_telemetry(transport: Transport) -> None:
    with sampling(transport, CLOCKS, None, hertz=0, limit_s=60) as sampler:
        assert not _runs()
    assert sampler.result() == "telemetry.hertz is 0"


def test_a_lost_phone_gives_a_reason_and_no_error() -> None:
    lost = PhoneLost("the phone went away", remedy="look at the cable", where="scripted")
    assert sampled(ScriptedShell(lost), samples=1).result() == "the phone went away"


def test_a_shell_that_does_not_wait_is_asked_to_wait_otherwise() -> None:
    shell = ScriptedShell(
        ["10.00|1|1|1|1||", "10.01|1|1|1|1||"],
        ["10.02|2|2|2|2||", "10.03|2|2|2|2||"],
        ["11.00|3|3|3|3||", "12.00|3|3|3|3||", "13.00|3|3|3|3||"],
    )
    telemetry = sampled(shell, samples=5, hertz=4).result()
    assert isinstance(telemetry, Telemetry)
    assert ["read -t 0.250 x" in c for c in shell.commands] == [True, False, False]
    assert ["sleep 0.250" in c for c in shell.commands] == [False, True, False]
    assert "sleep 1;" in shell.commands[2]
    assert [ns / 1e9 for ns in telemetry.uptime_ns] == [10.0, 10.02, 11.0, 12.0, 13.0]


def test_a_phone_that_denies_every_file_gives_a_reason() -> None:
    telemetry = sampled(ScriptedShell(["10.00||||||", "10.25||||||"]), samples=2, hertz=4).result()
    assert telemetry == "the phone lets no clock, temperature or battery file be read"


def test_lines_that_are_no_samples_are_passed_over() -> None:
    shell = ScriptedShell(["WARNING: linker: unused", "10.00|5|6|7|8|50|301", "10.30|5|6|7|8|50|", "10.60|5"])
    telemetry = sampled(shell, samples=2, hertz=4).result()
    assert isinstance(telemetry, Telemetry)
    assert telemetry.uptime_ns == (10_000_000_000, 10_300_000_000)
    values = {(series.name, series.quantity): series.values for series in telemetry.series}
    assert values["battery", "temperature_millicelsius"] == (30_100, None)
    assert values["battery", "battery_percent"] == (50, 50)
