"""The package manager's commands: `pm …`, and `cmd package …`, which is the same."""

from harness.virtual.system.commands.call import Call, Command
from harness.virtual.system.packages import InstallFailed

OPTIONS_WITH_VALUE = ("-S", "-i", "--user", "--abi", "--install-location", "--originating-uri")
OWNERS = ("0", "all", "current")
"""What `--user` may name: this phone has one user."""


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
    options, paths = _parse(call)
    if (complaint := _other_user(call, options)) is not None:
        return complaint
    try:
        apk = (
            call.phone.files.read(paths[0])
            if paths and paths[0] != "-"
            else await _receive(call, _size(options))
        )
        call.phone.packages.install(
            apk, replace="-R" not in options, downgrade="-d" in options, abi=options.get("--abi")
        )
    except FileNotFoundError:
        return call.complain(f"Error: failed to open file: {paths[0]}: No such file or directory", 255)
    except InstallFailed as failed:
        call.print(f"Failure [{failed}]")
        return 1
    call.print("Success")
    return 0


def _parse(call: Call) -> tuple[dict[str, str], list[str]]:
    """The options of an action, each with its value or nothing, and what else stands behind the action."""
    options, rest = {}, []
    arguments = iter(call.arguments[1:])
    for argument in arguments:
        if argument == "-" or not argument.startswith("-"):
            rest.append(argument)
        else:
            options[argument] = next(arguments, "") if argument in OPTIONS_WITH_VALUE else ""
    return options, rest


def _other_user(call: Call, options: dict[str, str]) -> int | None:
    """The status of a call for a user that this phone does not have."""
    user = options.get("--user", "0")
    if user in OWNERS:
        return None
    return call.complain(
        f"Error: java.lang.SecurityException: Shell does not have permission to access user {user}", 255
    )


def _size(options: dict[str, str]) -> int:
    size = options.get("-S", "")
    return int(size) if size.isdecimal() else 0


async def _receive(call: Call, size: int) -> bytes:
    """Exactly so many bytes: adb does not close its side."""
    apk = bytearray()
    while len(apk) < size and (data := await call.stdin()):
        apk += data
    if len(apk) < size or not size:
        raise InstallFailed(f"INSTALL_FAILED_INVALID_APK: expected {size} bytes, {len(apk)} arrived")
    return bytes(apk[:size])


async def _uninstall(call: Call) -> int:
    _, names = _parse(call)
    if names and call.phone.packages.uninstall(names[0]):
        call.phone.force_stop(names[0])
        call.print("Success")
        return 0
    call.print("Failure [DELETE_FAILED_INTERNAL_ERROR]")
    return 1


async def _path(call: Call) -> int:
    _, names = _parse(call)
    package = call.phone.packages.find(names[0] if names else "")
    if package is None:
        return 1
    call.print(f"package:{package.apk}")
    return 0


async def _list(call: Call) -> int:
    options, words = _parse(call)
    kind, part, *_ = *words, "", ""
    if kind != "packages":
        return call.complain(f"Error: unknown list type '{kind}'", 255)
    for package in call.phone.packages.all():
        manifest = package.manifest
        if part in manifest.package and not (package.is_system and "-3" in options):
            version = f" versionCode:{manifest.version_code}" if "--show-versioncode" in options else ""
            file = f"{package.apk}=" if "-f" in options else ""
            call.print(f"package:{file}{manifest.package}{version}")
    return 0


async def _clear(call: Call) -> int:
    known = call.phone.packages.find(call.operands[1] if call.operands[1:] else "")
    call.print("Success" if known else "Failed")
    return 0 if known else 1


COMMANDS: dict[str, Command] = {"pm": pm, "cmd": cmd}
