"""Who and what the phone is: `getprop`, `id`, `uname`, `getconf`, `date`."""

import os
from datetime import UTC, datetime

from harness.virtual.system.commands.call import Call, Command

GROUPS = "1004(input),1007(log),1011(adb),1015(sdcard_rw),1028(sdcard_r),3003(inet)"


async def getprop(call: Call) -> int:
    """One property, or all as `[name]: [value]`."""
    properties = call.phone.properties
    if call.operands:
        default = call.operands[1] if call.operands[1:] else ""
        call.print(properties.get(call.operands[0], default))
    else:
        for name in sorted(properties):
            call.print(f"[{name}]: [{properties[name]}]")
    return 0


async def identify(call: Call) -> int:
    """The shell user."""
    if call.has_option("-u"):
        call.print("2000")
    else:
        call.print(f"uid=2000(shell) gid=2000(shell) groups=2000(shell),{GROUPS} context=u:r:shell:s0")
    return 0


async def whoami(call: Call) -> int:
    """The shell user's name."""
    call.print("shell")
    return 0


async def uname(call: Call) -> int:
    """Kernel and machine."""
    machine = {"arm64-v8a": "aarch64"}.get(call.phone.profile.abi, call.phone.profile.abi)
    values = {"-s": "Linux", "-n": "localhost", "-r": "5.10.0-elbench-virtual", "-m": machine}
    wanted = list(values) if call.has_option("-a") else [name for name in values if call.has_option(name)]
    call.print(" ".join(values[name] for name in wanted or ["-s"]))
    return 0


async def getconf(call: Call) -> int:
    """Page size and processors."""
    values = {
        "PAGE_SIZE": os.sysconf("SC_PAGE_SIZE"),
        "PAGESIZE": os.sysconf("SC_PAGE_SIZE"),
        "_NPROCESSORS_CONF": call.phone.profile.cores,
        "_NPROCESSORS_ONLN": call.phone.profile.cores,
    }
    name = call.operands[0] if call.operands else ""
    if name not in values:
        return call.complain(f"getconf: bad '{name}'")
    call.print(str(values[name]))
    return 0


async def date(call: Call) -> int:
    """The time, in UTC."""
    form = next(
        (operand[1:] for operand in call.operands if operand.startswith("+")), "%a %b %e %H:%M:%S UTC %Y"
    )
    now = datetime.now(UTC)
    call.print(now.strftime(form.replace("%N", f"{now.microsecond * 1000:09d}")))
    return 0


COMMANDS: dict[str, Command] = {
    "getprop": getprop,
    "id": identify,
    "whoami": whoami,
    "uname": uname,
    "getconf": getconf,
    "date": date,
}
