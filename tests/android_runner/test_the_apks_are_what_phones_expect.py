"""Each shipped APK as Android's own tools see it."""

import re
import tomllib
import zipfile
from pathlib import Path

import pytest

from android_runner.packaging.recipe import ABIS
from android_runner.prebuilt import Prebuilt
from tests.android_runner.conftest import REPOSITORY, ask


@pytest.fixture(params=ABIS)
def abi(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def apk(shipped: Prebuilt, abi: str) -> Path:
    return shipped.path(shipped.manifest.apks[abi])


def test_all_three_signatures_hold_from_android_6_on(apk: Path) -> None:
    said = ask("apksigner", "verify", "--verbose", "--min-sdk-version", "23", apk)
    verified = dict(re.findall(r"^Verified using (v\d) scheme .*: (true|false)$", said, re.MULTILINE))
    assert {scheme: verified[scheme] for scheme in ("v1", "v2", "v3")} == {
        "v1": "true",
        "v2": "true",
        "v3": "true",
    }


def test_the_badge_names_levels_one_abi_and_no_permission(apk: Path, abi: str, shipped: Prebuilt) -> None:
    badge = ask("aapt", "dump", "badging", apk)
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    code = shipped.manifest.version_code
    assert f"package: name='io.elbench.runner' versionCode='{code}' versionName='{version}'" in badge
    assert "\nsdkVersion:'23'\n" in badge
    assert "\ntargetSdkVersion:'34'\n" in badge
    assert f"\nnative-code: '{abi}'\n" in badge
    assert "application-debuggable" not in badge
    assert "uses-permission" not in badge
    assert "launchable-activity" not in badge


def test_the_manifest_declares_what_a_launch_needs(apk: Path) -> None:
    tree = ask("aapt", "dump", "xmltree", apk, "AndroidManifest.xml")
    elements = dict(re.findall(r"E: ([\w-]+) \(line=\d+\)\n((?: +A: .*\n?)*)", tree))

    assert set(elements) == {
        "manifest",
        "uses-sdk",
        "application",
        "profileable",
        "activity",
        "instrumentation",
    }
    assert '".BenchmarkInstrumentation"' in elements["instrumentation"]
    assert '"io.elbench.runner"' in elements["instrumentation"]
    assert '".BenchmarkActivity"' in elements["activity"]
    assert is_true(elements["profileable"], "shell")
    assert is_true(elements["application"], "extractNativeLibs")
    assert not is_true(elements["application"], "debuggable")
    assert not is_true(elements["application"], "allowBackup")
    assert not is_true(elements["activity"], "exported")


def is_true(attributes: str, name: str) -> bool:
    """The value of a boolean attribute, which must be there."""
    found = re.search(rf"android:{name}\(0x[0-9a-f]+\)=\(type 0x12\)0x([0-9a-f]+)", attributes)
    assert found, f"{name} is not in {attributes}"
    return int(found[1], 16) != 0


def test_the_code_is_the_runner_without_its_desktop_half(apk: Path) -> None:
    classes = set(re.findall(r"Class descriptor  : 'L([^;]+);'", ask("dexdump", apk)))
    for needed in (
        "io/elbench/runner/BenchmarkInstrumentation",
        "io/elbench/runner/BenchmarkActivity",
        "io/elbench/runner/pytorch/PyTorchLiteEngine",
        "org/pytorch/LiteModuleLoader",
        "com/facebook/jni/HybridData",
        "com/facebook/soloader/nativeloader/NativeLoader",
        "com/google/gson/Gson",
    ):
        assert needed in classes
    assert not [
        name for name in classes if name.startswith(("io/elbench/runner/host/", "android/", "androidx/"))
    ]


def test_the_runner_knows_its_versions_and_carries_the_licences(apk: Path, shipped: Prebuilt) -> None:
    with zipfile.ZipFile(apk) as entries:
        versions = entries.read("elbench-runner.properties").decode()
        notice = entries.read("assets/licences/NOTICE.txt").decode()
    assert f"runner={shipped.manifest.version}\n" in versions
    assert f"pytorch.lite={shipped.manifest.pytorch_lite}\n" in versions
    assert "PyTorch" in notice


def test_entries_are_aligned_compressed_sorted_and_without_times(apk: Path) -> None:
    ask("zipalign", "-c", "-p", "4", apk)
    with zipfile.ZipFile(apk) as archive:
        entries = archive.infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_DEFLATED}
    ours = [entry.filename for entry in entries if not entry.filename.startswith("META-INF/")]
    assert ours == sorted(ours)


def test_the_host_jar_is_the_runner_without_its_android_half(shipped: Prebuilt) -> None:
    with zipfile.ZipFile(shipped.path(shipped.manifest.host)) as jar:
        names = jar.namelist()
        manifest = jar.read("META-INF/MANIFEST.MF").decode()
    for needed in (
        "io/elbench/runner/host/HostRunner.class",
        "io/elbench/runner/pytorch/PyTorchLiteEngine.class",
        "android/content/res/AssetManager.class",
        "org/pytorch/LiteModuleLoader.class",
        "com/google/gson/Gson.class",
        "META-INF/licences/NOTICE.txt",
        "elbench-runner.properties",
    ):
        assert needed in names
    assert not [name for name in names if re.fullmatch(r"io/elbench/runner/[^/]*\.class", name)]
    assert [name for name in names if name.startswith("android/")] == [
        "android/content/res/AssetManager.class"
    ]
    assert "Main-Class: io.elbench.runner.host.HostRunner\r\n" in manifest
    assert len(names) == len(set(names))
