"""What the campaign's runs share; the model is exported before, so that no run's time holds an export."""

from pathlib import Path

import pytest

from tests.conftest import PrivateAdb
from tests.e2e.conftest import in_environment
from tests.e2e.faults.campaign import Campaign


@pytest.fixture
def campaign(adb: PrivateAdb, cache: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Campaign:
    """Runs of three phones of which one has bad luck."""

    def note(name: str, value: object) -> None:
        request.node.user_properties.append((name, value))

    return Campaign(in_environment(adb, cache, tmp_path), adb, note)
