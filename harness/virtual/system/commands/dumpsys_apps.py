"""What `dumpsys` says of apps: what the package manager knows, and the memory of those that run."""

import re
from collections.abc import Callable
from pathlib import Path

from harness.virtual.system.commands.call import Call
from harness.virtual.system.packages import InstalledPackage

RSS_SINCE_SDK = 30
"""The sum of resident memory came with Android 11."""
UNREADABLE = (FileNotFoundError, ProcessLookupError, PermissionError)


def _package(call: Call, arguments: list[str]) -> str:
    name = next((word for word in arguments if not word.startswith("-")), "")
    package = call.phone.packages.find(name)
    if package is None:
        return f"Unable to find package: {name}"
    return f"Packages:\n{describe(call, package)}"


def describe(call: Call, package: InstalledPackage) -> str:
    """One package as the package manager prints it."""
    manifest = package.manifest
    flags = "SYSTEM HAS_CODE ALLOW_CLEAR_USER_DATA" if package.is_system else "HAS_CODE ALLOW_CLEAR_USER_DATA"
    when = package.installed.strftime("%Y-%m-%d %H:%M:%S")
    signature = (package.signer or b"system").hex()[:8].ljust(8, "0")
    return (
        f"  Package [{manifest.package}] (2b1a3c4):\n    userId=10217\n"
        f"    codePath={package.code_path}\n    primaryCpuAbi={call.phone.profile.abi}\n"
        f"    versionCode={manifest.version_code} minSdk=21 targetSdk=34\n"
        f"    versionName={manifest.version_name}\n    flags=[ {flags} ]\n    pkgFlags=[ {flags} ]\n"
        f"    firstInstallTime={when}\n    lastUpdateTime={when}\n"
        f"    signatures=PackageSignatures{{5e3a1f2 version:2, signatures:[{signature}], past signatures:[]}}"
    )


def _meminfo(call: Call, arguments: list[str]) -> str:
    name = next((word for word in arguments if not word.startswith("-")), "")
    if not name:
        return _all_memory(call)
    app = next((app for app in call.phone.running() if name in (app.package, str(app.pid))), None)
    try:
        status = Path(f"/proc/{app.pid}/status").read_text() if app else ""
        rollup = Path(f"/proc/{app.pid}/smaps_rollup").read_text() if app else ""
    except UNREADABLE:
        app = None
    if app is None:
        return f"No process found for: {name}"
    rss, pss = _kib(status, "VmRSS"), _kib(rollup, "Pss")
    uptime_ms = int(call.phone.clock.uptime_s() * 1000)
    if call.phone.profile.sdk >= RSS_SINCE_SDK:
        sums = f"           TOTAL PSS: {pss:>8}            TOTAL RSS: {rss:>8}       TOTAL SWAP PSS:        0"
    else:
        sums = f"           TOTAL: {pss:>8}       TOTAL SWAP PSS:        0"
    return (
        f"Applications Memory Usage (in Kilobytes):\nUptime: {uptime_ms} Realtime: {uptime_ms}\n\n"
        f"** MEMINFO in pid {app.pid} [{app.package}] **\n\n App Summary\n{sums}"
    )


def _all_memory(call: Call) -> str:
    text = call.phone.files.read("/proc/meminfo").decode(errors="replace")
    total, free = (int(_kib(text, name)) for name in ("MemTotal", "MemAvailable"))
    return (
        "Applications Memory Usage (in Kilobytes):\n\n"
        f"Total RAM: {total:,}K (status normal)\n Free RAM: {free:,}K\n Used RAM: {total - free:,}K"
    )


def _kib(text: str, name: str) -> str:
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return found.group(1) if found else "0"


SERVICES: dict[str, Callable[[Call, list[str]], str]] = {"meminfo": _meminfo, "package": _package}
