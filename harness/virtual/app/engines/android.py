"""The engine that is Android's: the installed APK's own libraries and the runner's own Java, in a fresh JVM.

No Python of the app is left: the forked process makes itself the JVM, which measures and streams. Anybody on
this computer can install an APK on a virtual phone, so no native code runs but that of the shipped one.
`arm64` is the same with another runtime.
"""

import hashlib
import os
import traceback
from functools import partial
from pathlib import Path
from typing import NoReturn

from android_runner.contract import Failure
from android_runner.host.runtime import HostRuntime, shipped_runtime
from android_runner.prebuilt import read_prebuilt
from harness.errors import SetupIncomplete
from harness.virtual.app.clock import MonotonicClock
from harness.virtual.app.engines import AppMain
from harness.virtual.app.events import open_stream
from harness.virtual.app.launch_order import LaunchOrder


def ready() -> AppMain:
    """Make the libraries ready of the APK that virtual phones come with.

    Raises:
        SetupIncomplete: a tool, the APK or the jar is missing.
    """
    return partial(run, shipped_runtime())


def run(runtime: HostRuntime, order: LaunchOrder, output: int) -> int:
    """Carry out an order with the APK that is installed now; returns only where that cannot be."""
    try:
        _require_shipped(Path(order.apk), runtime.abi)
        _become(runtime, order, output)
    except SetupIncomplete as error:
        kind, stack = type(error).__name__, traceback.format_exc()
        failure = Failure(stage="start", kind=kind, message=str(error), stack=stack)
        open_stream(order, MonotonicClock(), output).fail(failure)
    return 0


def _require_shipped(apk: Path, abi: str) -> None:
    shipped = read_prebuilt().apk_for([abi])
    with apk.open("rb") as installed:
        sha256 = hashlib.file_digest(installed, "sha256").hexdigest()
    if shipped is None or sha256 != shipped.sha256:
        raise SetupIncomplete(
            "the installed APK is not the one that elbench is shipped with, and native code of others is not"
            " run on this computer",
            remedy="start a new virtual phone, which comes with it, or use the engine `lite`",
            where="engine android",
        )


def _become(runtime: HostRuntime, order: LaunchOrder, output: int) -> NoReturn:
    """Replace this process by the JVM or its emulator, which keeps its id and dies with the zygote as well.

    Raises:
        SetupIncomplete: java or the emulator is gone.
    """
    command = runtime.command(
        root=Path(order.root), request=order.request, sdk=order.sdk, stop_at=order.stop_at
    )
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.set_inheritable(0, True)
    os.dup2(output, 1)
    os.set_inheritable(output, False)
    try:
        os.execve(command[0], command, {**runtime.environment})  # noqa: S606  an app process is no shell
    except OSError as error:
        raise SetupIncomplete(
            f"the JVM does not start ({error.strerror})",
            remedy="install a Java runtime again, then start a new virtual phone",
            where=command[0],
        ) from error
