"""Fresh Python processes for what only they can show."""

import os
import subprocess
import sys
from pathlib import Path


def start_python(code: str, *, cache: Path, **environment: str) -> subprocess.Popen[str]:
    """Run code with its own cache root, warnings as errors; the caller waits for it."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code],
        env=os.environ | {"ELBENCH_CACHE": str(cache)} | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_python(code: str, *, cache: Path, **environment: str) -> str:
    """Run code to its end and return its output; anything on stderr is a failure."""
    with start_python(code, cache=cache, **environment) as process:
        output, errors = process.communicate()
    assert (process.returncode, errors) == (0, ""), errors
    return output
