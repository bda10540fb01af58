"""The source distribution of adbutils, which holds its end-to-end tests: fetched once, known by its hash.

`python -m tests.virtual.conformance.sdist` fetches it, by the ordinary client and with the version pinned, so
that tests themselves need no network.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

VERSION = "2.12.0"
SHA256 = "3653a8f39735620bc45b15ee2e7a00e502c9f1a259452e1fb2bbba3ea59d0e68"
FOLDER = Path(__file__).parents[3] / "build" / "conformance"
FILE = FOLDER / f"adbutils-{VERSION}.tar.gz"


def fetched() -> Path:
    """The archive, fetched if it is not there yet."""
    if not FILE.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        _download()
    found = hashlib.sha256(FILE.read_bytes()).hexdigest()
    assert found == SHA256, f"{FILE} has the hash {found}; remove it, so that it is fetched again"
    return FILE


def _download() -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    wanted = ["--no-deps", "--no-binary", "adbutils", f"adbutils=={VERSION}"]
    answer = subprocess.run(
        [*pip, "download", "--dest", str(FOLDER), *wanted], capture_output=True, text=True, timeout=300
    )
    assert answer.returncode == 0, f"adbutils' sources cannot be fetched: {answer.stderr[-2000:]}"


def unpacked(folder: Path) -> Path:
    """The end-to-end tests, in a folder of their own."""
    shutil.unpack_archive(fetched(), folder)  # known by its hash; Python before 3.11.4 knows no filter
    return folder / f"adbutils-{VERSION}" / "e2etests"


if __name__ == "__main__":
    fetched()
