"""Everything that elbench ever puts on a phone, and its removal: the benchmark app and its folders.

Settings are not of it: they are put back by `restoration`.
"""

from android_runner.contract import PACKAGE, PHONE_ROOT, RECOVERY_ROOT
from harness.errors import CommandFailed
from harness.phone.packages import apk_paths, uninstall
from harness.phone.transport import Transport, quoted

FOLDERS = (PHONE_ROOT, RECOVERY_ROOT, f"/sdcard/Android/data/{PACKAGE}")
"""Models, inputs and requests; the app's copies of its events, on new Androids and on old ones."""

_DEADLINE_S = 120.0


def remove_every_trace(transport: Transport) -> tuple[str, ...]:
    """Remove the app and all files; returns what there was.

    Raises:
        InstallRefused: the phone keeps the app.
        CommandFailed: the phone keeps files.
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    app = [f"the app {PACKAGE}"] if apk_paths(transport, PACKAGE) else []
    folders = _folders_there(transport)
    uninstall(transport, PACKAGE)
    if folders:
        transport.shell(quoted("rm", "-rf", *folders), deadline_s=_DEADLINE_S)
    if stubborn := _folders_there(transport):
        raise CommandFailed(
            f"these folders cannot be removed: {', '.join(stubborn)}",
            remedy="restart the phone, then run again",
            where=transport.serial,
        )
    return (*app, *folders)


def _folders_there(transport: Transport) -> list[str]:
    answer = transport.shell(quoted("ls", "-d", *FOLDERS), deadline_s=_DEADLINE_S)
    lines = {line.strip() for line in answer.stdout.splitlines()}
    return [folder for folder in FOLDERS if folder in lines]
