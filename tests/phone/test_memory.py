"""/proc/meminfo, `dumpsys meminfo` and /proc/PID/status of real phones."""

import pytest

from harness.errors import UnreadableAnswer
from harness.phone.app_memory import ProcessStatus, parse_app_meminfo, parse_process_status
from harness.phone.memory import parse_memory
from tests.phone.sample_phones import answers

SYSTEMS = {
    "airbnb_paris_146_android5": (2_046_172, None),
    "prife_goadb": (3_681_628, 2_243_756),
    "samsung_s24_excerpt": (11_350_704, 3_295_536),
    "xcrash_53_android10": (3_659_320, 372_516),
}
APPS: dict[str, tuple[int | str | None, ...]] = {
    # pid, process, PSS, RSS, swapped PSS, swapped
    "android6_nexus_chrome_TOTAL": (9702, "com.android.chrome", 8_828, None, None, None),
    "android8_9_TOTAL_SWAP_PSS": (None, None, 174_545, None, 303, None),
    "flutter_docs_gallery": (None, None, 200_369, None, 82_168, None),
    "rive_unity_android_app": (1525, "com.-.-", None, None, None, None),
}
ANDROID_13 = """Applications Memory Usage (in Kilobytes):
Uptime: 18324716 Realtime: 25024711

** MEMINFO in pid 4711 [org.example.app] **
                   Pss  Private  Private  SwapPss      Rss     Heap     Heap     Heap
                 Total    Dirty    Clean    Dirty    Total     Size    Alloc     Free
                ------   ------   ------   ------   ------   ------   ------   ------
  Native Heap    12004    11980        8        3    14000    21044    15230     1625
        TOTAL    54321    30112     9876        3   112233    24000    18000     3000

 App Summary
                       Pss(KB)                        Rss(KB)
                        ------                         ------
           Java Heap:     5000                          17000
         Native Heap:    11980                          14000

           TOTAL PSS:    54321            TOTAL RSS:   112233       TOTAL SWAP (KB):        0

** MEMINFO in pid 4712 [org.example.app:remote] **
           TOTAL PSS:      999            TOTAL RSS:      999       TOTAL SWAP PSS:      999
"""
BUSY_PROCESS = """Name:\t.elbench.runner
Umask:\t0077
State:\tS (sleeping)
Tgid:\t4711
Ngid:\t0
Pid:\t4711
PPid:\t908
TracerPid:\t0
Uid:\t10345\t10345\t10345\t10345
FDSize:\t128
VmPeak:\t 5123456 kB
VmHWM:\t  223344 kB
VmRSS:\t  200100 kB
VmSwap:\t      12 kB
Threads:\t23
"""


def test_every_sample_has_its_values_here() -> None:
    assert set(SYSTEMS) == set(answers("proc_meminfo.txt"))
    assert set(APPS) == set(answers("dumpsys_meminfo.txt"))


@pytest.mark.parametrize("phone", SYSTEMS)
def test_a_real_phones_memory_is_read(phone: str) -> None:
    memory = parse_memory(answers("proc_meminfo.txt")[phone])
    assert (memory.total_kib, memory.available_kib) == SYSTEMS[phone]


def test_an_old_kernel_does_not_say_what_is_available() -> None:
    memory = parse_memory("MemTotal:        1909000 kB\r\nMemFree:          205000 kB\r\n")
    assert (memory.total_kib, memory.available_kib) == (1_909_000, None)
    assert "3.14" in memory.missing["available_kib"]


@pytest.mark.parametrize("text", ["cat: /proc/meminfo: Permission denied\n", "MemTotal:        0 kB\n"])
def test_memory_without_a_total_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableAnswer):
        parse_memory(text)


@pytest.mark.parametrize("phone", APPS)
def test_a_real_apps_memory_is_read(phone: str) -> None:
    app = parse_app_meminfo(answers("dumpsys_meminfo.txt")[phone])
    assert (app.pid, app.process, app.pss_kib, app.rss_kib, app.swap_pss_kib, app.swap_kib) == APPS[phone]


def test_of_several_processes_the_first_is_read_and_nothing_swapped_is_zero() -> None:
    app = parse_app_meminfo(ANDROID_13)
    assert (app.pid, app.process) == (4711, "org.example.app")
    assert (app.pss_kib, app.rss_kib) == (54_321, 112_233)
    assert (app.swap_pss_kib, app.swap_kib) == (None, 0)
    assert set(app.missing) == {"swap_pss_kib"}


def test_an_answer_that_broke_off_before_its_summary_is_read_from_its_table() -> None:
    app = parse_app_meminfo(ANDROID_13.partition(" App Summary")[0].replace("\n", "\r\n"))
    assert (app.pss_kib, app.rss_kib) == (54_321, 112_233)


@pytest.mark.parametrize("text", ["", "No process found for: org.example.app\n", "TOTAL: many\n"])
def test_memory_of_an_app_that_does_not_run_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableAnswer):
        parse_app_meminfo(text)


def test_a_running_processs_status_is_read() -> None:
    assert parse_process_status(BUSY_PROCESS.replace("\n", "\r\n")) == ProcessStatus(
        name=".elbench.runner",
        state="S",
        pid=4711,
        parent_pid=908,
        tracer_pid=0,
        uid=10345,
        threads=23,
        rss_kib=200_100,
        peak_rss_kib=223_344,
        swap_kib=12,
    )


@pytest.mark.parametrize(
    ("phone", "name", "state", "pid", "parent_pid", "tracer_pid", "uid"),
    [
        ("libpag_2622_android13", ".xingye.app.dev", "t", 19294, 908, 19904, 11069),
        ("xcrash_53_android10", "com.***.***", "D", 32393, 984, 0, 10273),
    ],
)
def test_a_real_processs_status_is_read(
    phone: str, name: str, state: str, pid: int, parent_pid: int, tracer_pid: int, uid: int
) -> None:
    status = parse_process_status(answers("proc_pid_status.txt")[phone])
    assert (status.name, status.state, status.pid) == (name, state, pid)
    assert (status.parent_pid, status.tracer_pid, status.uid) == (parent_pid, tracer_pid, uid)
    assert set(status.missing) == {"threads", "rss_kib", "peak_rss_kib", "swap_kib"}


def test_a_process_that_is_gone_is_unreadable() -> None:
    with pytest.raises(UnreadableAnswer, match="No such file"):
        parse_process_status("cat: /proc/4711/status: No such file or directory\n")
