"""A phone made from a recording: what it is comes from the recorded outputs, and nothing is invented beside.

Hardware that the recording does not show (cores, thermal zones, memory) is absent. It keeps the names of the
recorded phone, and says in its properties that it is virtual.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.virtual.era import API_LEVELS, absent_services
from harness.virtual.profile import (
    INVENTED_CORES,
    INVENTED_SDK,
    EngineName,
    PhoneProfile,
    host_abi,
    invented_serial,
)
from harness.virtual.profile_folder import Answer, RecordedPhone, find_profile, read_profile
from harness.virtual.replay import Replay

GETPROP = "getprop"
BUILD_PROP = "/system/build.prop"
CPU = "/sys/devices/system/cpu"
SERIALS = ("ro.serialno", "ro.boot.serialno")
ABI_LISTS = ("ro.product.cpu.abilist", "ro.system.product.cpu.abilist", "ro.vendor.product.cpu.abilist")
MODELS = ("ro.product.model", "ro.product.system.model", "ro.product.vendor.model")
OURS = re.compile(rb"^\[ro\.elbench\.[^\n]*\n?", re.MULTILINE)


def replayed_profile(wanted: Path | str, *, seed: int, copy: int, engine: EngineName) -> PhoneProfile:
    """The phone that a profile records.

    Args:
        wanted: a profile's folder, or the name of a shipped one.
        seed: which phones; 0 leaves the recorded serial number.
        copy: how many phones of the same profile are served beside it already.
        engine: what runs its models.

    Raises:
        UsageError: there is no such profile, it is not understood, or the engine has not its instructions.
    """
    recorded = read_profile(find_profile(wanted))
    properties = recorded_properties(recorded)
    abis = _abis(properties)
    if engine in ("android", "arm64"):
        _require_abi(recorded.name, abis, engine)
    serial = next((properties[key] for key in SERIALS if properties.get(key)), "")
    if seed or copy or not serial:
        serial = invented_serial(recorded.name, seed, copy)
    properties |= _own_properties(properties, serial, engine)
    sdk = _sdk(properties)
    return PhoneProfile(
        seed=seed + copy,
        engine=engine,
        serial=serial,
        abis=abis or (host_abi(),),
        manufacturer=properties.get("ro.product.manufacturer", ""),
        model=next((properties[key] for key in MODELS if properties.get(key)), recorded.name),
        release=properties.get("ro.build.version.release", ""),
        sdk=sdk,
        clusters=(),
        cores=_cores(recorded.files),
        state=recorded.state,
        stated_features=recorded.features,
        recorded_properties=properties,
        recorded_files=recorded.files,
        denied=recorded.denied,
        replay=Replay(_answers(recorded, properties), absent_services(sdk)),
        is_replayed=True,
    )


def runs_here(wanted: Path | str) -> bool:
    """Whether the phone of a profile runs this computer's instructions, which the engine `android` needs.

    Raises:
        UsageError: there is no such profile, or it is not understood.
    """
    return host_abi() in _abis(recorded_properties(read_profile(find_profile(wanted))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A profile in a few words; an empty text is something that the recording does not say."""

    name: str
    source: str
    release: str
    """Of Android."""
    chip: str
    """As the phone itself names it."""
    abis: tuple[str, ...]


def overview(folder: Path) -> Overview:
    """What a profile records.

    Raises:
        UsageError: it is not understood.
    """
    recorded = read_profile(folder)
    properties = recorded_properties(recorded)
    chips = ("ro.soc.model", "ro.hardware.chipname", "ro.mediatek.platform", "ro.board.platform")
    return Overview(
        name=recorded.name,
        source=recorded.source,
        release=properties.get("ro.build.version.release", ""),
        chip=next((properties[key] for key in chips if properties.get(key)), ""),
        abis=_abis(properties),
    )


def recorded_properties(recorded: RecordedPhone) -> dict[str, str]:
    """The system properties of a recording: of `getprop` and `getprop KEY`, or else of build.prop."""
    properties = parse_getprop(_text(_output(recorded, GETPROP)))
    if not properties:
        properties = parse_build_prop(
            _text(_output(recorded, GETPROP) or recorded.files.get(BUILD_PROP, b""))
        )
    for command, answer in recorded.commands.items():
        if found := re.fullmatch(r"getprop ([\w.@:-]+)", command):
            properties[found[1]] = _text(answer.output).strip()
    return {key: value for key, value in properties.items() if not key.startswith("ro.elbench.")}


def parse_getprop(text: str) -> dict[str, str]:
    """`[key]: [value]` for each property; a value may have several lines, or have lost its bracket."""
    parts = re.split(r"^\[([^\]\n]+)\]: \[", text, flags=re.MULTILINE)[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return {key: value.rstrip("\n").removesuffix("]") for key, value in pairs}


def parse_build_prop(text: str) -> dict[str, str]:
    """`key=value` for each property, as in build.prop."""
    return dict(re.findall(r"^([\w.@-]+)=(.*?)[ \t]*$", text, re.MULTILINE))


def _output(recorded: RecordedPhone, command: str) -> bytes:
    answer = recorded.commands.get(command)
    return answer.output if answer else b""


def _text(content: bytes) -> str:
    return content.decode(errors="replace").replace("\r\n", "\n")


def _abis(properties: Mapping[str, str]) -> tuple[str, ...]:
    listed = next((properties[key] for key in ABI_LISTS if properties.get(key)), "")
    single = (properties.get("ro.product.cpu.abi", ""), properties.get("ro.product.cpu.abi2", ""))
    return tuple(abi.strip() for abi in (listed.split(",") if listed else single) if abi.strip())


def _require_abi(name: str, abis: tuple[str, ...], engine: EngineName) -> None:
    needed = "arm64-v8a" if engine == "arm64" else host_abi()
    if needed not in abis:
        raise UsageError(
            f"the engine {engine} runs {needed}, and {name} runs {', '.join(abis) or 'no known processor'}",
            remedy="use the engine lite, which computes on any profile, or modelled",
            where="--profile",
        )


def _sdk(properties: Mapping[str, str]) -> int:
    stated = properties.get("ro.build.version.sdk", "")
    if re.fullmatch(r"\d{1,3}", stated):
        return int(stated)
    return API_LEVELS.get(properties.get("ro.build.version.release", ""), INVENTED_SDK)


def _own_properties(properties: Mapping[str, str], serial: str, engine: EngineName) -> dict[str, str]:
    """What a replayed phone says otherwise than the recorded one: which one it is, and that it is virtual."""
    serials = {key: serial for key in SERIALS if key in properties} or {SERIALS[0]: serial}
    return {**serials, "ro.elbench.engine": engine, "ro.elbench.virtual": "1"}


def _answers(recorded: RecordedPhone, properties: Mapping[str, str]) -> dict[str, Answer]:
    """Every recorded answer but those of single properties, which are served from all of them."""
    answers = {k: v for k, v in recorded.commands.items() if not k.startswith("getprop ")}
    if parse_getprop(_text(_output(recorded, GETPROP))):
        answers[GETPROP] = Answer(_labelled(_output(recorded, GETPROP), properties))
    else:
        answers.pop(GETPROP, None)  # the built-in command prints the properties, in the form of getprop
    return answers


def _labelled(getprop: bytes, properties: Mapping[str, str]) -> bytes:
    """The recorded output, byte for byte, but with this phone's serial number and the label `virtual`."""
    end = b"\r\n" if b"\r\n" in getprop else b"\n"
    text, added = OURS.sub(b"", getprop), b""
    for key in (*SERIALS, "ro.elbench.engine", "ro.elbench.virtual"):
        if key not in properties:
            continue
        line = f"[{key}]: [{properties[key]}]".encode()
        there = re.search(rb"^\[%s\]: \[[^\r\n]*" % re.escape(key.encode()), text, re.MULTILINE)
        if there:
            text = text[: there.start()] + line + text[there.end() :]
        else:
            added += line + end
    return text.rstrip(b"\r\n") + end + added


def _cores(files: Mapping[str, bytes]) -> int:
    """Cores that the recording shows; the invented phone's number where it shows none."""
    for name in ("present", "possible"):
        spans = re.findall(r"(\d{1,4})(?:-(\d{1,4}))?", _text(files.get(f"{CPU}/{name}", b"")))
        if spans:
            return max(1, sum(int(last or first) - int(first) + 1 for first, last in spans))
    numbers = {found[1] for path in files if (found := re.match(rf"{CPU}/cpu(\d+)/", path))}
    return len(numbers) or INVENTED_CORES
