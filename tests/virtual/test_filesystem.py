"""The phone's files stay in their folder, and refuse what a phone refuses."""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

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


def test_a_link_is_followed_inside_the_phone_and_nowhere_else(files: PhoneFiles, tmp_path: Path) -> None:
    files.write("/data/local/tmp/file", b"content")
    files.link("/data/local/tmp/relative", "./file")
    files.link("/data/local/tmp/absolute", "/data/local/tmp/relative")
    files.link("/data/local/tmp/folder", "/storage/emulated/0")
    files.link("/data/local/tmp/host", str(tmp_path / "secret"))
    (tmp_path / "secret").write_text("host")
    assert files.read("/data/local/tmp/absolute") == b"content"
    assert files.resolve("/data/local/tmp/absolute") == "/data/local/tmp/file"
    files.write("/data/local/tmp/folder/through", b"1")
    assert files.names("/sdcard") == ["through"]
    with pytest.raises(FileNotFoundError):
        files.read("/data/local/tmp/host")
    with pytest.raises(FileNotFoundError):
        (tmp_path / "root/data/local/tmp/host").read_text()


def test_a_link_is_itself_or_what_it_means(files: PhoneFiles) -> None:
    files.write("/data/local/tmp/file", b"content")
    files.link("/data/local/tmp/link", "file")
    assert stat.S_ISLNK(files.lstat("/data/local/tmp/link").st_mode)
    assert files.lstat("/data/local/tmp/link").st_size == len("file")
    assert files.stat("/data/local/tmp/link").st_size == len(b"content")
    assert files.link_target("/data/local/tmp/link") == "file"
    assert files.link_target("/sdcard") == "/storage/emulated/0"
    assert stat.S_ISLNK(files.lstat("/sdcard").st_mode)
    files.remove("/data/local/tmp/link", recursive=False)
    assert files.names("/data/local/tmp") == ["file"]


def test_a_link_moves_with_its_folder_and_still_cannot_leave_the_phone(files: PhoneFiles) -> None:
    files.make_folder("/data/local/tmp/a/b", parents=True)
    files.link("/data/local/tmp/a/b/up", "../../../../../../../../etc/passwd")
    files.move("/data/local/tmp/a/b", "/data/local/tmp/b")
    assert files.link_target("/data/local/tmp/b/up") == "../../../../../../../../etc/passwd"
    with pytest.raises(FileNotFoundError):
        files.read("/data/local/tmp/b/up")


@pytest.mark.parametrize(
    ("path", "number"),
    [("/sdcard/link", errno.EPERM), ("/system/link", errno.EROFS), ("/data/x", errno.EACCES)],
)
def test_links_are_refused_where_a_phone_refuses_them(files: PhoneFiles, path: str, number: int) -> None:
    with pytest.raises(OSError) as refused:
        files.link(path, "/sdcard")
    assert refused.value.errno == number


def test_a_circle_of_links_is_an_error(files: PhoneFiles) -> None:
    files.link("/data/local/tmp/a", "b")
    files.link("/data/local/tmp/b", "a")
    with pytest.raises(OSError) as refused:
        files.read("/data/local/tmp/a")
    assert refused.value.errno == errno.ELOOP
    assert not files.exists("/data/local/tmp/a")


@given(st.lists(PARTS, min_size=1, max_size=6).map("/".join), PATHS)
def test_no_link_leads_out_of_the_phone(target: str, path: str) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        (root / "data/local/tmp").mkdir(parents=True)
        files = PhoneFiles(root, capacity_bytes=1000)
        files.link("/data/local/tmp/l", target or "/")
        with suppress(OSError):
            found = files.host_path(f"/data/local/tmp/l/{path}")
            assert found == root or root in found.parents


def test_what_is_denied_can_be_seen_and_not_read(files: PhoneFiles) -> None:
    files.place("/sys/class/thermal/zone/temp", b"40000")
    files.deny("/sys/class/thermal/zone/temp")
    files.deny("/sys/absent")
    assert files.names("/sys") == ["absent", "class"]
    assert files.exists("/sys/absent")
    for path in ("/sys/class/thermal/zone/temp", "/sys/absent"):
        with pytest.raises(PermissionError):
            files.read(path)
    files.deny("/sys/class")
    with pytest.raises(PermissionError):
        files.names("/sys/class/thermal")
    with pytest.raises(PermissionError):
        files.lstat("/sys/class/thermal")


def test_files_belong_to_whom_they_belong_on_a_phone(files: PhoneFiles) -> None:
    assert files.owner("/data/local/tmp/x") == ("shell", "shell")
    assert files.owner("/sdcard/x") == ("u0_a100", "media_rw")
    assert files.owner("/data/app") == ("system", "system")
    assert files.owner("/system/bin") == ("root", "root")
