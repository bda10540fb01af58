"""The cache: verified, shared by processes, and never a reason to load torch."""

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest

from harness.errors import OutputFolderUnusable
from harness.export.artifact import ProvedModel, input_bytes, reference_bytes, sha256_of
from harness.export.cache import ArtifactCache
from harness.results.records import Artifact, TensorSpec
from tests.export.processes import run_python, start_python


def proved(program: bytes = b"program") -> ProvedModel:
    images = np.arange(12, dtype=np.float32).reshape(1, 3, 2, 2)
    reference = np.linspace(-1, 1, 5).reshape(1, 5)
    artifact = Artifact(
        sha256=sha256_of(program),
        file_name="m.ptl",
        file_bytes=len(program),
        runtime="pytorch_mobile",
        model="m",
        source="catalogue",
        parameters=1,
        macs=None,
        inputs=(TensorSpec(shape=(1, 3, 2, 2)),),
        input_sha256=sha256_of(input_bytes(images)),
        precision="float32",
        recipe="fast",
        operators=("aten::add",),
        exporter="torch 0",
        weights="calibrated-random:0",
        reference="eager PyTorch, float64",
        reference_sha256=sha256_of(reference_bytes(reference)),
        export_error=1e-7,
        missing={"macs": "not counted in this test"},
    )
    return ProvedModel(artifact, program, images, reference)


def test_what_was_stored_is_found_by_key_and_by_hash(cache: ArtifactCache) -> None:
    model = proved()
    stored = cache.store("a" * 64, model)
    found = cache.lookup("a" * 64)
    by_hash = cache.by_sha256(model.artifact.sha256, input_sha256=model.artifact.input_sha256)
    for other in (stored, found, by_hash):
        assert other is not None
        assert other.artifact == model.artifact
        assert other.model_file.read_bytes() == b"program"
        assert np.array_equal(np.fromfile(other.input_file, "<f4"), model.input.ravel())
        assert np.array_equal(other.reference, model.reference)


def test_what_was_never_stored_is_not_found(cache: ArtifactCache) -> None:
    assert cache.lookup("b" * 64) is None
    assert cache.by_sha256("c" * 64) is None
    stored = cache.store("a" * 64, proved())
    assert cache.by_sha256(stored.artifact.sha256, input_sha256="0" * 64) is None


@pytest.mark.parametrize("name", ["model.ptl", "input.f32", "reference.npy", "entry.json"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "gone"])
def test_a_damaged_entry_counts_as_absent_and_is_replaced(
    cache: ArtifactCache, name: str, damage: str
) -> None:
    stored = cache.store("a" * 64, proved())
    file = stored.model_file.parent / name
    data = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(data[:-3] if damage == "cut" else data[:-4] + bytes([data[-4] ^ 1]) + data[-3:])
    assert cache.lookup("a" * 64) is None
    assert cache.by_sha256(stored.artifact.sha256) is None
    assert cache.store("a" * 64, proved()).model_file.read_bytes() == b"program"
    assert sorted(path.name for path in (cache.root / "artifacts").iterdir()) == ["a" * 64]


def test_a_changed_figure_in_a_record_is_noticed(cache: ArtifactCache) -> None:
    file = cache.store("a" * 64, proved()).model_file.parent / "entry.json"
    content = json.loads(file.read_bytes())
    content["artifact"]["parameters"] = 2
    file.write_text(json.dumps(content))
    assert cache.lookup("a" * 64) is None


def test_an_undamaged_entry_is_kept_when_another_process_stores_the_same_key(cache: ArtifactCache) -> None:
    first = cache.store("a" * 64, proved(b"first"))
    assert cache.store("a" * 64, proved(b"second")).artifact == first.artifact


STORE = """
import sys
from harness.export.cache import ArtifactCache
from tests.export.test_cache import proved
print("ready", flush=True)
sys.stdin.readline()
for round in range(30):
    stored = ArtifactCache.default().store(f"{round:064}", proved())
    assert stored.model_file.read_bytes() == b"program"
assert "torch" not in sys.modules
"""


def test_two_processes_store_the_same_keys_at_once(tmp_path: Path) -> None:
    with start_python(STORE, cache=tmp_path) as one, start_python(STORE, cache=tmp_path) as two:
        for process in (one, two):
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in (one, two):
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        errors = [process.communicate()[1] for process in (one, two)]
    assert errors == ["", ""]
    assert (one.returncode, two.returncode) == (0, 0)
    assert len(list((tmp_path / "artifacts").iterdir())) == 30


def test_what_a_killed_process_left_unfinished_is_removed_after_a_day(cache: ArtifactCache) -> None:
    entries = cache.root / "artifacts"
    for name, age_s in ((".new-dead", 2 * 86_400), (".new-at-work", 60)):
        (entries / name / "key").mkdir(parents=True)
        os.utime(entries / name, (time.time() - age_s,) * 2)
    cache.store("a" * 64, proved())
    assert sorted(path.name for path in entries.iterdir()) == [".new-at-work", "a" * 64]


def test_a_root_that_cannot_be_written_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputFolderUnusable, match="Set ELBENCH_CACHE to a folder"):
        ArtifactCache(tmp_path / "file").store("a" * 64, proved())


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"ELBENCH_CACHE": "/chosen", "XDG_CACHE_HOME": "/xdg"}, Path("/chosen")),
        ({"ELBENCH_CACHE": "", "XDG_CACHE_HOME": "/xdg"}, Path("/xdg/elbench")),
        ({"XDG_CACHE_HOME": "relative"}, Path.home() / ".cache/elbench"),
        ({"XDG_CACHE_HOME": ""}, Path.home() / ".cache/elbench"),
        ({}, Path.home() / ".cache/elbench"),
    ],
)
def test_the_default_root_follows_the_environment(environment: dict[str, str], expected: Path) -> None:
    assert ArtifactCache.default(environment).root == expected


HIT = """
import sys
from harness.export.cache import ArtifactCache
from harness.export.identify import identify
from harness.export.obtain import obtain
found = identify(["elnet_0.5"], say=print)
models = obtain(found, cache=ArtifactCache.default(), input_shape=(1, 3, 64, 64), say=print)
print("torch" in sys.modules, models[0].artifact.sha256)
"""


def test_an_unchanged_model_comes_from_the_cache_without_torch(tmp_path: Path) -> None:
    said, exported = run_python(HIT, cache=tmp_path).splitlines()
    assert said == "exporting elnet_0.5"
    (again,) = run_python(HIT, cache=tmp_path).splitlines()
    assert again.split() == ["False", exported.split()[-1]]
