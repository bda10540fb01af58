"""Cache keys: everything that decides the bytes changes them."""

import shutil
import sys
from pathlib import Path

import pytest
import torch

import harness.export
import harness.models
from harness.export import fingerprint
from harness.export.fingerprint import catalogue_key, file_key, model_facts
from harness.models.catalogue import entry

SHAPE = (1, 3, 224, 224)


def key(name: str = "elnet_1.0", *, seed: int = 0, **export: object) -> str:
    return catalogue_key({**model_facts(entry(name), seed=seed), **export})


def test_one_export_has_one_key() -> None:
    assert key() == key()
    assert key("elnet_1.0@residual=relu,g=8") == key("elnet_1.0@g=8,residual=relu")
    assert key(recipe="fast", precision="int8") == key(precision="int8", recipe="fast")


def test_name_options_seed_and_each_fact_of_the_export_change_the_key() -> None:
    keys = {
        key(),
        key("elnet_0.5"),
        key("elnet_1.0@g=8"),
        key("elnet_1.0@input=32"),
        key(seed=1),
        key(recipe="fast"),
        key(recipe="documented"),
        key(recipe="fast", precision="int8"),
        key(recipe="fast", precision="int8", calibration="digits"),
        key(recipe="fast", runtime="executorch"),
        key(recipe="fast", input_shape=(1, 3, 32, 32)),
    }
    assert len(keys) == 11


def test_a_checkpoints_content_changes_the_key_and_its_folder_does_not(tmp_path: Path) -> None:
    first, moved = tmp_path / "net.pt", tmp_path / "elsewhere" / "net.pt"
    moved.parent.mkdir()
    first.write_bytes(b"weights")
    moved.write_bytes(b"weights")
    before = key(f"elnet_1.0@weights={first}")
    assert key(f"elnet_1.0@weights={moved}") == before
    first.write_bytes(b"other weights")
    assert key(f"elnet_1.0@weights={first}") != before


NETS = """
import torch
from torch import nn

class Net(nn.Conv2d):
    def forward(self, images):
        return super().forward(images) * 1

def net():
    module = Net(3, 4, 3)
    module.bias.data = torch.load("bias.pt", weights_only=True)
    return module
"""


def test_a_functions_code_and_what_it_loads_each_change_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    source = tmp_path / "nets.py"

    def own_key() -> str:
        sys.modules.pop("nets", None)
        return key("nets:net")

    source.write_text(NETS)
    torch.save(torch.zeros(4), "bias.pt")
    before = own_key()
    assert own_key() == before
    torch.save(torch.ones(4), "bias.pt")
    retrained = own_key()
    source.write_text(NETS.replace("* 1", "* 11"))
    rewritten = own_key()
    sys.modules.pop("nets", None)
    assert len({before, retrained, rewritten}) == 3


def test_a_files_content_and_name_each_change_its_key() -> None:
    files = [("a", "0" * 64), ("b", "0" * 64), ("a", "1" * 64)]
    assert len({file_key(name, sha256, seed=0, input_shape=SHAPE) for name, sha256 in files}) == 3


def test_a_recipe_changes_the_key_of_a_file_that_is_exported() -> None:
    keys = {
        file_key("a", "0" * 64, seed=0, input_shape=SHAPE, facts=facts)
        for facts in (None, {"recipe": "fast"}, {"recipe": "documented"})
    }
    assert len(keys) == 3


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
