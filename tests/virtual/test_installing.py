"""APKs on a virtual phone: by every way that real adb servers take, and refused as phones refuse them."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.virtual.system.axml import MalformedManifest, Manifest, read_manifest
from tests.virtual.apk import build_apk, manifest
from tests.virtual.connected import ConnectedPhone

NAMES = st.from_regex(r"[a-z]{1,200}(\.[a-z]{1,80})?", fullmatch=True)


@given(NAMES, st.integers(0, 2**31 - 1), st.text("0123456789.üx", max_size=20), st.booleans())
def test_a_manifest_says_what_was_put_in(package: str, code: int, name: str, utf8: bool) -> None:
    assert read_manifest(manifest(package, code, name, utf8=utf8)) == Manifest(package, code, name)


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_damaged_manifest_is_refused_or_read_but_never_breaks_the_reader(at: int, value: int) -> None:
    data = bytearray(manifest("a.b", 1, "1", utf8=False))
    data[at % len(data)] = value
    try:
        read_manifest(bytes(data))
    except MalformedManifest:
        assert bytes(data) != manifest("a.b", 1, "1", utf8=False)


@given(st.integers(0, 300))
def test_a_manifest_that_is_cut_off_is_refused(length: int) -> None:
    data = manifest("a.b", 1, "1", utf8=False)
    with pytest.raises(MalformedManifest):
        read_manifest(data[: min(length, len(data) - 1)])


@pytest.mark.parametrize("options", [[], ["--no-streaming"]], ids=["streamed", "pushed"])
def test_an_apk_is_installed_replaced_and_removed(
    each_phone: ConnectedPhone, tmp_path: Path, options: list[str]
) -> None:
    package = "org.example.app"
    apk = tmp_path / "an app.apk"
    for code in (1, 2):
        apk.write_bytes(build_apk(package, version_code=code))
        answer = each_phone.run("install", *options, "-r", str(apk))
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert "Success" in answer.stdout
    path = each_phone.shell(f"pm path {package}").stdout.removeprefix("package:").strip()
    assert path.endswith("/base.apk")
    assert each_phone.pull(path, tmp_path / "back").returncode == 0
    assert (tmp_path / "back").read_bytes() == apk.read_bytes()
    assert "versionCode=2 " in each_phone.shell(f"dumpsys package {package}").stdout
    assert each_phone.run("uninstall", package).stdout.strip() == "Success"
    assert each_phone.shell(f"pm path {package}").returncode == 1


def damaged_apk() -> bytes:
    """An archive whose compressed manifest has a wrong byte."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("AndroidManifest.xml", bytes(range(256)) * 4)
    data = bytearray(content.getvalue())
    data[data.index(b"AndroidManifest.xml") + 27] ^= 0xFF
    return bytes(data)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK but no archive", "INSTALL_PARSE_FAILED_NOT_APK"),
        (build_apk("a.b")[:-30], "INSTALL_PARSE_FAILED_NOT_APK"),
        (damaged_apk(), "INSTALL_PARSE_FAILED_NOT_APK"),
        (build_apk("android"), "INSTALL_FAILED_UPDATE_INCOMPATIBLE"),
    ],
)
def test_a_bad_apk_is_refused_with_the_reason_of_a_phone(
    each_phone: ConnectedPhone, tmp_path: Path, content: bytes, reason: str
) -> None:
    apk = tmp_path / "bad.apk"
    apk.write_bytes(content)
    answer = each_phone.run("install", "-r", str(apk))
    assert answer.returncode == 1
    assert reason in answer.stdout + answer.stderr


def test_an_older_version_needs_leave(phone: ConnectedPhone, tmp_path: Path) -> None:
    apk = tmp_path / "app.apk"
    apk.write_bytes(build_apk("org.example.old", version_code=5))
    phone.run("install", str(apk))
    apk.write_bytes(build_apk("org.example.old", version_code=4))
    assert "VERSION_DOWNGRADE" in phone.run("install", "-r", str(apk)).stderr
    assert phone.run("install", "-r", "-d", str(apk)).returncode == 0
    phone.run("uninstall", "org.example.old")


def test_the_runner_is_there_from_the_start(phone: ConnectedPhone, tmp_path: Path) -> None:
    path = phone.shell("pm path io.elbench.runner").stdout.removeprefix("package:").strip()
    assert phone.pull(path, tmp_path / "base.apk").returncode == 0
    assert "package:io.elbench.runner" in phone.shell("pm list packages -3").stdout.splitlines()


def test_an_instrumentation_that_is_not_there_is_refused(phone: ConnectedPhone) -> None:
    answer = phone.shell("am instrument -w -r org.absent/.Runner")
    expected = "Unable to find instrumentation info for: ComponentInfo{org.absent/.Runner}"
    assert f"INSTRUMENTATION_STATUS: Error={expected}" in answer.stdout
    assert "INSTRUMENTATION_STATUS_CODE: -1" in answer.stdout
