"""What this machine takes images for: right, and kept so that torch is loaded once."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from harness.export.host_predictions import FOLDER, host_predictions
from harness.models.catalogue import CatalogueEntry, build, entry
from harness.results.records import DataFacts
from tests.results.records import ARTIFACT

MODEL = entry("elnet_0.5@input=32,classes=10")
IMAGES = np.random.default_rng(0).standard_normal((5, 3, 32, 32)).astype(np.float32)
DATA = DataFacts(name="noise", source="5 images", images=5, classes=10, sha256="aa" * 32)


def batches() -> Iterator[NDArray[np.float32]]:
    yield from (IMAGES[:3], IMAGES[3:])


def never() -> Iterator[NDArray[np.float32]]:
    raise AssertionError("it is kept")


def predicted(
    root: Path, images: object = batches, model: CatalogueEntry | None = MODEL, **changes: object
) -> NDArray[np.int32] | str:
    artifact = replace(ARTIFACT, model=MODEL.name, **changes)
    say: list[str] = []
    return host_predictions(artifact, model, DATA, images, seed=0, cache_root=root, say=say.append)


def test_they_are_the_best_classes_of_the_eager_network(tmp_path: Path) -> None:
    with torch.no_grad():
        expected = build(MODEL, seed=0)(torch.from_numpy(IMAGES)).argsort(dim=1, descending=True)[:, :5]
    found = predicted(tmp_path)
    assert isinstance(found, np.ndarray)
    assert found.tolist() == expected.tolist()


def test_they_are_kept_by_network_and_data_and_a_damaged_file_does_not_count(tmp_path: Path) -> None:
    found = predicted(tmp_path)
    assert np.array_equal(predicted(tmp_path, never), found)
    with pytest.raises(AssertionError, match="it is kept"):
        predicted(tmp_path, never, reference_sha256="00" * 32)
    (kept,) = (tmp_path / FOLDER).iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(AssertionError, match="it is kept"):
        predicted(tmp_path, never)
    assert np.array_equal(predicted(tmp_path), found)
    assert kept.read_bytes() == whole


def test_an_image_that_gives_no_numbers_predicts_nothing(tmp_path: Path) -> None:
    broken = IMAGES.copy()
    broken[2] = np.nan
    found = predicted(tmp_path, lambda: iter([broken]))
    assert isinstance(found, np.ndarray)
    assert (found[2] == -1).all()
    assert (found[[0, 1, 3, 4]] >= 0).all()


def test_a_file_of_the_callers_has_no_eager_module(tmp_path: Path) -> None:
    assert predicted(tmp_path, never, model=None) == (
        "the file is measured as it is: there is no eager module of it"
    )


def test_what_is_kept_is_read_without_torch(tmp_path: Path) -> None:
    predicted(tmp_path)
    program = f"""
import sys
from dataclasses import replace
from pathlib import Path
from harness.export.host_predictions import host_predictions
from harness.models.catalogue import entry
from harness.results.records import DataFacts
from tests.results.records import ARTIFACT
model = entry({MODEL.name!r})
data = DataFacts(name="noise", source="5 images", images=5, classes=10, sha256="aa" * 32)
artifact, root = replace(ARTIFACT, model=model.name), Path({str(tmp_path)!r})
found = host_predictions(artifact, model, data, None, seed=0, cache_root=root, say=print)
assert found.shape == (5, 5)
assert "torch" not in sys.modules
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
