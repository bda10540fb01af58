"""Apps on the phone: is one there, install it, remove it. Which app a launch needs is `runner`'s question.

The package manager's exit codes cannot be trusted over all Android versions; its words can.
Everything is done for user 0, as whom launches run. `pm path` asks about that one by itself: Android 6
does not know its option `--user`.
"""

import re
from pathlib import Path

from android_runner.contract import PHONE_ROOT
from harness.errors import DeadlineExceeded, InstallRefused
from harness.phone.files import push_by_hash
from harness.phone.install_failures import explained, unblocking
from harness.phone.transport import ShellAnswer, Transport, quoted

_QUERY_S = 30.0
_INSTALL_S = 300.0


def apk_paths(transport: Transport, package: str) -> tuple[str, ...]:
    """Where the app's APKs lie on the phone, the base first; empty if it is not installed.

    Raises:
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    answer = transport.shell(quoted("pm", "path", package), deadline_s=_QUERY_S)
    return tuple(re.findall(r"^package:(\S.*?)\r?$", answer.stdout, re.MULTILINE))


def version_of(transport: Transport, package: str) -> str | None:
    """The name of the installed version, as the app's maker gave it.

    Raises:
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    answer = transport.shell(quoted("dumpsys", "package", package), deadline_s=_QUERY_S)
    found = re.search(r"^[ \t]*versionName=(\S+)", answer.stdout, re.MULTILINE)
    return found[1] if found else None


def install(
    transport: Transport, apk: Path, sha256: str, *, package: str, manufacturer: str | None = None
) -> None:
    """Install an APK or replace what is installed of it, keeping its data; the sent APK is removed again.

    Args:
        apk: the file, which hashes to `sha256`.
        package: the app in it.
        manufacturer: the phone's maker, for the words of the remedy.

    Raises:
        InstallRefused: the package manager does not want it, or waits too long for its user, with what to do.
        TransferFailed, PhoneLost, DeadlineExceeded: as `push_by_hash`.
    """
    remote = f"{PHONE_ROOT}/apks/{sha256}.apk"
    push_by_hash(transport, apk, sha256, remote)
    command = quoted("pm", "install", "-r", "-t", "--user", "0", remote)
    try:
        answer = transport.shell(command, deadline_s=_INSTALL_S)
    except DeadlineExceeded as error:
        _remove(transport, remote)
        raise InstallRefused(
            f"the phone did not answer within {_INSTALL_S:.0f} s whether it takes {package}",
            remedy=unblocking(manufacturer),
            where=transport.serial,
        ) from error
    _remove(transport, remote)
    _require_success(answer, transport.serial, package, manufacturer)


def uninstall(transport: Transport, package: str) -> None:
    """Remove an app; one that is not installed is left alone.

    Raises:
        InstallRefused: the package manager keeps it.
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    if not apk_paths(transport, package):
        return
    answer = transport.shell(quoted("pm", "uninstall", package), deadline_s=_INSTALL_S)
    _require_success(answer, transport.serial, package, None)


def _remove(transport: Transport, remote: str) -> None:
    transport.shell(quoted("rm", "-f", remote), deadline_s=_QUERY_S)


def _require_success(answer: ShellAnswer, serial: str, package: str, manufacturer: str | None) -> None:
    if not re.search(r"^Success\s*$", answer.stdout, re.MULTILINE):
        said = f"{answer.stdout}\n{answer.stderr}"
        raise explained(said, serial=serial, package=package, manufacturer=manufacturer)
