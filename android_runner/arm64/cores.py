"""The cores of phones that arm64 libraries can be made to believe they run on.

XNNPACK chooses its kernels by the core that /proc/cpuinfo names, so a core decides which code runs, and with
it the number of instructions and the last digits of an output. A core here is a name and a set of
instructions, and nothing of its caches, its pipeline or its speed.
"""

from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError

_V8_0 = "fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid"
_V8_2 = "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp"
"""With half precision and the dot product, as Linux names them; what later cores add (`ssbs`) is left out."""


@dataclass(frozen=True, slots=True)
class Core:
    """One kind of core by Arm."""

    name: str
    part: int
    """The main ID register's part number, by which it is known (Arm's technical reference manuals)."""
    features: str
    """As /proc/cpuinfo lists them."""
    cpu: str
    """The emulator's model with these instructions. Of these cores it knows A53, A72 and A76 alone: an A73
    runs as Cortex-A72; A55, A75, A78 and X1 run as Cortex-A76, the oldest with all of theirs."""


_CORES = (
    Core("a53", 0xD03, _V8_0, "cortex-a53"),
    Core("a55", 0xD05, _V8_2, "cortex-a76"),
    Core("a72", 0xD08, _V8_0, "cortex-a72"),
    Core("a73", 0xD09, _V8_0, "cortex-a72"),
    Core("a75", 0xD0A, _V8_2, "cortex-a76"),
    Core("a76", 0xD0B, _V8_2, "cortex-a76"),
    Core("a78", 0xD41, _V8_2, "cortex-a76"),
    Core("x1", 0xD44, _V8_2, "cortex-a76"),
)
CORES = {core.name: core for core in _CORES}
"""By name."""
LITTLE, BIG = CORES["a55"], CORES["a76"]


def core_named(name: str) -> Core:
    """The core of a name.

    Raises:
        UsageError: there is none.
    """
    if name not in CORES:
        raise UsageError(
            f"there is no core {name!r}", remedy=f"choose among {', '.join(CORES)}", where="core"
        )
    return CORES[name]


def write_core(core: Core, folder: Path) -> None:
    """Write the files in which Linux tells a program of its core, as if one such core were all there is.

    The libraries see them where the environment variable ELBENCH_CORE names the folder (host/bionic.c).

    Raises:
        OSError: the folder cannot be written.
    """
    cpus = folder / "sys/devices/system/cpu"
    for place in (folder / "proc", cpus):
        place.mkdir(parents=True, exist_ok=True)
    (folder / "proc/cpuinfo").write_text(cpuinfo(core), encoding="ascii")
    for name in ("possible", "present", "online"):
        (cpus / name).write_text("0\n", encoding="ascii")


def cpuinfo(core: Core, count: int = 1) -> str:
    """What Linux says of so many of these cores.

    It says variant 1: the library cpuinfo, which XNNPACK asks, tells the first A55, r0, from later ones.
    """
    return "\n".join(_block(core, number) for number in range(count))


def _block(core: Core, number: int) -> str:
    fields = (
        ("processor\t", str(number)),
        ("BogoMIPS\t", "38.40"),
        ("Features\t", core.features),
        ("CPU implementer\t", "0x41"),
        ("CPU architecture", "8"),
        ("CPU variant\t", "0x1"),
        ("CPU part\t", f"{core.part:#05x}"),
        ("CPU revision\t", "0"),
    )
    return "".join(f"{name}: {value}\n" for name, value in fields)
