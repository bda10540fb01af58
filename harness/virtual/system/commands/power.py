"""Services behind `cmd` that change how the phone runs: `cmd power`, `cmd connectivity`, `cmd settings`.

Sources: AOSP frameworks/base, PowerManagerShellCommand.java and ConnectivityService.java, Android 11 to 14.
"""

from harness.virtual.system.commands.call import Call, Command
from harness.virtual.system.commands.settings import settings
from harness.virtual.system.phone import UNTIL_REBOOT

FIRST_SDK = 30
"""Android 11, which brought both actions."""
FIXED_PERFORMANCE = "fixed_performance"


async def power(call: Call) -> int:
    """`cmd power set-fixed-performance-mode-enabled true|false`, which says nothing and has no getter."""
    match call.arguments:
        case ["set-fixed-performance-mode-enabled", value] if call.phone.profile.sdk >= FIRST_SDK:
            is_on = "1" if value.lower() == "true" else "0"
            call.phone.settings.setdefault(UNTIL_REBOOT, {})[FIXED_PERFORMANCE] = is_on
            return 0
        case ["set-fixed-performance-mode-enabled"] if call.phone.profile.sdk >= FIRST_SDK:
            return call.complain('java.lang.IllegalArgumentException: Argument expected after "true"', 255)
        case ["set-mode", mode] if mode.isdecimal():
            call.phone.settings["global"]["low_power"] = "1" if mode == "1" else "0"
            return 0
    return _unknown(call, "Power manager (power) commands:")


async def connectivity(call: Call) -> int:
    """`cmd connectivity airplane-mode [enable|disable]`; without a word it tells."""
    table = call.phone.settings["global"]
    if call.phone.profile.sdk < FIRST_SDK:
        return call.complain("cmd: Can't find service: connectivity", 20)
    match call.arguments:
        case ["airplane-mode"]:
            call.print("enabled" if table.get("airplane_mode_on") == "1" else "disabled")
        case ["airplane-mode", "enable" | "disable" as action]:
            table["airplane_mode_on"] = "1" if action == "enable" else "0"
        case _:
            return _unknown(call, "Connectivity service commands:")
    return 0


def _unknown(call: Call, title: str) -> int:
    """What every service's shell command says to an action that it does not have."""
    if call.arguments and call.arguments[0] not in ("help", "-h"):
        call.print(f"Unknown command: {call.arguments[0]}")
        return 255
    call.print(f"{title}\n  help\n    Print this help text.")
    return 0 if call.arguments else 255


SERVICES: dict[str, Command] = {"connectivity": connectivity, "power": power, "settings": settings}
"""By the name that follows `cmd`."""
