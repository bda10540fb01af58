"""/proc/cpuinfo: the design of each core that runs, and what the kernel calls the machine.

Older kernels describe one core, whichever printed the file, below the list of all. Cores that are switched
off are in no list.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.phone.answers import unreadable
from harness.phone.core_designs import core_design
from harness.results.records import Explained

CPUINFO_COMMAND = "cat /proc/cpuinfo"

_LINE = re.compile(r"^([A-Za-z][\w ]{0,30}?)[ \t]*:[ \t]*(.*?)[ \t\r]*$")
_MOST_CPUS = 1024
_LONGEST_NAME = 60

Cpu = int
Block = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuInfo(Explained):
    """What /proc/cpuinfo says."""

    hardware: str | None
    """The line `Hardware`: the machine, on most phones by its chip."""
    x86_model: str | None
    """The name that an x86 processor gives itself."""
    designs: Mapping[Cpu, str | None]
    """Design of each core that is described; None where its number is not known."""
    shared: str | None
    """Design of the one core that stands for all that are listed, which need not be alike."""


def parse_cpuinfo(text: str) -> CpuInfo:
    """Read /proc/cpuinfo.

    Raises:
        UnreadableAnswer: it lists no core.
    """
    blocks = _blocks(text)
    listed = _listed(blocks)
    if not listed:
        raise unreadable(CPUINFO_COMMAND, text)
    designs, shared = _designs(listed, [block for block in blocks if "processor" not in block])
    hardware, x86_model = _value(blocks, "Hardware"), _x86_model(blocks)
    return CpuInfo(
        hardware=hardware,
        x86_model=x86_model,
        designs=designs,
        shared=shared,
        missing=_reasons(hardware=hardware, x86_model=x86_model, shared=shared),
    )


def design_of(cpus: Sequence[Cpu], cpuinfo: CpuInfo, *, are_alike: bool) -> str | None:
    """The design of a cluster's cores, as far as those that are described agree; None otherwise.

    Args:
        cpus: the cluster's cores.
        cpuinfo: what describes them.
        are_alike: all cores of the phone have the same clocks, so that one description stands for all.
    """
    named = {cpuinfo.designs[cpu] for cpu in cpus if cpu in cpuinfo.designs}
    if len(named) == 1:
        return named.pop()
    return cpuinfo.shared if are_alike and not cpuinfo.designs else None


def _reasons(**values: str | None) -> dict[str, str]:
    reasons = {
        "hardware": "/proc/cpuinfo has no line `Hardware`",
        "x86_model": "it is no x86 processor",
        "shared": "no known core stands for all of them",
    }
    return {name: reasons[name] for name, value in values.items() if value is None}


def _blocks(text: str) -> list[Block]:
    """Paragraphs; a new `processor` line begins one too."""
    blocks: list[Block] = [{}]
    for line in text.splitlines():
        found = _LINE.match(line)
        if not found or (found[1] == "processor" and blocks[-1]):
            blocks.append({})
        if found:
            blocks[-1].setdefault(found[1], found[2])
    return [block for block in blocks if block]


def _listed(blocks: list[Block]) -> dict[Cpu, Block]:
    """The cores by number; kernels for one core alone give it none."""
    numbers = ((block.get("processor", ""), block) for block in blocks)
    listed = {
        int(number): block
        for number, block in numbers
        if re.fullmatch(r"[0-9]{1,4}", number) and int(number) < _MOST_CPUS
    }
    alone = next((block for block in blocks if "CPU part" in block), None)
    return listed or ({0: alone} if alone else {})


def _designs(listed: dict[Cpu, Block], general: list[Block]) -> tuple[dict[Cpu, str | None], str | None]:
    """The design of each core that is described, or the one that stands for all."""
    own = {cpu: block for cpu, block in listed.items() if _describes(block)}
    if len(own) > 1 or (own and len(listed) == 1):
        return {cpu: _design(block) for cpu, block in own.items()}, None
    one = _last([*own.values(), *general], "CPU part")
    name = _design(one) if one else None
    return (dict.fromkeys(listed, name), None) if len(listed) == 1 else ({}, name)


def _describes(block: Block) -> bool:
    return "CPU part" in block or "vendor_id" in block or _is_name(block.get("model name", ""))


def _last(blocks: list[Block], key: str) -> Block | None:
    return next((block for block in reversed(blocks) if key in block), None)


def _value(blocks: list[Block], key: str) -> str | None:
    values = (block[key].strip() for block in blocks if key in block)
    return next((value[:_LONGEST_NAME] for value in values if value), None)


def _x86_model(blocks: list[Block]) -> str | None:
    is_x86 = any(block.get("vendor_id") in ("GenuineIntel", "AuthenticAMD") for block in blocks)
    name = _value(blocks, "model name")
    return _plain(name) if name and is_x86 else None


def _design(block: Block) -> str | None:
    """By the part number, else by the name that the core gives itself."""
    numbers = [_hex(block.get(key, "")) for key in ("CPU implementer", "CPU part", "CPU variant")]
    implementer, part, variant = numbers
    if implementer is not None and part is not None:
        return core_design(implementer, part, variant or 0)
    name = block.get("model name", "")
    return _plain(name) if _is_name(name) else None


def _is_name(model_name: str) -> bool:
    """Arm kernels only say `ARMv8 Processor rev 4 (v8l)` there, which names no design."""
    return bool(model_name.strip()) and not re.match(r"(?:ARM|AArch64|Marvell PJ)\w*\b.* rev ", model_name)


def _plain(model_name: str) -> str:
    """`Intel(R) Atom(TM) CPU  Z3745  @ 1.33GHz` is `Intel Atom Z3745`."""
    without_clock = re.sub(r"@.*|\((?:R|TM)\)|\bCPU\b", " ", model_name)
    return " ".join(without_clock.split())[:_LONGEST_NAME]


def _hex(text: str) -> int | None:
    return int(text, 16) if re.fullmatch(r"0[xX][0-9a-fA-F]{1,4}", text.strip()) else None
