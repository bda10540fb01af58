"""APKs on a virtual phone: by every way that real adb servers take, and refused as phones refuse them."""

import io
import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.virtual.system.axml import MalformedManifest, Manifest, read_manifest
from harness.virtual.system.packages import LARGEST_MANIFEST_BYTES
from harness.virtual.system.signing import certificates_of, signer_of
from tests.virtual.apk import build_apk, manifest, signature_block
from tests.virtual.connected import ConnectedPhone

NAMES = st.from_regex(r"[a-z]{1,200}(\.[a-z]{1,80})?", fullmatch=True)


@given(NAMES, st.integers(0, 2**31 - 1), st.text("0123456789.üx", max_size=20), st.booleans())
def test_a_manifest_says_what_was_put_in(package: str, code: int, name: str, utf8: bool) -> None:
    assert read_manifest(manifest(package, code, name, utf8=utf8)) == Manifest(package, code, name)
    with_sdk = manifest(package, code, name, utf8=utf8, min_sdk=23)
    assert read_manifest(with_sdk) == Manifest(package, code, name, min_sdk=23)


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


def apk_packed_by(method: int, *, encrypted: bool = False) -> bytes:
    """An APK whose manifest claims another compression, or to be encrypted."""
    apk = bytearray(build_apk("a.b"))
    for header, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        struct.pack_into("<HH", apk, apk.index(header) + place, int(encrypted), method)
    return bytes(apk)


def apk_with_a_bomb() -> bytes:
    """An APK whose manifest unpacks to more than any manifest has."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("AndroidManifest.xml", bytes(LARGEST_MANIFEST_BYTES + 1))
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (apk_packed_by(zipfile.ZIP_STORED, encrypted=True), "INSTALL_PARSE_FAILED_NOT_APK"),
        (apk_packed_by(zipfile.ZIP_BZIP2), "INSTALL_PARSE_FAILED_NOT_APK"),
        (apk_packed_by(zipfile.ZIP_LZMA), "INSTALL_PARSE_FAILED_NOT_APK"),
        (apk_with_a_bomb(), "INSTALL_PARSE_FAILED_UNEXPECTED_EXCEPTION"),
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


def install(phone: ConnectedPhone, apk: Path, content: bytes, *options: str) -> str:
    """Install an APK and return all that was said."""
    apk.write_bytes(content)
    answer = phone.run("install", *options, str(apk))
    assert ("Success" in answer.stdout) == (answer.returncode == 0)
    return answer.stdout + answer.stderr


@pytest.fixture
def apk(phone: ConnectedPhone, tmp_path: Path) -> Iterator[Path]:
    """A file for APKs of the package org.example.checked, which is removed again."""
    yield tmp_path / "app.apk"
    phone.run("uninstall", PACKAGE)


PACKAGE = "org.example.checked"
OTHER_ABI = "riscv64"


def test_an_older_version_needs_leave(phone: ConnectedPhone, apk: Path) -> None:
    install(phone, apk, build_apk(PACKAGE, version_code=5))
    older = build_apk(PACKAGE, version_code=4)
    said = install(phone, apk, older, "-r")
    assert "VERSION_DOWNGRADE" in said
    assert "4 is older than current 5" in said
    assert "Success" in install(phone, apk, older, "-r", "-d")


def test_an_apk_needs_code_for_the_phones_processor_or_none_at_all(phone: ConnectedPhone, apk: Path) -> None:
    own_abi = phone.shell("getprop ro.product.cpu.abi").stdout.strip()
    foreign = build_apk(PACKAGE, abis=[OTHER_ABI])
    expected = "INSTALL_FAILED_NO_MATCHING_ABIS: Failed to extract native libraries, res=-113"
    assert expected in install(phone, apk, foreign)
    assert "Success" in install(phone, apk, build_apk(PACKAGE, abis=[OTHER_ABI, own_abi]), "-r")
    assert "Success" in install(phone, apk, build_apk(PACKAGE), "-r")


def test_an_abi_that_is_asked_for_must_be_the_phones(phone: ConnectedPhone, apk: Path) -> None:
    own_abi = phone.shell("getprop ro.product.cpu.abi").stdout.strip()
    both = build_apk(PACKAGE, abis=[OTHER_ABI, own_abi])
    assert "NO_MATCHING_ABIS" in install(phone, apk, both, "--abi", OTHER_ABI)
    assert "Success" in install(phone, apk, both, "--abi", own_abi)


def test_an_apk_for_a_newer_android_is_refused(phone: ConnectedPhone, apk: Path) -> None:
    own = int(phone.shell("getprop ro.build.version.sdk").stdout)
    said = install(phone, apk, build_apk(PACKAGE, min_sdk=own + 1))
    assert f"OLDER_SDK: Requires newer sdk version #{own + 1} (current version is #{own})" in said
    assert "Success" in install(phone, apk, build_apk(PACKAGE, min_sdk=own))


def test_an_update_must_be_signed_by_the_same(phone: ConnectedPhone, apk: Path) -> None:
    certificate = b"a certificate" * 100
    install(phone, apk, build_apk(PACKAGE, version_code=1, certificate=certificate))
    for theirs in (b"another", None):
        said = install(phone, apk, build_apk(PACKAGE, version_code=2, certificate=theirs), "-r")
        assert "INSTALL_FAILED_UPDATE_INCOMPATIBLE" in said
    update = build_apk(PACKAGE, version_code=2, certificate=certificate)
    assert "Success" in install(phone, apk, update, "-r")


@given(st.binary(max_size=300))
def test_a_signature_block_gives_its_certificate_whatever_the_signature_is(certificate: bytes) -> None:
    blocks = {signature_block(certificate, signature) for signature in (b"one", b"two")}
    assert len(blocks) == 2
    assert {certificates_of(block) for block in blocks} == {certificate}


@given(st.binary(max_size=300))
def test_a_signature_block_that_is_none_stands_for_itself(block: bytes) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("META-INF/CERT.RSA", block)
    with zipfile.ZipFile(content) as archive:
        assert signer_of(archive) is not None


def test_the_phone_has_one_user(phone: ConnectedPhone, apk: Path) -> None:
    assert "Success" in install(phone, apk, build_apk(PACKAGE), "--user", "0")
    assert "access user 10" in install(phone, apk, build_apk(PACKAGE), "--user", "10")
    assert "base.apk" in phone.shell(f"pm path --user 0 {PACKAGE}").stdout
    listed = phone.shell(f"pm list packages --user 0 {PACKAGE}").stdout.split()
    assert listed == [f"package:{PACKAGE}"]
    assert phone.shell(f"pm uninstall --user 0 {PACKAGE}").stdout.strip() == "Success"


def test_the_runner_is_there_from_the_start(phone: ConnectedPhone, tmp_path: Path) -> None:
    path = phone.shell("pm path io.elbench.runner").stdout.removeprefix("package:").strip()
    assert phone.pull(path, tmp_path / "base.apk").returncode == 0
    assert "package:io.elbench.runner" in phone.shell("pm list packages -3").stdout.splitlines()


def test_an_instrumentation_that_is_not_there_is_refused(phone: ConnectedPhone) -> None:
    answer = phone.shell("am instrument -w -r org.absent/.Runner")
    expected = "Unable to find instrumentation info for: ComponentInfo{org.absent/.Runner}"
    assert f"INSTRUMENTATION_STATUS: Error={expected}" in answer.stdout
    assert "INSTRUMENTATION_STATUS_CODE: -1" in answer.stdout


def test_several_apks_of_one_app_are_installed_together(each_phone: ConnectedPhone, tmp_path: Path) -> None:
    base, split = tmp_path / "base.apk", tmp_path / "config.en.apk"
    base.write_bytes(build_apk("org.example.parts"))
    split.write_bytes(b"resources of a language")
    answer = each_phone.run("install-multiple", "-r", str(base), str(split))
    assert answer.returncode == 0, answer.stdout + answer.stderr
    paths = re.findall("^package:(.*)$", each_phone.shell("pm path org.example.parts").stdout, re.MULTILINE)
    assert paths[0].endswith("/base.apk")
    assert each_phone.shell(f"cat '{paths[1]}'").stdout == "resources of a language"
    assert "Success" in each_phone.run("uninstall", "org.example.parts").stdout


def test_an_apk_larger_than_the_room_is_refused_before_it_is_sent(phone: ConnectedPhone) -> None:
    answer = phone.shell("pm install -S 99999999999")
    assert answer.stdout.startswith("Failure [INSTALL_FAILED_INSUFFICIENT_STORAGE")


def test_an_install_of_nothing_says_what_it_needs(phone: ConnectedPhone) -> None:
    assert "must either specify a package size or an APK file" in phone.shell("pm install").stderr
    assert "failed to open file: /sdcard/no.apk" in phone.shell("pm install /sdcard/no.apk").stderr
