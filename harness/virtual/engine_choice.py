"""Which engine a virtual phone gets: the phone's own runtime where this machine can run it."""

import os
from collections.abc import Callable
from typing import Literal

from android_runner.host.runtime import ABI, prepare
from android_runner.host.tools import find_tools
from android_runner.prebuilt import read_prebuilt
from harness.errors import SetupIncomplete
from harness.places import cache_folder
from harness.virtual.profile import EngineName

EngineChoice = Literal["auto", "android", "lite", "modelled"]


def resolve_engine(choice: EngineChoice, say: Callable[[str], None]) -> EngineName:
    """The engine that is meant; `auto` is `android`, or `lite` where something lacks, and then says what.

    Raises:
        SetupIncomplete: `android` is wanted, and something lacks.
    """
    if choice == "lite" or choice == "modelled":
        return choice
    try:
        _require_android()
    except SetupIncomplete as error:
        if choice == "android":
            raise
        say(f"Models run in the engine lite, not in Android's own libraries: {error}")
        return "lite"
    return "android"


def _require_android() -> None:
    """Make its libraries ready as well: that the tools are there says little about what they lack."""
    tools, prebuilt = find_tools(), read_prebuilt()
    apk = prebuilt.apk_for([ABI])
    if apk is None:
        raise SetupIncomplete(
            f"elbench has no runner for {ABI}",
            remedy="install elbench again, or run `make prebuilt` in its sources",
            where=str(prebuilt.folder),
        )
    prepare(prebuilt.path(apk), tools, cache_folder(os.environ))
