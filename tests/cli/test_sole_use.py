"""Two elbench processes never measure on one phone at once."""

from pathlib import Path

import pytest

from harness.cli.sole_use import sole_use
from harness.errors import OutputFolderUnusable, PhoneNotReady


def test_a_phone_in_use_is_refused_by_name(tmp_path: Path) -> None:
    with (
        sole_use(["a", "b"], tmp_path / "locks"),
        pytest.raises(PhoneNotReady, match=r"^b: another elbench is measuring on it"),
        sole_use(["b"], tmp_path / "locks"),
    ):
        pass


def test_a_phone_is_free_again_afterwards_and_others_always_were(tmp_path: Path) -> None:
    with sole_use(["a"], tmp_path), sole_use(["b"], tmp_path):
        pass
    with sole_use(["a", "b"], tmp_path):
        pass


def test_a_serial_is_never_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "locks"
    with sole_use(["../../etc/passwd", "a b\n"], folder):
        assert [file.parent for file in tmp_path.rglob("*") if file.is_file()] == [folder, folder]


def test_a_folder_that_cannot_be_made_is_answered_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputFolderUnusable, match="cannot be written"), sole_use(["a"], tmp_path / "file"):
        pass
