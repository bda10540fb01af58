"""Models exported for ExecuTorch, once for all processes of a test run: each takes some seconds."""

import pytest

from harness.export.artifact import ExportedModel
from harness.export.cache import ArtifactCache
from harness.export.identify import identify
from harness.export.obtain import obtain
from harness.places import locked
from tests.conftest import shared_folder


def exported(name: str, factory: pytest.TempPathFactory) -> ExportedModel:
    """The model for ExecuTorch, from a cache that all processes of this run share."""
    cache = ArtifactCache(shared_folder(factory) / "executorch")
    cache.root.mkdir(exist_ok=True)
    with locked(cache.root / f"{name}.lock"):
        (model,) = obtain(identify([name], say=pytest.fail), cache=cache, runtime="executorch")
    return model
