"""What the campaign's runs share: the model, exported once, so that no run's time holds an export."""

from pathlib import Path

import pytest

from tests.conftest import PrivateAdb
from tests.e2e.conftest import MODEL, in_environment
from tests.e2e.faults.campaign import Campaign


@pytest.fixture(scope="session")
def exported_cache(adb: PrivateAdb, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache with the model in it."""
    folder = tmp_path_factory.mktemp("export")
    exported = in_environment(adb, cache, folder)("export", MODEL, "--out", str(folder / "models"))
    assert exported.returncode == 0, exported.stderr
    return cache


@pytest.fixture
def campaign(
    adb: PrivateAdb,
    exported_cache: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Campaign:
    """Runs of three phones of which one has bad luck."""

    def note(name: str, value: object) -> None:
        request.node.user_properties.append((name, value))

    return Campaign(in_environment(adb, exported_cache, tmp_path), adb, note)
