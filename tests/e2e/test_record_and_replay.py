"""Recorded phones: what elbench sees of each shipped one, and that a recording answers as its phone did."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.virtual.process import VirtualPhones
from harness.virtual.profile import host_abi
from harness.virtual.profile_folder import shipped_profiles
from tests.conftest import PrivateAdb, bundled_adb, serving
from tests.e2e.conftest import Elbench, in_environment, journal

# SoC, Android, first ABI, cores of each cluster with its highest clock in MHz, and cores that were off.
# By the phones' public specifications; where cores were off, by the recorded /sys/devices/system/cpu/offline.
SHIPPED: dict[str, tuple[str, str, str, list[tuple[list[int], int]], list[int] | None]] = {
    "galaxy-j7-exynos": (
        "Samsung Exynos 7580", "6.0.1", "armeabi-v7a", [([0, 1, 2, 3], 1500), ([4, 5, 6, 7], 1500)], [],
    ),
    "galaxy-note20-snapdragon": (
        "Qualcomm SM8250", "13", "arm64-v8a", [([0, 1, 2, 3], 1800), ([4, 5, 6], 2420), ([7], 3090)], None,
    ),
    "galaxy-s5-exynos": (
        "Samsung Exynos 5422", "5.0", "armeabi-v7a", [([0, 1, 2, 3], 1300), ([4, 5, 6, 7], 1900)], [],
    ),
    "galaxy-s8-exynos": (
        "Samsung Exynos 8895", "7.0", "arm64-v8a", [([0, 1, 2, 3], 1690), ([4, 5, 6, 7], 2314)], [],
    ),
    "galaxy-s9-us": (
        "Qualcomm SDM845", "8.0.0", "arm64-v8a", [([0, 1, 2, 3], 1766), ([4, 5, 6, 7], 2803)], [],
    ),
    "galaxy-z-fold7": (
        "Qualcomm SM8750", "16", "arm64-v8a", [([0, 1, 2, 3, 4, 5], 3530), ([6, 7], 4470)], None,
    ),
    "leagoo-t5c": ("UNISOC SC9853I", "7.0", "x86_64", [([0, 1, 2, 3], 1872), ([4, 5, 6, 7], 1872)], []),
    "mate-20": (
        "HiSilicon Kirin 980", "9", "arm64-v8a", [([0, 1, 2, 3], 1805), ([4, 5], 1901), ([6, 7], 2600)], [],
    ),
    "moto-g4": (
        "Qualcomm MSM8952", "6.0.1", "armeabi-v7a", [([0, 1, 2, 3], 1517), ([4, 5, 6, 7], 1210)], [2, 3],
    ),
    "nexus-6": ("Qualcomm APQ8084", "6.0", "armeabi-v7a", [([0], 2650), ([1], 2650)], [2, 3]),
    "nova-6-5g": (
        "HiSilicon Kirin 990", "10", "arm64-v8a",
        [([0, 1, 2, 3], 1950), ([4, 5], 2360), ([6, 7], 2860)], None,
    ),
    "oneplus-5": (
        "Qualcomm MSM8998", "8.0.0", "arm64-v8a", [([0, 1, 2, 3], 1901), ([4, 5, 6, 7], 2458)], [],
    ),
    "oppo-a37": ("Qualcomm MSM8916", "5.1.1", "arm64-v8a", [([0, 1, 2, 3], 1210)], []),
    "pixel": ("Qualcomm MSM8996", "7.1.2", "arm64-v8a", [([0, 1], 1594), ([2, 3], 2150)], []),
    "pixel-8-pro": (
        "Google Tensor G3", "16", "arm64-v8a",
        [([0, 1, 2, 3], 1700), ([4, 5, 6, 7], 2370), ([8], 2910)], None,
    ),
    "redmi-10x": ("MediaTek MT6875", "12", "arm64-v8a", [([0, 1, 2, 3], 2000), ([4, 5, 6, 7], 2600)], None),
    "redmi-k50-pro": (
        "MediaTek MT6983", "14", "arm64-v8a", [([0, 1, 2, 3], 1800), ([4, 5, 6], 2850), ([7], 3050)], None,
    ),
    "redmi-note-8-pro": (
        "MediaTek MT6785", "11", "arm64-v8a", [([0, 1, 2, 3, 4, 5], 2000), ([6, 7], 2050)], None,
    ),
    "xiaomi-14": (
        "Qualcomm SM8650", "15", "arm64-v8a",
        [([0, 1], 2270), ([2, 3, 4], 3150), ([5, 6], 2960), ([7], 3300)], None,
    ),
    "xperia-c4-dual": (
        "MediaTek MT6752", "5.1", "arm64-v8a", [([0, 1, 2, 3, 4, 5, 6, 7], 1690)], [1, 2, 3, 4, 5, 6, 7],
    ),
    "zenfone-2e": ("Intel Atom Z2560", "5.0.1", "x86", [([0, 1], 1600), ([2, 3], 1600)], []),
}  # fmt: skip
SECRETS = ("R58M123ABCD", "357798077141487", "A8:96:75:61:02:CF", "maria@example.org", "Home of Maria")


@pytest.fixture(scope="module")
def lonely_adb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAdb]:
    """A server that sees the phones of one test and no others."""
    yield from serving(bundled_adb(), tmp_path_factory.mktemp("adb-home"))


@pytest.fixture
def alone(lonely_adb: PrivateAdb, cache: Path, tmp_path: Path) -> Elbench:
    return in_environment(lonely_adb, cache, tmp_path)


@contextmanager
def replayed(adb: PrivateAdb, *profiles: Path | str) -> Iterator[tuple[str, ...]]:
    with VirtualPhones.start(engine="modelled", profiles=profiles) as phones:
        for address in phones.addresses:
            assert "connected" in adb.run("connect", address).stdout
        try:
            yield phones.addresses
        finally:
            for address in phones.addresses:
                adb.run("disconnect", address)


@pytest.fixture(scope="module")
def seen(
    lonely_adb: PrivateAdb, cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """What `elbench devices --json` says of every shipped profile."""
    elbench = in_environment(lonely_adb, cache, tmp_path_factory.mktemp("devices"))
    names = list(shipped_profiles())
    with replayed(lonely_adb, *names) as addresses:
        answer = elbench("devices", "--json")
        assert answer.returncode == 0, answer.stderr
        by_serial = {sighting["serial"]: sighting for sighting in json.loads(answer.stdout)}
        return {name: by_serial[address] for name, address in zip(names, addresses, strict=True)}


def test_the_table_above_names_every_shipped_profile() -> None:
    assert set(SHIPPED) == set(shipped_profiles())


@pytest.mark.parametrize("name", SHIPPED)
def test_elbench_sees_a_recorded_phone_as_it_is(name: str, seen: dict[str, dict[str, Any]]) -> None:
    soc, release, abi, clusters, offline = SHIPPED[name]
    phone = seen[name]
    facts = phone["facts"]
    assert phone["state"] == "device"
    assert (facts["soc"], facts["android_release"], facts["abis"][0]) == (soc, release, abi)
    assert [(c["cpus"], round(c["max_khz"] / 1000)) for c in facts["clusters"]] == clusters
    assert facts["offline_cpus"] == offline
    assert (facts["is_virtual"], facts["engine"]) == (True, "modelled")
    assert facts["ram_kib"] is None
    assert "No such file or directory" in facts["missing"]["ram_kib"]


def test_recorded_phones_are_told_apart(seen: dict[str, dict[str, Any]]) -> None:
    assert len({phone["facts"]["phone_id"] for phone in seen.values()}) == len(SHIPPED)


def test_recordings_of_served_phones_answer_as_those_phones_did(
    alone: Elbench, lonely_adb: PrivateAdb, seen: dict[str, dict[str, Any]]
) -> None:
    names = ("xperia-c4-dual", "mate-20", "pixel-8-pro")
    folders = [alone.folder / name for name in names]
    with replayed(lonely_adb, *names) as addresses:
        for address, folder in zip(addresses, folders, strict=True):
            recorded = alone("phone", "record", address, "--out", str(folder))
            assert recorded.returncode == 0, recorded.stderr
            assert recorded.stdout == f"{folder}\n"
            assert "Removed: nothing." in recorded.stderr
    with replayed(lonely_adb, *folders) as addresses:
        phones = {phone["serial"]: phone for phone in json.loads(alone("devices", "--json").stdout)}
        for address, name in zip(addresses, names, strict=True):
            assert phones[address]["facts"] == seen[name]["facts"]
            assert phones[address]["state"] == "device"


def test_a_recording_keeps_no_secret_and_says_what_it_took_out(
    alone: Elbench, lonely_adb: PrivateAdb
) -> None:
    profile = alone.folder / "maria"
    profile.mkdir()
    (profile / "getprop.txt").write_text(
        "[ro.serialno]: [R58M123ABCD]\n[ro.boot.serialno]: [R58M123ABCD]\n[ro.product.model]: [Rocket]\n"
        "[ro.build.fingerprint]: [a/b/R58M123ABCD:9/X/1:user/release-keys]\n[ro.build.version.sdk]: [28]\n"
        "[persist.radio.imei]: [357798077141487]\n[ro.boot.wifimacaddr]: [A8:96:75:61:02:CF]\n",
        encoding="utf-8",
    )
    (profile / "profile.toml").write_text(
        '[commands]\n"getprop" = "getprop.txt"\n'
        '"dumpsys power" = { text = "owner maria@example.org SSID: \\"Home of Maria\\"\\n" }\n'
        '"dumpsys battery" = { text = "  level: 55\\n  peer: A8:96:75:61:02:CF\\n" }\n',
        encoding="utf-8",
    )
    with replayed(lonely_adb, profile) as (address,):
        recorded = alone("phone", "record", address, "--out", "recording")
        assert recorded.returncode == 0, recorded.stderr
    files = [file.read_text() for file in (alone.folder / "recording").rglob("*") if file.is_file()]
    everything = "\n".join(files) + "\n".join(map(str, (alone.folder / "recording").rglob("*")))
    assert [secret for secret in SECRETS if secret.lower() in everything.lower()] == []
    assert "level: 55" in everything
    assert "[ro.product.model]: [Rocket]" in everything
    for kind in ("serial number", "IMEI or SIM number", "MAC address", "account", "network name"):
        assert f"× {kind}" in recorded.stderr


def test_record_refuses_a_folder_that_holds_something_before_it_asks_the_phone(alone: Elbench) -> None:
    (alone.folder / "full").mkdir()
    (alone.folder / "full" / "mine").write_text("mine")
    refused = alone("phone", "record", "no-such-phone", "--out", "full")
    assert refused.returncode == 2
    assert "is there already and not an empty folder" in refused.stderr
    missing = alone("phone", "record", "no-such-phone", "--out", "new")
    assert missing.returncode == 4
    assert not (alone.folder / "new").exists()


def test_a_run_measures_on_recorded_phones_of_every_processor(alone: Elbench, lonely_adb: PrivateAdb) -> None:
    with replayed(lonely_adb, "mate-20", "galaxy-j7-exynos", "leagoo-t5c"):
        alone.measure("--out", "run")
    launches = journal(alone.folder / "run")
    assert {launch["outcome"] for launch in launches} == {"ok"}
    abis = sorted(launch["runner"]["abi"] for launch in launches)
    assert abis == ["arm64-v8a"] * 2 + ["armeabi-v7a"] * 2 + ["x86_64"] * 2


def test_the_shipped_profiles_are_listed(elbench: Elbench) -> None:
    listed = json.loads(elbench("phone", "profiles", "--json").stdout)
    assert [phone["profile"] for phone in listed] == list(SHIPPED)
    mate = next(phone for phone in listed if phone["profile"] == "mate-20")
    assert (mate["name"], mate["release"], mate["chip"]) == ("Huawei Mate 20", "9", "kirin980")
    words = elbench("phone", "profiles").stdout
    assert len(words.splitlines()) == len(SHIPPED)
    assert "Huawei Mate 20: Android 9, kirin980, arm64-v8a, armeabi-v7a, armeabi" in words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("--profile", "pixel-99"),
            "pixel-99: is neither a folder with a profile.toml nor the name of a profile",
        ),
        (("--profile", "mate-20", "--engine", "android"), f"the engine android runs {host_abi()}"),
    ],
)
def test_a_profile_that_cannot_be_served_gets_one_line(
    elbench: Elbench, arguments: tuple[str, ...], words: str
) -> None:
    refused = elbench("phone", "serve", *arguments)
    assert refused.returncode == 2
    assert words in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
