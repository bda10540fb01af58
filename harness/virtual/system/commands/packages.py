"""The package manager's commands: `pm …`, and `cmd package …`, which is the same; and `cmd` itself."""

import re

from harness.virtual.system.commands.call import Call, Command
from harness.virtual.system.commands.dumpsys import CMD_SERVICES
from harness.virtual.system.commands.dumpsys_apps import describe
from harness.virtual.system.commands.power import SERVICES
from harness.virtual.system.packages import InstallFailed

OPTIONS_WITH_VALUE = ("-S", "-i", "--user", "--abi", "--install-location", "--originating-uri", "-p", "--pkg")
OWNERS = ("0", "all", "current")
"""What `--user` may name: this phone has one user."""
NOUGAT = 24
"""Until then `pm` named the file first, and failures came on the standard error."""


async def pm(call: Call) -> int:
    """Installs, sessions, uninstall, clear, path, list, dump."""
    actions: dict[str, Command] = {
        "clear": _clear,
        "dump": _dump,
        "install": _install,
        "install-abandon": _abandon,
        "install-commit": _commit,
        "install-create": _create,
        "install-write": _write,
        "list": _list,
        "path": _path,
        "uninstall": _uninstall,
    }
    name = call.arguments[0] if call.arguments else ""
    if name not in actions:
        if not name or name in ("help", "-h"):
            call.print(f"Package manager (package) commands:\n  {' '.join(sorted(actions))}")
            return 0 if name else 255
        call.print(f"Unknown command: {name}")
        return 255
    return await actions[name](call)


async def cmd(call: Call) -> int:
    """Hand a call to a system service."""
    services: dict[str, Command] = {"package": pm, **CMD_SERVICES, **SERVICES}
    service, *arguments = call.arguments or [""]
    if call.phone.profile.sdk < NOUGAT:
        return call.complain("/system/bin/sh: cmd: not found", 127)
    if service == "-l":
        call.print("Currently running services:\n" + "\n".join(f"  {name}" for name in sorted(services)))
        return 0
    if service not in services:
        return call.complain(f"cmd: Can't find service: {service}", 20)
    call.argv = [service, *arguments]
    return await services[service](call)


async def _install(call: Call) -> int:
    """From a file on the phone, or with `-S N` from N bytes of the standard input."""
    options, paths = _parse(call)
    if (complaint := _other_user(call, options)) is not None:
        return complaint
    path = paths[0] if paths and paths[0] != "-" else ""
    if path and call.phone.profile.sdk < NOUGAT:
        call.print(f"\tpkg: {path}")
    if not path and "-S" not in options:
        return call.complain("Error: must either specify a package size or an APK file", 1)
    try:
        apk = call.phone.files.read(path) if path else await _receive(call, _size(options))
        _put_in_place(call, options, apk, {})
    except FileNotFoundError:
        return _not_there(call, path)
    except PermissionError:
        return call.complain(
            f"Error: Unable to open file: {path}\nConsider using a file under /data/local/tmp/", 255
        )
    except InstallFailed as failed:
        return _failure(call, failed)
    call.print("Success")
    return 0


def _put_in_place(call: Call, options: dict[str, str], apk: bytes, splits: dict[str, bytes]) -> None:
    package = call.phone.packages.install(
        apk, replace="-R" not in options, downgrade="-d" in options, abi=options.get("--abi")
    )
    call.phone.packages.add_splits(package, splits)


def _not_there(call: Call, path: str) -> int:
    if call.phone.profile.sdk < NOUGAT:
        return _failure(call, InstallFailed("INSTALL_FAILED_INVALID_URI"))
    return call.complain(f"Error: failed to open file: {path}: No such file or directory", 255)


def _failure(call: Call, failed: InstallFailed) -> int:
    if call.phone.profile.sdk < NOUGAT:
        return call.complain(f"Failure [{failed}]")
    call.print(f"Failure [{failed}]")
    return 1


async def _create(call: Call) -> int:
    """Begin a session, into which APKs are written before all are installed at once."""
    options, _ = _parse(call)
    if (complaint := _other_user(call, options)) is not None:
        return complaint
    number = call.phone.packages.create_session(options)
    call.print(f"Success: created install session [{number}]")
    return 0


async def _write(call: Call) -> int:
    """`install-write -S N SESSION NAME [FILE|-]`."""
    options, operands = _parse(call)
    number, name, path, *_ = *operands, "", "", "-"
    session = call.phone.packages.session(number)
    if session is None:
        return _no_session(call, number)
    if not re.fullmatch(r"[\w.-]{1,200}", name):
        return call.complain(f"Error: Invalid name: {name}", 255)
    try:
        session.apks[name] = (
            call.phone.files.read(path) if path != "-" else await _receive(call, _size(options))
        )
    except FileNotFoundError:
        return call.complain(f"Error: failed to open file: {path}: No such file or directory", 255)
    except InstallFailed as failed:
        call.print(f"Error: failed to write; {failed}")
        return 1
    call.print(f"Success: streamed {len(session.apks[name])} bytes")
    return 0


async def _commit(call: Call) -> int:
    """Install what a session holds; the first APK is the base, the others its splits."""
    _, operands = _parse(call)
    session = call.phone.packages.close_session(operands[0] if operands else "")
    if session is None:
        return _no_session(call, operands[0] if operands else "")
    base, *others = sorted(session.apks, key=lambda name: "base" not in name) or [""]
    if not base:
        return _failure(call, InstallFailed("INSTALL_FAILED_INVALID_APK: Session staged with no APKs"))
    try:
        _put_in_place(
            call, session.options, session.apks[base], {name: session.apks[name] for name in others}
        )
    except InstallFailed as failed:
        return _failure(call, failed)
    call.print("Success")
    return 0


async def _abandon(call: Call) -> int:
    _, operands = _parse(call)
    if call.phone.packages.close_session(operands[0] if operands else "") is None:
        return _no_session(call, operands[0] if operands else "")
    call.print("Success")
    return 0


def _no_session(call: Call, number: str) -> int:
    problem = "java.lang.SecurityException: Caller has no access to session"
    return call.complain(f"Exception occurred while executing 'install-session':\n{problem} {number}", 255)


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
    return int(size) if re.fullmatch(r"\d{1,15}", size) else 0


async def _receive(call: Call, size: int) -> bytes:
    """Exactly so many bytes: adb does not close its side."""
    if size > call.phone.files.capacity_bytes - call.phone.files.used_bytes():
        raise InstallFailed("INSTALL_FAILED_INSUFFICIENT_STORAGE: Failed to override installation location")
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
    return _failure(call, InstallFailed("DELETE_FAILED_INTERNAL_ERROR"))


async def _path(call: Call) -> int:
    _, names = _parse(call)
    package = call.phone.packages.find(names[0] if names else "")
    if package is None:
        return 1
    for apk in (package.apk, *package.splits):
        call.print(f"package:{apk}")
    return 0


async def _list(call: Call) -> int:
    options, words = _parse(call)
    kind, part, *_ = *words, "", ""
    if kind == "features":
        call.print("feature:reqGlEsVersion=0x30002\nfeature:android.hardware.touchscreen")
    elif kind in ("packages", "package"):
        _list_packages(call, options, part)
    elif kind == "users":
        call.print("Users:\n\tUserInfo{0:Owner:4c13} running")
    elif kind != "instrumentation":
        return call.complain(f"Error: unknown list type '{kind}'", 255)
    return 0


def _list_packages(call: Call, options: dict[str, str], part: str) -> None:
    for package in call.phone.packages.all():
        manifest = package.manifest
        is_hidden = (package.is_system and "-3" in options) or (not package.is_system and "-s" in options)
        if part in manifest.package and not is_hidden and "-d" not in options:
            version = f" versionCode:{manifest.version_code}" if "--show-versioncode" in options else ""
            file = f"{package.apk}=" if "-f" in options else ""
            call.print(f"package:{file}{manifest.package}{version}")


async def _clear(call: Call) -> int:
    _, names = _parse(call)
    known = call.phone.packages.find(names[0] if names else "")
    if known:
        call.phone.force_stop(names[0])
    call.print("Success" if known else "Failed")
    return 0 if known else 1


async def _dump(call: Call) -> int:
    _, names = _parse(call)
    package = call.phone.packages.find(names[0] if names else "")
    if package is None:
        return call.complain(f"Unable to find package: {names[0] if names else ''}", 0)
    call.print(f"DUMP OF SERVICE package:\nPackages:\n{describe(call, package)}")
    return 0


COMMANDS: dict[str, Command] = {"pm": pm, "cmd": cmd}
