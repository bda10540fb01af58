"""Export of the whole catalogue: wall time and peak memory, into an empty cache and again from it.

python -m benchmarks.catalogue_export [--recipe fast] [--models NAME,NAME]
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness.models.catalogue import entries


def measured(models: list[str], recipe: str, cache: Path, out: Path) -> dict[str, float]:
    """One `elbench export` as a process of its own: seconds, and the most memory that it held, in MiB."""
    elbench = str(Path(sys.executable).with_name("elbench"))
    command = [elbench, "export", *models, "--recipe", recipe, "--out", str(out)]
    started = time.monotonic()
    process = subprocess.Popen(command, env=os.environ | {"ELBENCH_CACHE": str(cache)}, stdout=sys.stderr)
    _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, "elbench export failed"
    return {"seconds": round(time.monotonic() - started, 2), "peak_mib": round(_mib(usage))}


def _mib(usage: resource.struct_rusage) -> float:
    """ru_maxrss is in KiB on Linux and in bytes on macOS (getrusage(2))."""
    return usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--recipe", default="fast")
    parser.add_argument("--models", metavar="NAME,NAME", help="all of the catalogue unless given")
    options = parser.parse_args()
    models = options.models.split(",") if options.models else [entry.name for entry in entries()]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        first = measured(models, options.recipe, folder / "cache", folder / "first")
        second = measured(models, options.recipe, folder / "cache", folder / "second")
    print(json.dumps({"models": len(models), "recipe": options.recipe, "first": first, "from_cache": second}))


if __name__ == "__main__":
    main()
