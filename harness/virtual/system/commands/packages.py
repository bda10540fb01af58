"""The package manager's commands: `pm …`, and `cmd package …`, which is the same."""

from harness.virtual.system.commands.call import Call, Command
from harness.virtual.system.packages import InstallFailed

INSTALL_OPTIONS_WITH_VALUE = ("-S", "-i", "--user", "--abi", "--install-location", "--originating-uri")


async def pm(call: Call) -> int:
    """install, uninstall, path, list packages."""
    actions = {"install": _install, "uninstall": _uninstall, "path": _path, "list": _list, "clear": _clear}
    name = call.arguments[0] if call.arguments else ""
    if name not in actions:
        return call.complain(f"Unknown command: {name}", 255)
    return await actions[name](call)


async def cmd(call: Call) -> int:
    """Hand a call to a system service."""
    service, *arguments = call.arguments or [""]
    if service == "package":
        call.argv = ["pm", *arguments]
        return await pm(call)
    return call.complain(f"cmd: Can't find service: {service}", 20)


async def _install(call: Call) -> int:
    """From a file on the phone, or with `-S N` from N bytes of the standard input."""
    size, paths = _parse_install(call.arguments[1:])
    try:
        apk = call.phone.files.read(paths[0]) if paths and paths[0] != "-" else await _receive(call, size)
        replace, downgrade = "-R" not in call.arguments, "-d" in call.arguments
        call.phone.packages.install(apk, replace=replace, downgrade=downgrade)
    except FileNotFoundError:
        return call.complain(f"Error: failed to open file: {paths[0]}: No such file or directory", 255)
    except InstallFailed as failed:
        call.print(f"Failure [{failed}]")
        return 1
    call.print("Success")
    return 0


def _parse_install(arguments: list[str]) -> tuple[int, list[str]]:
    size, paths = 0, []
    rest = iter(arguments)
    for argument in rest:
        value = next(rest, "") if argument in INSTALL_OPTIONS_WITH_VALUE else ""
        if argument == "-S":
            size = int(value) if value.isdecimal() else 0
        elif argument == "-" or not argument.startswith("-"):
            paths.append(argument)
    return size, paths


async def _receive(call: Call, size: int) -> bytes:
    """Exactly so many bytes: adb does not close its side."""
    apk = bytearray()
    while len(apk) < size and (data := await call.stdin()):
        apk += data
    if len(apk) < size or not size:
        raise InstallFailed(f"INSTALL_FAILED_INVALID_APK: expected {size} bytes, {len(apk)} arrived")
    return bytes(apk[:size])


async def _uninstall(call: Call) -> int:
    names = call.operands[1:]
    if names and call.phone.packages.uninstall(names[0]):
        call.phone.force_stop(names[0])
        call.print("Success")
        return 0
    call.print("Failure [DELETE_FAILED_INTERNAL_ERROR]")
    return 1


async def _path(call: Call) -> int:
    package = call.phone.packages.find(call.operands[1] if call.operands[1:] else "")
    if package is None:
        return 1
    call.print(f"package:{package.apk}")
    return 0


async def _list(call: Call) -> int:
    if call.operands[1:2] != ["packages"]:
        return call.complain(f"Error: unknown list type '{' '.join(call.operands[1:2])}'", 255)
    part = call.operands[2] if call.operands[2:] else ""
    for package in call.phone.packages.all():
        manifest = package.manifest
        if part in manifest.package and not (package.is_system and call.has_option("-3")):
            version = (
                f" versionCode:{manifest.version_code}" if "--show-versioncode" in call.arguments else ""
            )
            file = f"{package.apk}=" if "-f" in call.arguments else ""
            call.print(f"package:{file}{manifest.package}{version}")
    return 0


async def _clear(call: Call) -> int:
    known = call.phone.packages.find(call.operands[1] if call.operands[1:] else "")
    call.print("Success" if known else "Failed")
    return 0 if known else 1


COMMANDS: dict[str, Command] = {"pm": pm, "cmd": cmd}
