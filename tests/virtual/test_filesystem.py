"""The phone's files stay in their folder, and refuse what a phone refuses."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.virtual.system.filesystem import ALIASES, PhoneFiles, canonical

PARTS = st.sampled_from(["..", ".", "", "a", "data", "local", "tmp", "sdcard", "storage", "*", "ü b'\"$"])
PATHS = st.lists(PARTS, max_size=12).map("/".join)


@pytest.fixture
def files(tmp_path: Path) -> PhoneFiles:
    for folder in ("data/local/tmp", "storage/emulated/0", "system/bin", "data/app"):
        (tmp_path / "root" / folder).mkdir(parents=True)
    return PhoneFiles(tmp_path / "root", capacity_bytes=1000)


@given(PATHS)
def test_no_path_leads_out_of_the_phone(path: str) -> None:
    root = Path("/nowhere/root")
    host = PhoneFiles(root, capacity_bytes=0).host_path(path)
    assert host == root or root in host.parents
    assert ".." not in host.parts


@given(PATHS)
def test_a_canonical_path_stays_as_it_is(path: str) -> None:
    plain = canonical(path)
    assert plain.startswith("/")
    assert canonical(plain) == plain


@pytest.mark.parametrize("alias", ALIASES)
def test_every_name_of_the_shared_storage_is_the_same_folder(alias: str) -> None:
    assert canonical(f"{alias}/a/../b") == "/storage/emulated/0/b"


def test_a_link_does_not_lead_out_of_the_phone(files: PhoneFiles, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("host")
    files.host_path("/data/local/tmp/link").symlink_to(tmp_path / "secret")
    with pytest.raises(PermissionError):
        files.read("/data/local/tmp/link")
    files.host_path("/data/local/tmp").joinpath("up").symlink_to(tmp_path)
    with pytest.raises(PermissionError):
        files.write("/data/local/tmp/up/secret", b"changed")
    assert (tmp_path / "secret").read_text() == "host"


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("/system/bin/sh", errno.EROFS),
        ("/data/app/x", errno.EACCES),
        ("/data/local/x", errno.EACCES),
        ("/data/local/tmp", errno.EACCES),
        ("/data/local/tmp/../x", errno.EACCES),
        ("/x", errno.EACCES),
        ("/data/local/tmp/missing/x", errno.ENOENT),
        ("/data/local/tmp/" + "n" * 256, errno.ENAMETOOLONG),
        ("/data/local/tmp/nul\0", errno.EINVAL),
    ],
)
def test_a_write_that_a_phone_refuses_is_refused(files: PhoneFiles, path: str, number: int) -> None:
    with pytest.raises(OSError) as refused:
        files.write(path, b"x")
    assert refused.value.errno == number
    assert refused.value.filename == path


def test_a_full_phone_takes_no_more(files: PhoneFiles) -> None:
    files.write("/sdcard/a", bytes(600))
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        files.write("/sdcard/b", bytes(401))
    files.remove("/sdcard/a", recursive=False)
    files.write("/sdcard/b", bytes(401))


def test_private_folders_cannot_be_listed(files: PhoneFiles) -> None:
    assert files.names("/data/local/tmp") == []
    for folder in ("/data", "/data/app"):
        with pytest.raises(PermissionError):
            files.names(folder)


def test_a_generated_file_is_computed_at_each_reading(files: PhoneFiles) -> None:
    ticks = iter([b"1", b"2"])
    files.generate("/proc/ticks", lambda: next(ticks))
    assert [files.read("/proc/ticks"), files.read("/proc/../proc/ticks")] == [b"1", b"2"]
    assert files.names("/proc") == ["ticks"]
