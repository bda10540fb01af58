"""`dumpsys`: battery and thermal service, in the form of Android 14.

The phone's own states are in `dumpsys_states`, its apps in `dumpsys_apps`.
"""

from collections.abc import Callable

from harness.virtual.system.commands import dumpsys_apps, dumpsys_states
from harness.virtual.system.commands.activity import dump_activity
from harness.virtual.system.commands.call import Call, Command
from harness.virtual.system.phone import OVERRIDDEN

MOST_SEVERE = 6
BROUGHT_BY_SDK = {"thermalservice": 29, "deviceidle": 23}


async def dumpsys(call: Call) -> int:
    """Print the state of one service, or set the battery's."""
    service, *arguments = _without_options(call.arguments)
    if service == "battery" and arguments:
        return set_battery(call, arguments)
    if service == "deviceidle" and arguments:
        return dumpsys_states.change_idle(call, arguments)
    if service == "-l":
        call.print("Currently running services:")
        for name in sorted(SERVICES):
            call.print(f"  {name}")
        return 0
    printer = SERVICES.get(service)
    if printer is None or call.phone.profile.sdk < BROUGHT_BY_SDK.get(service, 0):
        return call.complain(f"Can't find service: {service}", 0)
    call.print(printer(call, arguments))
    return 0


def _without_options(arguments: list[str]) -> list[str]:
    """The service and its arguments, without `-t SECONDS` and the like before it; `-l` if there is none."""
    rest = list(arguments)
    while rest and rest[0].startswith("-") and rest[0] != "-l":
        del rest[: 2 if rest[0] in ("-t", "-T") else 1]
    return rest or ["-l"]


def _battery(call: Call, _: list[str]) -> str:
    battery = call.phone.battery
    charging = battery.ac_powered or battery.usb_powered
    stopped = "  (UPDATES STOPPED -- use 'reset' to restart)\n" if battery.is_faked else ""
    return (
        f"Current Battery Service state:\n{stopped}"
        f"  AC powered: {str(battery.ac_powered).lower()}\n"
        f"  USB powered: {str(battery.usb_powered).lower()}\n"
        "  Wireless powered: false\n  Dock powered: false\n"
        "  Max charging current: 500000\n  Max charging voltage: 5000000\n  Charge counter: 3100000\n"
        f"  status: {2 if charging else 3}\n  health: 2\n  present: true\n"
        f"  level: {battery.level_percent}\n  scale: 100\n  voltage: 4120\n"
        f"  temperature: {battery.temperature_decicelsius}\n  technology: Li-ion"
    )


def set_battery(call: Call, arguments: list[str]) -> int:
    """`set level 42`, `unplug`, `reset`, as `dumpsys battery` and `cmd battery` take them."""
    battery, action = call.phone.battery, [a for a in arguments if not a.startswith("-")]
    if action == ["reset"]:
        profile = call.phone.profile
        battery.level_percent, battery.temperature_decicelsius = (
            profile.battery_percent,
            profile.battery_decicelsius,
        )
        battery.usb_powered, battery.ac_powered, battery.is_faked = True, False, False
        return 0
    if action == ["unplug"]:
        action = ["set", "usb", "0"]
    if len(action) != 3 or action[0] != "set" or not action[2].isdecimal():
        return call.complain("Unknown battery command", 255)
    setters: dict[str, Callable[[int], None]] = {
        "level": lambda value: setattr(battery, "level_percent", value),
        "temp": lambda value: setattr(battery, "temperature_decicelsius", value),
        "usb": lambda value: setattr(battery, "usb_powered", bool(value)),
        "ac": lambda value: setattr(battery, "ac_powered", bool(value)),
    }
    if action[1] not in setters:
        return call.complain(f"Unknown set option: {action[1]}", 255)
    setters[action[1]](int(action[2]))
    battery.is_faked = True
    return 0


def _thermal(call: Call, _: list[str]) -> str:
    skin = call.phone.battery.temperature_decicelsius / 10
    readings = (("CPU", 0, skin + 4), ("BATTERY", 2, skin), ("SKIN", 3, skin + 1))
    temperatures = "\n".join(
        f"\tTemperature{{mValue={value:.1f}, mType={kind}, mName={name}, mStatus=0}}"
        for name, kind, value in readings
    )
    is_override = OVERRIDDEN in dumpsys_states.until_reboot(call)
    return (
        f"IsStatusOverride: {str(is_override).lower()}\n"
        "ThermalEventListeners:\n\tcallbacks: 1\n\tkilled: false\n"
        "ThermalStatusListeners:\n\tcallbacks: 1\n\tkilled: false\n"
        f"Thermal Status: {call.phone.thermal_status}\n"
        f"Cached temperatures:\n{temperatures}\nHAL Ready: true\n"
        "HAL connection:\n\tThermalHAL AIDL 1 connected: yes\n"
        f"Current temperatures from HAL:\n{temperatures}\nCurrent cooling devices from HAL:\n"
        "\tCoolingDevice{mValue=0, mType=2, mName=cpu}"
    )


async def thermalservice(call: Call) -> int:
    """`cmd thermalservice override-status N` and `reset`."""
    if call.phone.profile.sdk < BROUGHT_BY_SDK["thermalservice"]:
        return call.complain("cmd: Can't find service: thermalservice", 20)
    match call.arguments:
        case ["override-status", status] if status.isdecimal() and int(status) <= MOST_SEVERE:
            dumpsys_states.until_reboot(call)[OVERRIDDEN] = status
        case ["override-status", status]:
            return call.complain(f"Invalid thermal status: {status}", 255)
        case ["reset"]:
            dumpsys_states.until_reboot(call).pop(OVERRIDDEN, None)
        case [action, *_]:
            call.print(f"Unknown command: {action}")
            return 255
        case _:
            call.print("Thermal service (thermalservice) commands:\n  override-status STATUS\n  reset")
    return 0


async def battery(call: Call) -> int:
    """`cmd battery set …`, `unplug`, `reset`."""
    return set_battery(call, call.arguments)


async def deviceidle(call: Call) -> int:
    """`cmd deviceidle …`."""
    if call.phone.profile.sdk < BROUGHT_BY_SDK["deviceidle"]:
        return call.complain("cmd: Can't find service: deviceidle", 20)
    return dumpsys_states.change_idle(call, call.arguments)


SERVICES: dict[str, Callable[[Call, list[str]], str]] = {
    "activity": dump_activity,
    "battery": _battery,
    "thermalservice": _thermal,
    **dumpsys_apps.SERVICES,
    **dumpsys_states.SERVICES,
}
CMD_SERVICES: dict[str, Command] = {
    "battery": battery,
    "deviceidle": deviceidle,
    "thermalservice": thermalservice,
}
"""By the name that follows `cmd`."""
COMMANDS: dict[str, Command] = {"dumpsys": dumpsys}
