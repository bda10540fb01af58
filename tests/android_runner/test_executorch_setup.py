"""Setting ExecuTorch up: what is pinned, and how it ends where nothing can be fetched."""

import os
import re
import sys
from pathlib import Path

import pytest

from android_runner.executorch.packages import PINNED, enter, find_packages, packages_place
from android_runner.executorch.setup import set_up
from harness.errors import SetupIncomplete


def test_every_package_is_pinned_and_known_by_hash() -> None:
    packages = re.split(r"\n(?=\S)", PINNED.read_text().strip())
    assert {package.partition("==")[0] for package in packages} >= {"executorch", "torch", "torchvision"}
    assert all(re.match(r"[a-z.-]+==[\d.]+ \\\n    --hash=sha256:[0-9a-f]{64}", one) for one in packages)


def test_the_pins_name_no_place_to_fetch_from() -> None:
    assert "://" not in PINNED.read_text()


def test_where_nothing_can_be_fetched_one_line_says_so_and_nothing_is_left(tmp_path: Path) -> None:
    nowhere = {**os.environ, "ELBENCH_CACHE": str(tmp_path), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    with pytest.raises(SetupIncomplete) as failed:
        set_up(nowhere, lambda _: None)
    assert str(failed.value).startswith("executorch: pip fails: ERROR: ")
    assert str(failed.value).endswith("Check the network and pip's settings, then try again.")
    assert [file.name for file in packages_place(nowhere).parent.iterdir()] == ["lock"]


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "executorch").write_text("no folder")
    with pytest.raises(SetupIncomplete, match=r"cannot be written there .* Set ELBENCH_CACHE"):
        set_up({**os.environ, "ELBENCH_CACHE": str(tmp_path)}, lambda _: None)


def test_packages_that_lost_a_file_are_not_set_up(tmp_path: Path) -> None:
    place = packages_place({"ELBENCH_CACHE": str(tmp_path)})
    place.mkdir(parents=True)
    (place / "files.json").write_text('{"torch/__init__.py": [5, "00"]}')
    with pytest.raises(SetupIncomplete, match="make executorch"):
        find_packages({"ELBENCH_CACHE": str(tmp_path)})


def test_a_process_with_another_torch_cannot_have_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "torch", sys)
    with pytest.raises(RuntimeError, match="another torch"):
        enter(tmp_path, exports=False)
