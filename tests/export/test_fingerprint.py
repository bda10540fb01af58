"""Cache keys: everything that decides the bytes changes them."""

import shutil
from pathlib import Path

import pytest

import harness.export
import harness.models
from harness.export import fingerprint
from harness.export.fingerprint import catalogue_key, file_key

SHAPE = (1, 3, 224, 224)


def key(
    name: str = "elnet_1.0", *, recipe: str = "fast", seed: int = 0, shape: tuple[int, ...] = SHAPE
) -> str:
    return catalogue_key(name, recipe=recipe, seed=seed, input_shape=shape)


def test_one_export_has_one_key() -> None:
    assert key() == key()


def test_name_recipe_seed_and_shape_each_change_the_key() -> None:
    keys = {key(), key("elnet_0.5"), key(recipe="documented"), key(seed=1), key(shape=(1, 3, 32, 32))}
    assert len(keys) == 5


def test_a_files_content_and_name_each_change_its_key() -> None:
    files = [("a", "0" * 64), ("b", "0" * 64), ("a", "1" * 64)]
    assert len({file_key(name, sha256, seed=0, input_shape=SHAPE) for name, sha256 in files}) == 3


@pytest.fixture
def copied_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The keys read a copy of the model and export sources, which a test may change."""
    for package in (harness.models, harness.export):
        copy = tmp_path / package.__name__
        shutil.copytree(*package.__path__, copy)
        monkeypatch.setattr(package, "__path__", [str(copy)])
    return tmp_path


@pytest.mark.parametrize("file", ["harness.models/elnet.py", "harness.export/rewrites/batch_norm.py"])
def test_a_changed_source_changes_the_key(copied_sources: Path, file: str) -> None:
    before = key()
    with (copied_sources / file).open("a") as source:
        source.write("# changed\n")
    fingerprint._sources_digest.cache_clear()
    assert key() != before


def test_torchs_version_changes_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key()
    monkeypatch.setattr(fingerprint.importlib.metadata, "version", lambda _: "9.9.9")
    assert key() != before
