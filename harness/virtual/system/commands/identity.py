"""Who and what the phone is: `getprop`, `id`, `uname`, `getconf`, `date`, `uptime`, `env`, `ip`."""

import os
import re
from datetime import UTC, datetime, timedelta

from harness.virtual.system.commands.call import Call, Command
from harness.virtual.system.commands.options import split_options

OWN_PROPERTIES = ("debug.", "log.tag.", "persist.log.tag")
ENVIRONMENT = (
    "ANDROID_ASSETS=/system/app",
    "ANDROID_BOOTLOGO=1",
    "ANDROID_DATA=/data",
    "ANDROID_ROOT=/system",
    "ANDROID_STORAGE=/storage",
    "EXTERNAL_STORAGE=/sdcard",
    "HOME=/",
    "HOSTNAME=virtual",
    "LOGNAME=shell",
    "PATH=/system/bin",
    "SHELL=/bin/sh",
    "TERM=dumb",
    "TMPDIR=/data/local/tmp",
    "USER=shell",
)
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


async def setprop(call: Call) -> int:
    """Set one of the few properties that a shell may."""
    if len(call.operands) != 2:
        return call.complain("usage: setprop NAME VALUE")
    name, value = call.operands
    if not name.startswith(OWN_PROPERTIES) or len(value) > 91:
        return call.complain(f"Failed to set property '{name}' to '{value}'.\nSee dmesg for error reason.")
    call.phone.properties[name] = value
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
    abi = call.phone.profile.abi
    machine = {"arm64-v8a": "aarch64", "armeabi-v7a": "armv7l", "x86": "i686"}.get(abi, abi)
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
    """The time, in UTC; `+FORMAT`, `-d @SECONDS` or an ISO date. A shell may not set it."""
    options, operands = split_options(call, "u", "dDr")
    form = next((operand[1:] for operand in operands if operand.startswith("+")), "%a %b %e %H:%M:%S UTC %Y")
    if any(not operand.startswith("+") for operand in operands):
        return call.complain("date: cannot set date: Operation not permitted")
    when = _moment(options["d"]) if "d" in options else call.phone.clock.now()
    if when is None:
        return call.complain(f"date: bad date '{options['d']}'")
    call.print(
        when.strftime(form.replace("%N", f"{when.microsecond * 1000:09d}").replace("%s", _epoch(when)))
    )
    return 0


def _epoch(when: datetime) -> str:
    return str(int(when.timestamp()))


def _moment(text: str) -> datetime | None:
    try:
        if text.startswith("@"):
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(text[1:]))
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


async def uptime(call: Call) -> int:
    """How long the phone is on, and its load."""
    seconds = int(float(call.phone.files.read("/proc/uptime").split()[0]))
    load = ", ".join(call.phone.files.read("/proc/loadavg").decode().split()[:3])
    days, minutes = divmod(seconds // 60, 24 * 60)
    since = f"{days} days, " if days else ""
    clock = f"{minutes // 60:>2}:{minutes % 60:02}"
    call.print(f" {call.phone.clock.now():%H:%M:%S} up {since}{clock},  0 users,  load average: {load}")
    return 0


async def nproc(call: Call) -> int:
    """Cores."""
    call.print(str(call.phone.profile.cores))
    return 0


async def env(call: Call) -> int:
    """The environment of the shell."""
    if call.operands:
        return call.complain(f"env: exec {call.operands[0]}: Permission denied", 126)
    for line in ENVIRONMENT:
        call.print(line)
    return 0


async def pwd(call: Call) -> int:
    """A shell starts at the root."""
    call.print("/")
    return 0


async def hostname(call: Call) -> int:
    """The name in the network."""
    call.print("localhost")
    return 0


async def ifconfig(call: Call) -> int:
    """The loopback interface: a virtual phone is in no network."""
    name = call.operands[0] if call.operands else "lo"
    if name != "lo":
        return call.complain(f"ifconfig: {name}: No such device")
    call.print("lo        Link encap:Local Loopback  \n          inet addr:127.0.0.1  Mask:255.0.0.0 ")
    call.print("          UP LOOPBACK RUNNING  MTU:65536  Metric:1")
    return 0


async def ip(call: Call) -> int:
    """`ip addr` and `ip route`, of the loopback interface alone."""
    words = call.operands
    if words[:1] and re.fullmatch(r"r(o(u(t(e)?)?)?)?", words[0]):
        return 0
    if words[-1:] and words[-1].startswith(("wlan", "eth", "rmnet")):
        return call.complain(f'Device "{words[-1]}" does not exist.')
    call.print("1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000")
    call.print("    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00")
    call.print("    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever")
    return 0


COMMANDS: dict[str, Command] = {
    "date": date,
    "env": env,
    "getconf": getconf,
    "getprop": getprop,
    "hostname": hostname,
    "id": identify,
    "ifconfig": ifconfig,
    "ip": ip,
    "nproc": nproc,
    "printenv": env,
    "pwd": pwd,
    "setprop": setprop,
    "uname": uname,
    "uptime": uptime,
    "whoami": whoami,
}
