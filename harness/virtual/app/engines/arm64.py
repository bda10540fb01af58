"""The engine that has a phone's very instructions: the arm64 APK's own libraries in an emulated arm64 JVM.

All but the runtime is as in `android`. What it computes is what a phone computes; what it takes says nothing.
"""

from functools import partial

from android_runner.arm64.runtime import arm64_runtime
from harness.virtual.app.engines import AppMain, android


def ready() -> AppMain:
    """Make the libraries ready of the arm64 APK.

    Raises:
        SetupIncomplete: a part of the arm64 set-up, the APK or the jar is missing.
    """
    return partial(android.run, arm64_runtime())
