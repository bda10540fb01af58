"""Processes: `ps`, `pidof`, `kill`."""

from harness.virtual.system.commands.call import Call, Command
from harness.virtual.system.logcat import SYSTEM_PID

SYSTEM = ((1, "root", "init"), (612, "system", "lmkd"), (SYSTEM_PID, "system", "system_server"))


async def ps(call: Call) -> int:
    """The system's invented processes and the apps that really run; `-A` changes nothing here."""
    call.print("USER           PID  PPID     VSZ    RSS WCHAN            ADDR S NAME")
    apps = [(app.pid, "u0_a217", app.package) for app in call.phone.running()]
    for pid, user, name in (*SYSTEM, *apps):
        call.print(f"{user:<12} {pid:>5}     1       0      0 0                   0 S {name}")
    return 0


async def pidof(call: Call) -> int:
    """The process ids of a name; status 1 if there is none."""
    named = [(pid, name) for pid, _, name in SYSTEM] + [
        (app.pid, app.package) for app in call.phone.running()
    ]
    found = [str(pid) for pid, name in named if name in call.operands]
    if found:
        call.print(" ".join(reversed(found)))
    return 0 if found else 1


async def kill(call: Call) -> int:
    """Apps belong to another user, so a shell may not."""
    pids = {str(app.pid) for app in call.phone.running()} | {str(pid) for pid, _, _ in SYSTEM}
    for pid in call.operands:
        reason = "Operation not permitted" if pid in pids else "No such process"
        call.complain(f"/system/bin/sh: kill: {pid}: {reason}")
    return 1


COMMANDS: dict[str, Command] = {"ps": ps, "pidof": pidof, "kill": kill}
