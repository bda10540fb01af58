"""How Android tells that an app has ended: in its log, to `am instrument`, in its list of ended processes.

Each Android version has its own words. Sources: AOSP's ActivityManagerService, AppErrors, AppExitInfoTracker
and ApplicationExitInfo (frameworks/base), lmkd (system/memory), lowmemorykiller.c (kernel/common), debuggerd.
"""

import re
import signal
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from android_runner.contract import INSTRUMENTATION
from harness.virtual.system.logcat import Logcat

AppEnding = Literal["exited", "stopped", "lmk", "crash", "crash_java", "anr", "switched_off"]
"""`stopped` is a force-stop; `switched_off` leaves no trace, since nobody is there to log it."""

UID = 10217
SYSTEM_TAG = "ActivityManager"
LMKD_PID = 612
CRASH_DUMP_PID = 29871
LAST_SDK_THAT_TELLS_AM_WHY = 23
"""Until Android 6 `am` prints what an instrumented app crashed of, later only that it did (AppErrors)."""
LAST_SDK_WITH_KERNEL_LMK = 27
LAST_SDK_WITH_FIRST_LMKD = 29
FIRST_SDK_WITH_EXIT_INFO = 30
LAST_SDK_WITH_LINES_OF_EXIT_INFO = 30
"""Android 11 gave each value a line of its own."""
KERNEL_NAME_CHARACTERS = 15
KERNEL_LMK = (
    "Killing '{name}' ({pid}), adj 0,\n"
    "   to free 412160kB on behalf of 'kswapd0' (61) because\n"
    "   cache 73216kB is below limit 73728kB for oom_score_adj 0\n"
    "   Free memory is -14348kB above reserved"
)
FIRST_LMKD = (
    "Killing '{name}' ({pid}), uid {uid}, adj 0\n"
    "   to free 412160kB because system is under critical memory pressure oom_adj 0"
)
LMKD = (
    "Kill '{name}' ({pid}), uid {uid}, oom_score_adj 0 to free 412160kB rss, 90112kB swap; "
    "reason: low watermark is breached and swap is low (98304kB < 209712kB)"
)
MOST_EXITS = 16
"""That Android keeps of a package (config_app_exit_info_history_list_size)."""
ANR_REASON = (
    "Input dispatching timed out (Waiting because the touched window has not finished processing the input"
    " events that were previously delivered to it.)"
)
EXCEPTION = "java.lang.IllegalStateException"
EXCEPTION_MESSAGE = "a fault on purpose"
JAVA_STACK = (
    f"{EXCEPTION}: {EXCEPTION_MESSAGE}",
    "\tat io.elbench.runner.core.Launch.run(Launch.java:92)",
    "\tat io.elbench.runner.core.Runner.run(Runner.java:41)",
    "\tat java.lang.Thread.run(Thread.java:1012)",
)
REASONS: dict[AppEnding, tuple[str, str]] = {
    "exited": ("1 (EXIT_SELF)", "0 (UNKNOWN)"),
    "lmk": ("3 (LOW_MEMORY)", "0 (UNKNOWN)"),
    "crash_java": ("4 (APP CRASH(EXCEPTION))", "0 (UNKNOWN)"),
    "crash": ("5 (APP CRASH(NATIVE))", "0 (UNKNOWN)"),
    "anr": ("6 (ANR)", "0 (UNKNOWN)"),
    "stopped": ("10 (USER REQUESTED)", "21 (FORCE STOP)"),
}
"""Reason and, on Android 12 and later, sub-reason, as ApplicationExitInfo names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedApp:
    """One end of an app process."""

    package: str
    pid: int
    ending: AppEnding
    when: datetime
    signal_number: int = 0
    """That ended it; 0 if none did."""

    @property
    def description(self) -> str:
        """What Android adds to the reason."""
        by_ending = {
            "crash": "crash",
            "crash_java": "crash",
            "anr": f"user request after error: {ANR_REASON}",
            "stopped": f"stop {self.package} due to from pid 2000",
        }
        return by_ending.get(self.ending, "null")


def log_ending(log: Logcat, app: EndedApp, *, sdk: int, fingerprint: str) -> None:
    """Write what the system logs when an app ends so."""
    if app.ending == "switched_off":
        return
    if app.ending == "lmk":
        _log_low_memory(log, app, sdk)
    elif app.ending == "crash":
        _log_native_crash(log, app, sdk, fingerprint)
    elif app.ending == "crash_java":
        _log_java_crash(log, app)
    elif app.ending == "anr":
        _log_anr(log, app)
    died = f"Process {app.package} (pid {app.pid}) has died{': fg  TOP' if sdk >= 26 else ''}"
    log.write("I", SYSTEM_TAG, died)
    log.write("I", "am_proc_died", f"[0,{app.pid},{app.package},0,2]", buffer="events")


def _log_low_memory(log: Logcat, app: EndedApp, sdk: int) -> None:
    if sdk <= LAST_SDK_WITH_KERNEL_LMK:
        said = KERNEL_LMK.format(name=app.package[-KERNEL_NAME_CHARACTERS:], pid=app.pid)
        log.write("I", "lowmemorykiller", said, pid=0, buffer="kernel")
        return
    form = FIRST_LMKD if sdk <= LAST_SDK_WITH_FIRST_LMKD else LMKD
    log.write("I", "lowmemorykiller", form.format(name=app.package, pid=app.pid, uid=UID), pid=LMKD_PID)


def _log_native_crash(log: Logcat, app: EndedApp, sdk: int, fingerprint: str) -> None:
    number = app.signal_number or int(signal.SIGSEGV)
    name = signal.Signals(number).name
    short = app.package[-KERNEL_NAME_CHARACTERS:]
    code = "code 1 (SEGV_MAPERR), fault addr 0x0" if number == signal.SIGSEGV else "code -1 (SI_QUEUE)"
    said = f"Fatal signal {number} ({name}), {code} in tid {app.pid} ({short}), pid {app.pid} ({short})"
    log.write("F" if sdk >= 21 else "A", "libc", said, pid=app.pid, buffer="crash")
    dump = (
        "*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***",
        f"Build fingerprint: '{fingerprint}'",
        f"pid: {app.pid}, tid: {app.pid}, name: {short}  >>> {app.package} <<<",
        f"signal {number} ({name}), {code}",
        "backtrace:",
        "      #00 pc 00000000002f1a40  libpytorch_jni_lite.so (at::native::conv2d+128)",
        "      #01 pc 000000000018b2c4  libpytorch_jni_lite.so (torch::jit::mobile::Function::run+96)",
    )
    log.write("F", "DEBUG", "\n".join(dump), pid=CRASH_DUMP_PID, buffer="crash")
    _log_crash(log, app, f"Native crash,{signal.strsignal(number)},unknown,0")


def _log_java_crash(log: Logcat, app: EndedApp) -> None:
    lines = ("FATAL EXCEPTION: launch", f"Process: {app.package}, PID: {app.pid}", *JAVA_STACK)
    log.write("E", "AndroidRuntime", "\n".join(lines), pid=app.pid, buffer="crash")
    _log_crash(log, app, f"{EXCEPTION},{EXCEPTION_MESSAGE},Launch.java,92")


def _log_crash(log: Logcat, app: EndedApp, what: str) -> None:
    said = f"Crash of app {app.package} running instrumentation ComponentInfo{{{INSTRUMENTATION}}}"
    log.write("W", SYSTEM_TAG, said)
    log.write("I", "am_crash", f"[{app.pid},0,{app.package},948452932,{what}]", buffer="events")


def _log_anr(log: Logcat, app: EndedApp) -> None:
    log.write("I", "am_anr", f"[0,{app.pid},{app.package},948452932,{ANR_REASON}]", buffer="events")
    said = f"ANR in {app.package}\nPID: {app.pid}\nReason: {ANR_REASON}\nLoad: 4.2 / 3.1 / 2.8"
    log.write("E", SYSTEM_TAG, said)
    log.write("I", SYSTEM_TAG, f"Killing {app.pid}:{app.package}/u0a217 (adj 0): user request after error")
    log.write("I", "am_kill", f"[0,{app.pid},{app.package},0,user request after error]", buffer="events")


def instrumentation_result(ending: AppEnding, *, sdk: int) -> str:
    """What `am instrument` prints of an app that ended without a result of its own."""
    short, long = "Process crashed.", ""
    if ending == "anr":
        short, long = "keyDispatchingTimedOut", ANR_REASON
    elif ending == "crash" and sdk <= LAST_SDK_THAT_TELLS_AM_WHY:
        short, long = "Native crash", "Native crash: Segmentation fault"
    elif ending == "crash_java" and sdk <= LAST_SDK_THAT_TELLS_AM_WHY:
        short, long = EXCEPTION, f"{EXCEPTION}: {EXCEPTION_MESSAGE}"
    lines = [f"shortMsg={short}", *([f"longMsg={long}"] if long else [])]
    return "".join(f"INSTRUMENTATION_RESULT: {line}\n" for line in lines) + "INSTRUMENTATION_CODE: 0\n"


def exit_info(exits: list[EndedApp], package: str, *, sdk: int, now: datetime) -> str:
    """What `dumpsys activity exit-info PACKAGE` prints, the last end first; nothing before Android 11."""
    if sdk < FIRST_SDK_WITH_EXIT_INFO:
        return "Bad activity command, or no activities match: exit-info\nUse -h for help."
    lines = [
        "ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)",
        f"Last Timestamp of Persistence Into Persistent Storage: {_stamp(now)}",
    ]
    about = [one for one in reversed(exits) if package in ("", one.package)][:MOST_EXITS]
    for name in dict.fromkeys(one.package for one in about):
        lines += [f"  package: {name}", f"    Historical Process Exit for uid={UID}"]
        of_package = [one for one in about if one.package == name]
        for number, one in enumerate(of_package):
            lines += [f"        ApplicationExitInfo #{number}:", *_exit_lines(one, sdk)]
    return "\n".join(lines)


def _exit_lines(app: EndedApp, sdk: int) -> list[str]:
    reason, subreason = REASONS[app.ending]
    status = app.signal_number if app.ending == "crash" else 0
    uids = f"realUid={UID} packageUid={UID} definingUid={UID} user=0"
    why = f"process={app.package} reason={reason} subreason={subreason} status={status}"
    rest = f"importance=100 pss=0.00 rss=0.00 description={app.description} state=empty trace=null"
    lines = [f"timestamp={_stamp(app.when)} pid={app.pid} {uids}", why, rest]
    if sdk <= LAST_SDK_WITH_LINES_OF_EXIT_INFO:
        without = [re.sub(r" subreason=\S+ \([^)]*\)", "", line) for line in lines]
        lines = [part for line in without for part in re.split(r" (?=\w+=)", line)]
    return [f"          {line}" for line in lines]


def _stamp(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S}.{when.microsecond // 1000:03d}"
