"""What a recording takes out of a phone's outputs, what it leaves, and how it reaches the disk."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cli.phone_record import hardware_serial
from harness.errors import OutputFolderUnusable
from harness.phone.profile_writing import write_profile
from harness.phone.recording import READ_COMMANDS, Answer, Recording, scrubbed, simple_commands
from harness.phone.scrubbing import Scrubber

SECRETS = {
    "[ro.serialno]: [R58M123ABCD]": "R58M123ABCD",
    "[ril.serialnumber]: [RF8N30QABCD]": "RF8N30QABCD",
    "[ro.boot.em.did]: [2990c4ffb93f]": "2990c4ffb93f",
    "[ro.ril.oem.psno]: [25912/F1XE00137]": "25912/F1XE00137",
    "[ro.ril.oem.sno]: [25912/00012345]": "25912/00012345",
    "[persist.radio.device.imei]: [357798077141487]": "357798077141487",
    "[ro.boot.imei2]: [A00000589E1234]": "A00000589E1234",
    "[persist.radio.cfu.iccid.0]: [89860616010041105855]": "89860616010041105855",
    "[ro.boot.wifimacaddr]: [A8:96:75:61:02:CF,A8:96:75:61:02:D0]": "A8:96:75:61:02:D0",
    "[ro.wifimac]: [9C5C8E1C610E]": "9C5C8E1C610E",
    "[persist.service.bdroid.bdaddr]: [22:22:31:0f:8d:ff]": "22:22:31:0f:8d:ff",
    "[net.hostname]: [android-5f4820463c6ae816]": "android-5f4820463c6ae816",
    "[persist.bluetooth.name]: [Maria's phone]": "Maria's phone",
    "[dhcp.wlan0.ipaddress]: [172.22.193.26]": "172.22.193.26",
    "[net.dns1]: [208.67.222.222]": "208.67.222.222",
    "[net.rmnet_data7.gw]: [fe80:0:0:0:f0b7:a590:7c8f:dad1]": "f0b7:a590",
    "[sys.lineage.uuid]: [1ce899b8-d7c3-4bf5-962a-457af610e5fe]": "1ce899b8-d7c3",
    "[persist.radio.msisdn]: [4915123456789]": "4915123456789",
    "Serial\t\t: d693e67e00000000": "d693e67e",
    '  mWifiInfo SSID: "Home of Maria", BSSID: 00:11:22:33:44:55, RSSI: -50': "Home of Maria",
    "  BSSID: 10:22:33:44:55:66": "10:22:33:44:55:66",
    "android_id=4e6ef65d72c6a8ec": "4e6ef65d72c6a8ec",
    "  Account {name=maria@example.org, type=com.google}": "maria@example.org",
    "  Account {name=Maria Muster, type=com.whatsapp}": "Maria Muster",
    "  UserInfo{0:Maria:c13} running": "Maria",
    "  UserInfo{10:Maria Work:1030}": "Maria Work",
    ' User "Maria Muster" (id=0, flags=0x13) (current): trusted=0, deviceLocked=1': "Maria Muster",
    "[persist.vendor.bluetooth.alias]: [Maria's buds]": "Maria's buds",
    "[ro.boot.cpuid]: [0x1a2b3c4d5e6f]": "1a2b3c4d5e6f",
    "[ro.boot.uniqueno]: [123456789abc]": "123456789abc",
    "  line1 number: +49 151 23456789": "151 23456789",
    "last location=Location[gps 48.137154,11.576124 hAcc=5]": "48.137154",
    "  latitude: 48.137154": "48.137154",
    "subscriber: 262011234567890": "262011234567890",
    "connected to 203.0.113.77 over wlan0": "203.0.113.77",
}
HARMLESS = """\
[ro.build.display.id]: [EML-AL00 10.0.0.156(C00E156R1P9)]
[ro.build.fingerprint]: [Xiaomi/popsicle/popsicle:16/BP2A.250605.031.A3/OS3.0.16.0.WPBCNXM:user/release-keys]
[ro.build.version.incremental]: [V14.0.4.0]
[ro.build.version.opporom]: [V12.1]
[ro.product.model]: [SM-G960U]
[ro.soc.model]: [SM8650]
[ro.hardware]: [qcom]
[ro.product.cpu.abilist]: [arm64-v8a,armeabi-v7a,armeabi]
[init.svc.bt_macaddr]: [stopped]
[ro.bt.bdaddr_path]: [/efs/bluetooth/bt_addr]
  level: 87
  temperature: 281
  Charge counter: 3100000
\tTemperature{mValue=62.500004, mType=0, mName=CPU0, mStatus=0}
\tThermalHAL AIDL 1 connected: android.hardware.thermal@2.0::IThermal
MemTotal:       11350704 kB
300000 422400 652800 729600 883200 2649600
CPU implementer\t: 0x41
BogoMIPS\t: 49.15
  mLastWakeTime=123456789 (12345 ms ago)
  10:22:33.123 +16s303ms
4096
2244:2134:1080
"""


@pytest.mark.parametrize("line", SECRETS)
def test_a_secret_is_taken_out_and_counted(line: str) -> None:
    scrubber = Scrubber()
    clean = scrubber.scrub(f"before\n{line}\nafter\n")
    assert SECRETS[line] not in clean
    assert clean.startswith("before\n")
    assert clean.endswith("\nafter\n")
    assert sum(scrubber.removed.values()) >= 1


def test_what_tells_the_kind_of_phone_stays_to_the_byte() -> None:
    scrubber = Scrubber()
    assert scrubber.scrub(HARMLESS) == HARMLESS
    assert scrubber.summary() == "nothing"


def test_a_phone_that_is_called_by_its_model_keeps_its_model() -> None:
    text = "[persist.bluetooth.name]: [Pixel 8 Pro]\n[ro.product.model]: [Pixel 8 Pro]\n"
    assert Scrubber().scrub(text) == text


def test_the_same_secret_becomes_the_same_placeholder_everywhere() -> None:
    scrubber = Scrubber()
    scrubber.learn("[ro.serialno]: [R58M123ABCD]\n[ro.boot.wifimacaddr]: [A8:96:75:61:02:CF]\n")
    clean = scrubber.scrub(
        "adb-R58M123ABCD-x /dev/r58m123abcd.img ro/R58M123ABCD: a8967561 02:00 a896756102cf\n"
    )
    found = re.fullmatch(
        r"adb-(VP\w{10})-x /dev/(VP\w{10})\.img ro/(VP\w{10}): a8967561 02:00 (\S+)\n", clean
    )
    assert found
    assert found[1] == found[2] == found[3]
    assert found[4] == "02:00:00:00:00:01"


def test_what_was_scrubbed_once_stays_as_it_is() -> None:
    once = Scrubber().scrub("\n".join(SECRETS) + "\n")
    serials = set(re.findall(r"VP[0-9A-F]{10}", once))
    assert serials == set(re.findall(r"VP[0-9A-F]{10}", Scrubber().scrub(once)))


_SERIAL = st.from_regex(r"[A-Z][0-9][A-Z0-9]{6,14}", fullmatch=True).filter(
    lambda text: not text.startswith("VP")
)
_MAC = st.lists(st.integers(0x10, 0xFF), min_size=6, max_size=6).map(
    lambda b: ":".join(f"{x:02x}" for x in b)
)
_IMEI = st.integers(10**14, 10**15 - 1).map(str)
_MAIL = st.from_regex(r"[a-z]{3,8}\.[a-z]{3,8}@[a-z]{4,9}\.(com|org|de)", fullmatch=True)


@given(serial=_SERIAL, mac=_MAC, imei=_IMEI, mail=_MAIL)
def test_planted_secrets_never_survive(serial: str, mac: str, imei: str, mail: str) -> None:
    getprop = (
        f"[ro.serialno]: [{serial}]\n[ro.build.fingerprint]: [a/b/{serial}:user]\n[ro.ril.imei0]: [{imei}]\n"
    )
    dump = f"peer {mac} of {mail} at /dev/{serial}/x, id {imei}; {mac.replace(':', '').upper()}\n"
    recording = Recording(
        commands={"getprop": Answer(getprop, 0), "dumpsys power": Answer(dump, 0)},
        files={"/proc/cmdline": f"androidboot.serialno={serial} mac={mac}\n"},
        denied=(),
        skipped=(),
    )
    scrubber = Scrubber()
    clean = scrubbed(recording, scrubber)
    everything = " ".join([*(a.output for a in clean.commands.values()), *clean.files.values()])
    bare = everything.replace(":", "").lower()
    assert serial.lower() not in everything.lower()
    assert imei not in everything
    assert mail not in everything
    assert mac.replace(":", "") not in bare


@given(
    st.lists(st.integers(0, 10**13), min_size=1, max_size=20),
    st.lists(st.integers(0, 255), min_size=3, max_size=3),
)
def test_clocks_sizes_and_versions_always_survive(numbers: list[int], version: list[int]) -> None:
    lines = [
        f"{number} kHz\nMemTotal: {number} kB\n  mValue={number / 10}, level: {number}\n"
        for number in numbers
    ]
    text = "".join(lines) + f"[ro.build.version.incremental]: [V{'.'.join(map(str, version))}.0]\n"
    assert Scrubber().scrub(text) == text


@pytest.mark.parametrize(
    ("line", "commands"),
    [
        ("dumpsys battery", [["dumpsys", "battery"]]),
        ("dumpsys a; dumpsys 'b c' 2>&1", [["dumpsys", "a"], ["dumpsys", "b c"]]),
        ("getconf X 2>&1 || grep K /proc/self/smaps", [["getconf", "X"], ["grep", "K", "/proc/self/smaps"]]),
        ("dumpsys window | grep -E 'a|b' | head -1; id", [["dumpsys", "window"], ["id"]]),
        ("cat /a /b[0-9]* > /dev/null < /c", [["cat", "/a", "/b[0-9]*"]]),
    ],
)
def test_a_command_line_comes_apart_into_its_simple_commands(line: str, commands: list[list[str]]) -> None:
    assert simple_commands(line) == commands


def test_every_command_that_is_recorded_only_asks() -> None:
    asked = {words[0] for line in READ_COMMANDS for words in simple_commands(line)}
    assert asked <= {"cat", "date", "dumpsys", "echo", "getconf", "getprop", "grep", "settings"}
    assert all(
        words[1] == "get"
        for line in READ_COMMANDS
        for words in simple_commands(line)
        if words[0] == "settings"
    )


@pytest.mark.parametrize(
    ("serial", "hardware"),
    [
        ("R58M123ABCD", "R58M123ABCD"),
        ("192.168.1.5:5555", ""),
        ("emulator-5554", ""),
        ("adb-R58M123ABCD-Xy12Ab._adb-tls-connect._tcp", "R58M123ABCD"),
        ("adb-R58M123ABCD-Xy12Ab (2)._adb-tls-connect._tcp", "R58M123ABCD"),
    ],
)
def test_the_serial_number_is_found_in_what_adb_calls_the_phone(serial: str, hardware: str) -> None:
    assert hardware_serial(serial) == hardware


TINY = Recording(
    commands={"getprop": Answer("[a]: [b]\n", 0), 'odd "one"': Answer("x", 3)},
    files={"/proc/x": "1\r\n"},
    denied=("/sys/y",),
    skipped=(),
)


def test_a_profile_is_written_whole(tmp_path: Path) -> None:
    write_profile(TINY, tmp_path / "out", name='A "B" \\ é', source="here")
    assert (tmp_path / "out" / "profile.toml").read_text(encoding="utf-8") == (
        '[phone]\nname = "A \\"B\\" \\\\ é"\nsource = "here"\n\n'
        '[commands]\n"getprop" = "commands/getprop.txt"\n'
        '"odd \\"one\\"" = { file = "commands/odd-one.txt", status = 3 }\n\n'
        '[files]\n"/proc/x" = "files/proc/x"\n"/sys/y" = { denied = true }\n'
    )
    assert (tmp_path / "out/files/proc/x").read_bytes() == b"1\r\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_a_phone_whose_properties_were_too_large_has_no_name() -> None:
    assert replace(TINY, commands={}, skipped=("getprop",)).name == "unknown phone"


def test_an_empty_folder_is_taken_and_a_full_one_is_not(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write_profile(TINY, tmp_path / "empty", name="x", source="")
    with pytest.raises(OutputFolderUnusable, match="is there already and not an empty folder"):
        write_profile(TINY, tmp_path / "empty", name="x", source="")


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_nothing_half_written_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: BaseException
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise stop

    monkeypatch.setattr("harness.phone.profile_writing._write", interrupt)
    with pytest.raises((KeyboardInterrupt, OutputFolderUnusable)):
        write_profile(TINY, tmp_path / "out", name="x", source="")
    assert list(tmp_path.iterdir()) == []
