"""`dumpsys`: the services whose answers a benchmark reads, in the form of Android 14."""

import re
from collections.abc import Callable
from pathlib import Path

from harness.virtual.system.commands.call import Call, Command


async def dumpsys(call: Call) -> int:
    """Print the state of one service, or set the battery's."""
    service, *arguments = call.arguments or ["-l"]
    if service == "battery" and arguments:
        return _set_battery(call, arguments)
    printer = SERVICES.get(service)
    if service == "-l":
        call.print("Currently running services:\n" + "\n".join(f"  {name}" for name in sorted(SERVICES)))
    elif printer is None:
        return call.complain(f"Can't find service: {service}", 0)
    else:
        call.print(printer(call, arguments))
    return 0


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


def _set_battery(call: Call, arguments: list[str]) -> int:
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
    return (
        "IsStatusOverride: false\nThermalEventListeners:\n\tcallbacks: 1\n\tkilled: false\n"
        "ThermalStatusListeners:\n\tcallbacks: 1\n\tkilled: false\nThermal Status: 0\n"
        f"Cached temperatures:\n{temperatures}\nHAL Ready: true\n"
        "HAL connection:\n\tThermalHAL AIDL 1 connected: yes\n"
        f"Current temperatures from HAL:\n{temperatures}\nCurrent cooling devices from HAL:\n"
        "\tCoolingDevice{mValue=0, mType=2, mName=cpu}"
    )


def _power(call: Call, _: list[str]) -> str:
    is_on = call.phone.is_screen_on
    wakefulness = "Awake" if is_on else "Asleep"
    return (
        "POWER MANAGER (dumpsys power)\n\nPower Manager State:\n"
        f"  mWakefulness={wakefulness}\n  mIsPowered={str(call.phone.battery.usb_powered).lower()}\n"
        f"  mBatteryLevel={call.phone.battery.level_percent}\n"
        f"Display Power: state={'ON' if is_on else 'OFF'}"
    )


def _display(call: Call, _: list[str]) -> str:
    return f"DISPLAY MANAGER (dumpsys display)\n  mScreenState={'ON' if call.phone.is_screen_on else 'OFF'}"


def _package(call: Call, arguments: list[str]) -> str:
    name = arguments[0] if arguments else ""
    package = call.phone.packages.find(name)
    if package is None:
        return f"Unable to find package: {name}"
    manifest = package.manifest
    return (
        f"Packages:\n  Package [{manifest.package}] (2b1a3c4):\n    userId=10217\n"
        f"    codePath={package.code_path}\n    primaryCpuAbi={call.phone.profile.abi}\n"
        f"    versionCode={manifest.version_code} minSdk=21 targetSdk=34\n"
        f"    versionName={manifest.version_name}\n    flags=[ HAS_CODE ]"
    )


def _meminfo(call: Call, arguments: list[str]) -> str:
    name = arguments[0] if arguments else ""
    app = next((app for app in call.phone.running() if name in (app.package, str(app.pid))), None)
    if app is None:
        return f"No process found for: {name}"
    status = Path(f"/proc/{app.pid}/status").read_text()
    rollup = Path(f"/proc/{app.pid}/smaps_rollup").read_text()
    rss, pss = _kib(status, "VmRSS"), _kib(rollup, "Pss")
    return (
        "Applications Memory Usage (in Kilobytes):\nUptime: 1000 Realtime: 1000\n\n"
        f"** MEMINFO in pid {app.pid} [{app.package}] **\n"
        f"           TOTAL PSS: {pss:>8}            TOTAL RSS: {rss:>8}       TOTAL SWAP PSS:        0"
    )


def _kib(text: str, name: str) -> str:
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return found.group(1) if found else "0"


SERVICES: dict[str, Callable[[Call, list[str]], str]] = {
    "battery": _battery,
    "display": _display,
    "meminfo": _meminfo,
    "package": _package,
    "power": _power,
    "thermalservice": _thermal,
}
COMMANDS: dict[str, Command] = {"dumpsys": dumpsys}
