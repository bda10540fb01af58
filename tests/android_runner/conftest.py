"""The shipped runner, the one just built from these sources, and the tools that look into them."""

import subprocess
from pathlib import Path

import pytest

from android_runner.prebuilt import PREBUILT, Prebuilt, read_prebuilt

REPOSITORY = Path(__file__).parents[2]
BUILT = REPOSITORY / "build/apk"
AAR = REPOSITORY / "build/runner/aar/pytorch.aar"
"""PyTorch's archive as the build fetched it."""


def ask(tool: str, *arguments: str | Path) -> str:
    """What a tool prints; one that is missing or fails is a failure of the test."""
    done = subprocess.run([tool, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def shipped() -> Prebuilt:
    """What a user gets."""
    return read_prebuilt(PREBUILT)


@pytest.fixture(scope="session")
def built() -> Prebuilt:
    """What `make apk`, and so `make test`, has just built."""
    if not BUILT.exists():
        pytest.fail("the runner is not built; `make test` builds it first, `make apk` alone")
    return read_prebuilt(BUILT)
