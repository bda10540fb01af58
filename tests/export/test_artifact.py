"""Files for people: names, records, and folders that cannot be written."""

import json
from pathlib import Path

import pytest

from harness.errors import OutputFolderUnusable
from harness.export.artifact import safe_file_name, write_artifacts
from harness.export.cache import ArtifactCache
from tests.export.test_cache import proved


def test_an_artifact_is_written_with_its_record(cache: ArtifactCache, tmp_path: Path) -> None:
    model = cache.store("a" * 64, proved())
    out = tmp_path / "new" / "folder"
    (out_file,) = write_artifacts([model], out)
    assert out_file == out / "m.ptl"
    assert out_file.read_bytes() == b"program"
    assert json.loads((out / "m.json").read_bytes())["sha256"] == model.artifact.sha256
    assert sorted(path.name for path in out.iterdir()) == ["m.json", "m.ptl"]
    assert out_file.stat().st_mode & 0o777 == 0o644


def test_an_earlier_file_of_the_name_is_replaced(cache: ArtifactCache, tmp_path: Path) -> None:
    (tmp_path / "m.ptl").write_bytes(b"older")
    write_artifacts([cache.store("a" * 64, proved())], tmp_path)
    assert (tmp_path / "m.ptl").read_bytes() == b"program"


def test_a_folder_that_cannot_be_written_is_refused_in_one_line(cache: ArtifactCache, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputFolderUnusable, match="Choose another folder"):
        write_artifacts([cache.store("a" * 64, proved())], tmp_path / "file" / "out")


@pytest.mark.parametrize("model", ["elnet_1.0", "elnet_1.0@g=8,shuffle=off", "mobilenet_v2"])
def test_a_harmless_name_is_its_own_file_name(model: str) -> None:
    assert safe_file_name(model) == f"{model}.ptl"


@pytest.mark.parametrize("model", ["old/net", "../../etc/passwd", "a b; rm -rf ~", "-rf", "x" * 500, "ä", ""])
def test_any_other_name_becomes_a_harmless_one(model: str) -> None:
    name = safe_file_name(model)
    assert name.isascii()
    assert len(name) < 120
    assert not set(name) & set(" /;~'\"$*\\\n")
    assert not name.startswith(".")


def test_names_that_had_to_change_stay_apart() -> None:
    assert len({safe_file_name(name) for name in ("a/x", "a_x", "a x")}) == 3
