"""Apps on the phone: is one there, install it, remove it, and the benchmark app that every launch needs.

The package manager's exit codes cannot be trusted over all Android versions; its words can.
"""

import re
from pathlib import Path

from android_runner.contract import PACKAGE, PHONE_ROOT
from harness.errors import InstallRefused, RunnerMissing
from harness.phone.files import push_by_hash, sha256_of
from harness.phone.transport import ShellAnswer, Transport, quoted

_QUERY_S = 30.0
_INSTALL_S = 300.0
_NO_SPACE = "free some space on the phone"
_REMEDIES = {
    "INSTALL_FAILED_USER_RESTRICTED": 'allow installs over USB: on Xiaomi turn on "Install via USB" in'
    " Developer options, elsewhere accept the phone's dialog",
    "INSTALL_FAILED_VERIFICATION": 'turn off "Verify apps over USB" in Developer options',
    "INSTALL_FAILED_UPDATE_INCOMPATIBLE": "an app of this name with another signature is installed:"
    " remove it from the phone",
    "INSTALL_FAILED_VERSION_DOWNGRADE": "a newer version is installed: remove it from the phone",
    "INSTALL_FAILED_NO_MATCHING_ABIS": "the APK has no code for this phone's processor: use one that has",
    "INSTALL_FAILED_CPU_ABI_INCOMPATIBLE": "the APK has no code for this phone's processor: use one that has",
    "INSTALL_FAILED_DEPRECATED_SDK_VERSION": "the APK is too old for this Android: use a newer one",
    "INSTALL_FAILED_OLDER_SDK": "the APK needs a newer Android: use another phone",
    "INSTALL_FAILED_INSUFFICIENT_STORAGE": _NO_SPACE,
    "INSTALL_PARSE_FAILED": "the file is no valid APK: make or download it again",
    "not enough space": _NO_SPACE,
    "No space left": _NO_SPACE,
}


def apk_paths(transport: Transport, package: str) -> tuple[str, ...]:
    """Where the app's APKs lie on the phone, the base first; empty if it is not installed.

    Raises:
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    answer = transport.shell(quoted("pm", "path", package), deadline_s=_QUERY_S)
    return tuple(re.findall(r"^package:(\S.*?)\r?$", answer.stdout, re.MULTILINE))


def install(transport: Transport, apk: Path) -> None:
    """Install an APK or replace what is installed of it, keeping its data.

    Raises:
        InstallRefused: the package manager does not want it, with what to do about that.
        TransferFailed, PhoneLost, DeadlineExceeded: as `push_by_hash`.
    """
    sha256 = sha256_of(apk)
    remote = f"{PHONE_ROOT}/apks/{sha256}.apk"
    push_by_hash(transport, apk, sha256, remote)
    answer = transport.shell(quoted("pm", "install", "-r", "-t", remote), deadline_s=_INSTALL_S)
    if not _succeeded(answer):
        raise refused(answer.stdout + answer.stderr, transport.serial)


def uninstall(transport: Transport, package: str) -> None:
    """Remove an app; one that is not installed is left alone.

    Raises:
        InstallRefused: the package manager keeps it.
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    if not apk_paths(transport, package):
        return
    answer = transport.shell(quoted("pm", "uninstall", package), deadline_s=_INSTALL_S)
    if not _succeeded(answer):
        raise refused(answer.stdout + answer.stderr, transport.serial)


def require_runner(transport: Transport) -> None:
    """Check that the benchmark app is on the phone.

    Raises:
        RunnerMissing: it is not.
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    if not apk_paths(transport, PACKAGE):
        raise RunnerMissing(
            f"the benchmark app {PACKAGE} is not installed, and this version of elbench does not bring it",
            remedy="measure on the virtual phone with --virtual, or install the app's APK with `adb install`",
            where=transport.serial,
        )


def refused(text: str, serial: str) -> InstallRefused:
    """The error for what the package manager printed instead of `Success`."""
    failure = re.search(r"Failure \[(.*?)\]", text, re.DOTALL)
    known = next((remedy for words, remedy in _REMEDIES.items() if words in text), None)
    return InstallRefused(
        " ".join((failure[1] if failure else text).split())[:300] or "the package manager said nothing",
        remedy=known or "look the reason up, then install the APK with `adb install` to see more",
        where=serial,
    )


def _succeeded(answer: ShellAnswer) -> bool:
    return re.search(r"^Success\s*$", answer.stdout, re.MULTILINE) is not None
