"""Which engine a virtual phone gets: the phone's own runtime where this machine can run it."""

from collections.abc import Callable
from typing import Literal

from android_runner.arm64.runtime import arm64_runtime
from android_runner.executorch.packages import find_packages
from android_runner.host.runtime import shipped_runtime
from harness.errors import SetupIncomplete, UsageError
from harness.virtual.profile import EngineName

EngineChoice = Literal["auto", "android", "arm64", "lite", "executorch", "modelled"]


def resolve_engine(choice: EngineChoice, say: Callable[[str], None]) -> EngineName:
    """The engine that is meant; `auto` is `android`, or `lite` where something lacks, and then says what.

    Raises:
        SetupIncomplete: `android`, `arm64` or `executorch` is wanted, and something lacks.
    """
    if choice == "arm64":
        arm64_runtime()
        return choice
    if choice == "executorch":
        find_packages()
        return choice
    if choice == "lite" or choice == "modelled":
        return choice
    try:
        shipped_runtime()  # that the tools are there says little about what they lack
    except SetupIncomplete as error:
        if choice == "android":
            raise
        say(f"Models run in the engine lite, not in Android's own libraries: {error}")
        return "lite"
    return "android"


def engine_of_runtime(runtime: Literal["pytorch_mobile", "executorch"], choice: EngineChoice) -> EngineChoice:
    """The choice where it is also said for which runtime the models are: ExecuTorch's has one engine.

    Raises:
        UsageError: the engine that was chosen runs models of the other runtime.
    """
    if (runtime == "executorch") == (choice == "executorch") or choice == "modelled":
        return choice
    if runtime == "executorch" and choice == "auto":
        return "executorch"
    raise UsageError(
        f"the engine {choice} does not run models for {runtime}",
        remedy="leave the engine out, or choose the other runtime",
        where="--engine",
    )
