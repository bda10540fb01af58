"""`python -m android_runner.executorch`: fetch ExecuTorch and its torch into the cache, unless there."""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from android_runner.executorch.setup import set_up
from harness.errors import ElbenchError, Interrupted


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m android_runner.executorch", description=__doc__)
    parser.parse_args(arguments)
    try:
        set_up(os.environ, _say)
    except ElbenchError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("interrupted. Run the same command again.\n")
        return Interrupted.exit_code
    return 0


def _say(line: str) -> None:
    """On stderr, as all of elbench's talk; what was set up is there whether or not anybody listens."""
    with suppress(OSError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
