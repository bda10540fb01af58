"""A caller's program tried in a process of its own: some damaged files end the process that loads them.

Only survival counts here. What is wrong with a program that survives is for `from_file` to say.
"""

import signal
import subprocess
import sys
from contextlib import suppress

from harness.errors import UnreadableModel
from harness.export.fixed_input import fixed_input
from harness.export.host_runtime import load_lite, load_torchscript

_LONGEST_S = 300.0


def require_survival(program: bytes, input_shape: tuple[int, ...], *, where: str) -> None:
    """Load and run a program elsewhere before it is loaded here.

    Raises:
        UnreadableModel: the process died of it, or it did not come to an end.
    """
    command = [sys.executable, "-m", "harness.export.trial", *map(str, input_shape)]
    try:
        tried = subprocess.run(
            command, input=program, stderr=subprocess.DEVNULL, timeout=_LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _refusal(f"computes nothing within {_LONGEST_S:g} s", where) from error
    if tried.returncode < 0:
        raise _refusal(f"ends the process that loads it ({signal.Signals(-tried.returncode).name})", where)


def main() -> None:
    """Take the program from the standard input and the input's shape from the command line."""
    program = sys.stdin.buffer.read()
    values = fixed_input(tuple(map(int, sys.argv[1:])), seed=0)
    for load in (load_lite, load_torchscript):
        with suppress(RuntimeError, TypeError, ValueError):
            load(program).compute(values)


def _refusal(cause: str, where: str) -> UnreadableModel:
    return UnreadableModel(cause, remedy="export it again", where=where)


if __name__ == "__main__":
    main()
