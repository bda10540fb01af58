"""How an app's end looks on each Android: to `am`, in the log, in the list of ended processes."""

from datetime import UTC, datetime

import pytest

from harness.virtual.system.endings import AppEnding, EndedApp, exit_info, instrumentation_result, log_ending
from harness.virtual.system.logcat import Buffer, Logcat
from harness.virtual.system.phone_clock import PhoneClock

WHEN = datetime(2026, 3, 4, 5, 6, 7, 89_000, tzinfo=UTC)
RUNNER = "io.elbench.runner"


def ended(ending: AppEnding, *, pid: int = 4321, signal_number: int = 0) -> EndedApp:
    return EndedApp(package=RUNNER, pid=pid, ending=ending, when=WHEN, signal_number=signal_number)


def logged(ending: AppEnding, *, sdk: int, buffer: Buffer, signal_number: int = 0) -> list[str]:
    """The lines of one buffer, as `TAG: message`."""
    log = Logcat(PhoneClock(now=lambda: WHEN), sdk=sdk)
    log_ending(log, ended(ending, signal_number=signal_number), sdk=sdk, fingerprint="elbench/print")
    return [f"{entry.tag}: {entry.message}" for entry in log.entries([buffer])]


@pytest.mark.parametrize(
    ("ending", "sdk", "said"),
    [
        ("crash", 34, "INSTRUMENTATION_RESULT: shortMsg=Process crashed.\n"),
        ("crash_java", 24, "INSTRUMENTATION_RESULT: shortMsg=Process crashed.\n"),
        ("lmk", 22, "INSTRUMENTATION_RESULT: shortMsg=Process crashed.\n"),
        (
            "crash",
            23,
            "INSTRUMENTATION_RESULT: shortMsg=Native crash\n"
            "INSTRUMENTATION_RESULT: longMsg=Native crash: Segmentation fault\n",
        ),
        (
            "crash_java",
            21,
            "INSTRUMENTATION_RESULT: shortMsg=java.lang.IllegalStateException\n"
            "INSTRUMENTATION_RESULT: longMsg=java.lang.IllegalStateException: a fault on purpose\n",
        ),
        (
            "anr",
            34,
            "INSTRUMENTATION_RESULT: shortMsg=keyDispatchingTimedOut\n"
            "INSTRUMENTATION_RESULT: longMsg=Input dispatching timed out (Waiting because the touched window"
            " has not finished processing the input events that were previously delivered to it.)\n",
        ),
    ],
)
def test_am_says_of_an_ended_app_what_its_android_says(ending: AppEnding, sdk: int, said: str) -> None:
    assert instrumentation_result(ending, sdk=sdk) == said + "INSTRUMENTATION_CODE: 0\n"


@pytest.mark.parametrize(
    ("sdk", "buffer", "first"),
    [
        (23, "kernel", "lowmemorykiller: Killing '.elbench.runner' (4321), adj 0,"),
        (28, "main", "lowmemorykiller: Killing 'io.elbench.runner' (4321), uid 10217, adj 0"),
        (34, "main", "lowmemorykiller: Kill 'io.elbench.runner' (4321), uid 10217, oom_score_adj 0 to free"),
    ],
)
def test_each_generation_of_the_low_memory_killer_has_its_line(sdk: int, buffer: Buffer, first: str) -> None:
    lines = logged("lmk", sdk=sdk, buffer=buffer)
    assert lines[0].startswith(first)
    assert len([line for line in lines if "lowmemorykiller" in line]) == {23: 4, 28: 2, 34: 1}[sdk]


def test_a_native_crash_leaves_its_signal_and_a_backtrace_in_the_crash_buffer() -> None:
    libc, stars, *rest = logged("crash", sdk=34, buffer="crash", signal_number=11)
    assert libc == (
        "libc: Fatal signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x0 in tid 4321 (.elbench.runner),"
        " pid 4321 (.elbench.runner)"
    )
    assert stars.startswith("DEBUG: *** *** ***")
    assert "DEBUG: backtrace:" in rest
    assert "am_crash: [4321,0,io.elbench.runner," in "\n".join(logged("crash", sdk=34, buffer="events"))


def test_a_java_crash_leaves_its_exception_and_its_stack() -> None:
    lines = logged("crash_java", sdk=34, buffer="crash")
    assert lines[:3] == [
        "AndroidRuntime: FATAL EXCEPTION: launch",
        "AndroidRuntime: Process: io.elbench.runner, PID: 4321",
        "AndroidRuntime: java.lang.IllegalStateException: a fault on purpose",
    ]
    assert all(line.startswith("AndroidRuntime: \tat ") for line in lines[3:])


def test_an_anr_is_named_by_the_activity_manager() -> None:
    lines = logged("anr", sdk=34, buffer="main")
    assert "ActivityManager: ANR in io.elbench.runner" in lines
    assert "ActivityManager: Killing 4321:io.elbench.runner/u0a217 (adj 0): user request after error" in lines


def test_nobody_logs_the_end_of_an_app_on_a_phone_that_is_switched_off() -> None:
    for buffer in ("main", "events", "crash", "kernel"):
        assert logged("switched_off", sdk=34, buffer=buffer) == []


def test_exit_info_of_android_12_and_later() -> None:
    exits = [ended("lmk", pid=10), ended("crash", pid=11, signal_number=11)]
    assert exit_info(exits, RUNNER, sdk=34, now=WHEN).splitlines() == [
        "ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)",
        "Last Timestamp of Persistence Into Persistent Storage: 2026-03-04 05:06:07.089",
        "  package: io.elbench.runner",
        "    Historical Process Exit for uid=10217",
        "        ApplicationExitInfo #0:",
        "          timestamp=2026-03-04 05:06:07.089 pid=11 realUid=10217 packageUid=10217 definingUid=10217"
        " user=0",
        "          process=io.elbench.runner reason=5 (APP CRASH(NATIVE)) subreason=0 (UNKNOWN) status=11",
        "          importance=100 pss=0.00 rss=0.00 description=crash state=empty trace=null",
        "        ApplicationExitInfo #1:",
        "          timestamp=2026-03-04 05:06:07.089 pid=10 realUid=10217 packageUid=10217 definingUid=10217"
        " user=0",
        "          process=io.elbench.runner reason=3 (LOW_MEMORY) subreason=0 (UNKNOWN) status=0",
        "          importance=100 pss=0.00 rss=0.00 description=null state=empty trace=null",
    ]


def test_exit_info_of_android_11_has_a_line_for_each_value() -> None:
    lines = exit_info([ended("anr")], RUNNER, sdk=30, now=WHEN).splitlines()
    assert lines[5:8] == [
        "          timestamp=2026-03-04 05:06:07.089",
        "          pid=4321",
        "          realUid=10217",
    ]
    assert "          reason=6 (ANR)" in lines
    assert "          description=user request after error: Input dispatching timed out (Waiting because the"
    assert not any("subreason" in line for line in lines)


def test_android_10_knows_no_exit_info() -> None:
    assert "ApplicationExitInfo" not in exit_info([ended("anr")], RUNNER, sdk=29, now=WHEN)


def test_exit_info_forgets_the_oldest_and_other_packages() -> None:
    many = [ended("exited", pid=pid) for pid in range(100, 140)]
    text = exit_info(many, RUNNER, sdk=34, now=WHEN)
    assert text.count("ApplicationExitInfo #") == 16
    assert "pid=139" in text
    assert "pid=123" not in text
    assert "ApplicationExitInfo #" not in exit_info(many, "com.other", sdk=34, now=WHEN)
