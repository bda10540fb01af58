"""Profile folders: what they may say, and the phone that is made of them, through a real adb."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.virtual.process import VirtualPhones
from harness.virtual.profile import EngineName, host_abi
from harness.virtual.profile_folder import find_profile, read_profile, shipped_profiles
from harness.virtual.replayed import overview, recorded_properties, replayed_profile
from tests.conftest import PrivateAdb
from tests.virtual.connected import ConnectedPhone, connect

CPU = "/sys/devices/system/cpu"
GETPROP = """\
[ro.build.fingerprint]: [acme/rocket/rocket:9/PPR1/7:user/release-keys]
[ro.build.version.release]: [9]
[ro.build.version.sdk]: [28]
[ro.product.cpu.abilist]: [arm64-v8a,armeabi-v7a]
[ro.product.device]: [rocket]
[ro.product.manufacturer]: [Acme]
[ro.product.model]: [Rocket: 2=new]
[ro.product.name]: [rocket]
[ro.serialno]: [0123456789AB]
[ro.soc.model]: [R2000]
[some.story]: [first line
second line]
[ro.elbench.virtual]: [0]
"""
BY_HAND = f"""\
[phone]
name = "Acme Rocket"

[commands]
"getprop" = "getprop.txt"
"dumpsys  'battery'" = {{ text = "level: 42\\n" }}
"getconf PAGE_SIZE" = {{ text = "sh: getconf: not found\\n", status = 127 }}
"dumpsys power | grep -c '^ *mWake'" = {{ text = "7\\n", status = 3 }}
"settings get global low_power" = {{ text = "1\\n" }}
"settings get global airplane_mode_on" = {{ text = "1\\n" }}

[files]
"{CPU}/present" = {{ text = "0-1\\n" }}
"{CPU}/cpu0/cpufreq/cpuinfo_max_freq" = "max.txt"
"{CPU}/cpu1/cpufreq/cpuinfo_max_freq" = "max.txt"
"{CPU}/cpu0/cpufreq/scaling_max_freq" = {{ denied = true }}
"/sys/class/thermal" = {{ denied = true }}
"""


def write_folder(folder: Path, index: str = BY_HAND) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "profile.toml").write_text(index, encoding="utf-8")
    (folder / "getprop.txt").write_text(GETPROP, encoding="utf-8")
    (folder / "max.txt").write_text("1900800\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def rocket(adb: PrivateAdb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConnectedPhone]:
    """The phone of the folder above."""
    folder = write_folder(tmp_path_factory.mktemp("rocket"))
    with VirtualPhones.start(engine="modelled", profiles=[folder]) as phones:
        yield connect(adb, phones.addresses[0])


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ("getprop ro.product.model", "Rocket: 2=new\n"),
        ("getprop ro.serialno", "0123456789AB\n"),
        ("getprop some.story", "first line\nsecond line\n"),
        ("getprop | grep elbench", "[ro.elbench.engine]: [modelled]\n[ro.elbench.virtual]: [1]\n"),
        ("getprop ro.elbench.virtual", "1\n"),
        ("dumpsys battery", "level: 42\n"),
        ("echo a; dumpsys battery 2>&1; echo b", "a\nlevel: 42\nb\n"),
        ("getconf PAGE_SIZE || echo none", "sh: getconf: not found\nnone\n"),
        (f"cat {CPU}/cpu[0-9]*/cpufreq/cpuinfo_max_freq", "1900800\n1900800\n"),
        (f"cat {CPU}/present", "0-1\n"),
        ("whoami", "shell\n"),
        ("dumpsys power | grep -c '^ *mWake'", "7\n"),
        ("sh -c \"dumpsys power | grep -c '^ *mWake'\" || echo failed", "7\nfailed\n"),
    ],
)
def test_a_phone_answers_as_it_was_recorded_and_says_that_it_is_virtual(
    rocket: ConnectedPhone, line: str, output: str
) -> None:
    assert rocket.shell(line).stdout == output


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (f"{CPU}/online", "No such file or directory"),
        (f"{CPU}/cpu4/cpufreq/cpuinfo_max_freq", "No such file or directory"),
        ("/proc/cpuinfo", "No such file or directory"),
        ("/proc/meminfo", "No such file or directory"),
        (f"{CPU}/cpu0/cpufreq/scaling_max_freq", "Permission denied"),
        ("/sys/class/thermal/thermal_zone0/temp", "Permission denied"),
    ],
)
def test_hardware_that_was_not_recorded_is_not_invented(
    rocket: ConnectedPhone, path: str, reason: str
) -> None:
    assert rocket.shell(f"cat {path}").stderr == f"cat: {path}: {reason}\n"


def test_a_service_that_came_with_a_later_android_is_absent(rocket: ConnectedPhone) -> None:
    assert rocket.shell("dumpsys thermalservice").stdout == "Can't find service: thermalservice\n"


def test_a_recorded_setting_answers_until_somebody_changes_it(rocket: ConnectedPhone) -> None:
    assert rocket.shell("settings get global low_power").stdout == "1\n"
    rocket.shell("settings put global low_power 0")
    assert rocket.shell("settings get global low_power").stdout == "0\n"
    assert rocket.shell("settings get global airplane_mode_on").stdout == "1\n"


def test_adb_knows_it_by_its_recorded_names(rocket: ConnectedPhone) -> None:
    listed = next(
        line for line in rocket.adb.run("devices", "-l").stdout.splitlines() if rocket.serial in line
    )
    assert "product:rocket model:Rocket__2_new device:rocket" in listed


def test_phones_of_one_profile_are_different_phones(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "rocket")
    phones = [replayed_profile(folder, seed=0, copy=copy, engine="modelled") for copy in (0, 1, 2)]
    assert phones[0].serial == "0123456789AB"
    assert len({phone.serial for phone in phones}) == 3
    assert phones[1].recorded_properties["ro.serialno"] == phones[1].serial
    answer = phones[1].replay.answer(["getprop"])
    assert answer
    assert f"[ro.serialno]: [{phones[1].serial}]\n".encode() in answer.output


def test_a_phone_of_android_6_speaks_as_adbd_did_then(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "old")
    old = GETPROP.replace("[28]", "[23]")
    (folder / "getprop.txt").write_text(old, encoding="utf-8")
    phone = replayed_profile(folder, seed=0, copy=0, engine="modelled")
    assert phone.features == frozenset()
    assert phone.protocol == (0x01000000, 4096)


def test_stated_features_go_before_those_of_the_version(tmp_path: Path) -> None:
    index = BY_HAND.replace('name = "Acme Rocket"', 'features = ["shell_v2"]\nstate = "unauthorized"')
    phone = replayed_profile(write_folder(tmp_path / "f", index), seed=0, copy=0, engine="modelled")
    assert phone.features == {"shell_v2"}
    assert phone.state == "unauthorized"


@pytest.mark.parametrize(
    "getprop", ["", "ro.build.version.sdk=22\nro.product.cpu.abi=armeabi-v7a\nro.product.cpu.abi2=armeabi\n"]
)
def test_build_prop_stands_in_for_getprop(tmp_path: Path, getprop: str) -> None:
    build_prop = (
        "# begin\nro.build.version.sdk=22\nro.product.cpu.abi=armeabi-v7a\nro.product.cpu.abi2=armeabi\n"
    )
    index = (
        '[commands]\n"getprop" = "getprop.txt"\n'
        f"[files]\n'/system/build.prop' = {{ text = '''{build_prop}''' }}\n"
    )
    folder = write_folder(tmp_path / "old", index)
    (folder / "getprop.txt").write_text(getprop, encoding="utf-8")
    phone = replayed_profile(folder, seed=0, copy=0, engine="modelled")
    assert (phone.sdk, phone.abis) == (22, ("armeabi-v7a", "armeabi"))
    assert phone.recorded_properties["ro.elbench.virtual"] == "1"


@pytest.mark.parametrize(
    ("index", "words"),
    [
        ("[commands", "not understood"),
        ("", "records nothing"),
        ("[phone]\nname = 'x'\n", "records nothing"),
        (
            "[phnoe]\n[commands]\na = 'max.txt'",
            "unknown key phnoe; known here: phone, commands, files, sources",
        ),
        ("[phone]\ncolour = 1\n[commands]\na = 'max.txt'", "unknown key phone.colour"),
        ("[phone]\nname = 1\n[commands]\na = 'max.txt'", "phone.name must be one line of text"),
        ("[phone]\nstate = 'asleep'\n[commands]\na = 'max.txt'", "phone.state is 'asleep'"),
        ("[phone]\nfeatures = 'all'\n[commands]\na = 'max.txt'", "phone.features must be a list"),
        ("commands = 3", "unknown key commands"),
        ("[commands]\na = 'nothing.txt'", "there is no file 'nothing.txt'"),
        ("[commands]\na = 3", "must be a file's name"),
        ("[commands]\na = { text = 'x', colour = 1 }", "must be a file's name"),
        ("[commands]\na = { text = 'x', status = 300 }", "status must be a number from 0 to 255"),
        ("[commands]\na = { denied = true }", "must be a file's name"),
        ("[commands]\n\"echo 'a\" = 'max.txt'", "is no shell command"),
        ("[commands]\n'' = 'max.txt'", "a name is empty"),
        ("[commands]\na = '../secret.txt'", "no plain file within the folder"),
        ("[commands]\na = 'sub/../../secret.txt'", "no plain file within the folder"),
        ("[commands]\na = '/etc/hostname'", "no plain file within the folder"),
        ("[commands]\na = 'link.txt'", "no plain file within the folder"),
        ("[commands]\na = 'linked/secret.txt'", "no plain file within the folder"),
        ("[commands]\na = 'sub'", "there is no file 'sub'"),
        ("[files]\n'relative/x' = 'max.txt'", "no plain absolute path"),
        ("[files]\n'/a/../b' = 'max.txt'", "no plain absolute path"),
        ("[files]\n'/a//b' = 'max.txt'", "no plain absolute path"),
        ("[files]\n'/' = 'max.txt'", "no plain absolute path"),
        ("[files]\n'/a' = 'max.txt'\n'/a/b' = 'max.txt'", "lies in '/a'"),
        ("[files]\n'/a' = { denied = false }", "must be a file's name"),
    ],
)
def test_every_mistake_in_a_profile_gets_one_clear_line(tmp_path: Path, index: str, words: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    folder = write_folder(tmp_path / "profile", index)
    (folder / "sub").mkdir()
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "linked").symlink_to(tmp_path)
    with pytest.raises(UsageError) as raised:
        read_profile(folder)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
    assert str(folder / "profile.toml") in str(raised.value)
    assert raised.value.exit_code == 2


def test_outputs_that_are_too_large_are_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "profile", "[commands]\na = 'large.txt'")
    with (folder / "large.txt").open("wb") as large:
        large.truncate((8 << 20) + 1)
    with pytest.raises(UsageError, match=r"'large\.txt' is larger than 8388608 bytes"):
        read_profile(folder)


def test_a_folder_may_be_reached_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(write_folder(tmp_path / "real"))
    assert read_profile(tmp_path / "link").name == "Acme Rocket"


def test_whatever_stands_in_a_profile_it_is_read_or_refused_in_one_line(tmp_path: Path) -> None:
    @given(st.text(max_size=200), st.sampled_from(["", "[phone]\n", "[commands]\n", "[files]\n"]))
    def examine(text: str, section: str) -> None:
        (tmp_path / "profile.toml").write_text(section + text, encoding="utf-8", errors="replace")
        assert "\n" not in _refusal(tmp_path)

    examine()


def _refusal(folder: Path) -> str:
    """What is said against a profile; empty if nothing."""
    try:
        read_profile(folder)
    except UsageError as error:
        return str(error)
    return ""


def test_a_name_that_is_no_profile_is_refused_with_the_way_to_the_list() -> None:
    with pytest.raises(UsageError, match="elbench phone profiles") as raised:
        find_profile("pixel-99")
    assert raised.value.where == "pixel-99"


@pytest.mark.parametrize("engine", ["android", "arm64"])
def test_native_engines_run_only_the_instructions_that_they_have(tmp_path: Path, engine: EngineName) -> None:
    folder = write_folder(tmp_path / "x86")
    (folder / "getprop.txt").write_text(GETPROP.replace("arm64-v8a,armeabi-v7a", "mips"), encoding="utf-8")
    with pytest.raises(UsageError, match=rf"the engine {engine} runs .*, and Acme Rocket runs mips"):
        replayed_profile(folder, seed=0, copy=0, engine=engine)


def test_a_launch_says_whose_instructions_its_process_ran(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "rocket")
    engines: tuple[EngineName, ...] = ("arm64", "lite", "modelled")
    abis = {engine: replayed_profile(folder, seed=0, copy=0, engine=engine).process_abi for engine in engines}
    assert abis == {"arm64": "arm64-v8a", "lite": host_abi(), "modelled": "arm64-v8a"}


@pytest.mark.parametrize("name", shipped_profiles())
def test_a_shipped_profile_tells_where_everything_in_it_is_from(name: str) -> None:
    folder = shipped_profiles()[name]
    read_profile(folder)
    index = (folder / "profile.toml").read_text(encoding="utf-8")
    sources = index.partition("[sources]")[2]
    outputs = [file.name for file in folder.iterdir() if file.name != "profile.toml"]
    assert all(f'"{output}" = "recorded: ' in sources for output in outputs)
    assert f'"{CPU}" = "' in sources


@pytest.mark.parametrize("name", shipped_profiles())
def test_a_shipped_profile_holds_nobodys_number(name: str) -> None:
    recorded = read_profile(shipped_profiles()[name])
    suspicious = ("serial", "imei", "mac", "bdaddr", "hostname", "dhcp")
    assert not [key for key in recorded_properties(recorded) if any(part in key for part in suspicious)]
    cpuinfo = recorded.files.get("/proc/cpuinfo", b"").decode()
    serials = [line.partition(":")[2].strip() for line in cpuinfo.splitlines() if line.startswith("Serial")]
    assert all(set(serial) == {"0"} for serial in serials)


def test_shipped_profiles_span_androids_and_makers() -> None:
    phones = [overview(folder) for folder in shipped_profiles().values()]
    versions = {int(phone.release.split(".")[0]) for phone in phones}
    assert versions == {5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
    assert {"x86", "x86_64", "arm64-v8a", "armeabi-v7a"} <= {abi for phone in phones for abi in phone.abis}
    assert len({phone.name for phone in phones}) == len(phones) >= 12
