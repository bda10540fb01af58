"""Where a command writes: proved before the work, nothing of other people's touched, nothing empty left."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.cli.folders import output_folder
from harness.errors import OutputFolderUnusable


def test_a_folder_that_was_made_and_not_used_is_gone_again(tmp_path: Path) -> None:
    with output_folder(tmp_path / "a" / "b", new=True):
        assert (tmp_path / "a" / "b").is_dir()
    assert list(tmp_path.iterdir()) == []


def test_what_was_written_stays(tmp_path: Path) -> None:
    with output_folder(tmp_path / "a", new=True):
        (tmp_path / "a" / "run.json").write_text("{}")
    assert (tmp_path / "a" / "run.json").exists()


def test_a_folder_with_something_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(OutputFolderUnusable, match="is not empty"), output_folder(tmp_path, new=True):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_path_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    below = tmp_path / "file" / "run"
    with pytest.raises(OutputFolderUnusable, match="cannot be written"), output_folder(below, new=True):
        pass


@contextmanager
def without_privileges() -> Iterator[None]:
    """Root may go everywhere; a user may not."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_folder_that_may_not_even_be_looked_at_is_refused(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0)
    with (
        without_privileges(),
        pytest.raises(OutputFolderUnusable, match="Permission denied"),
        output_folder(locked / "run", new=True),
    ):
        pass


def test_a_full_disk_is_noticed_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage(tmp_path)._replace(free=1024**2)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with (
        pytest.raises(OutputFolderUnusable, match="1 MiB left, 64 are needed"),
        output_folder(tmp_path / "run", new=True),
    ):
        pass
    assert list(tmp_path.iterdir()) == []
