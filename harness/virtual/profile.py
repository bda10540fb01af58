"""What one virtual phone is, and the invented one with two clusters. Each says everywhere that it is virtual.

A phone that replays a recorded one is made by `replay`.
"""

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.virtual.era import features_of, protocol_of
from harness.virtual.profile_folder import State
from harness.virtual.replay import Replay

EngineName = Literal["android", "arm64", "lite", "executorch", "modelled"]

ABI_BY_MACHINE = {"x86_64": "x86_64", "aarch64": "arm64-v8a"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuCluster:
    """Cores that share one clock."""

    cpus: tuple[int, ...]
    frequencies_khz: tuple[int, ...]
    """Steps, lowest first."""


INVENTED_SDK = 34
INVENTED_CORES = 8
INVENTED_CLUSTERS = (
    CpuCluster(cpus=(0, 1, 2, 3), frequencies_khz=(300000, 691200, 1171200, 1804800)),
    CpuCluster(cpus=(4, 5, 6, 7), frequencies_khz=(614400, 1132800, 1766400, 2457600)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneProfile:
    """Everything about a virtual phone that does not change while it is on."""

    seed: int
    engine: EngineName
    serial: str
    abis: tuple[str, ...]
    """Instruction sets that it says it runs, preferred first."""
    manufacturer: str = "elbench"
    model: str = "Virtual Phone"
    name: str = "elbench_virtual"
    release: str = "14"
    sdk: int = INVENTED_SDK
    security_patch: str = "2024-05-05"
    soc_manufacturer: str = "elbench"
    soc_model: str = "VP1"
    clusters: tuple[CpuCluster, ...] = INVENTED_CLUSTERS
    """Whose files it gets; none on a replayed phone, which has recorded ones."""
    cores: int = INVENTED_CORES
    state: State = "device"
    stated_features: frozenset[str] | None = None
    recorded_properties: Mapping[str, str] = field(default_factory=dict)
    recorded_files: Mapping[str, bytes] = field(default_factory=dict)
    denied: frozenset[str] = frozenset()
    """Paths that its shell may not read."""
    replay: Replay = field(default_factory=Replay)
    is_replayed: bool = False
    battery_percent: int = 87
    battery_decicelsius: int = 281
    capacity_bytes: int = 8 << 30

    @property
    def abi(self) -> str:
        """The preferred instruction set."""
        return self.abis[0]

    @property
    def process_abi(self) -> str:
        """Whose instructions the app processes really run: this computer's, unless they are emulated.

        The engine `modelled` runs none, and says what a phone's own process would.
        """
        if self.engine in ("arm64", "modelled"):
            return self.abi
        return host_abi()

    @property
    def fingerprint(self) -> str:
        """Build fingerprint in Android's form."""
        build = f"VP1A.240505.{self.seed % 1000:03d}"
        return f"elbench/{self.name}/virtual:{self.release}/{build}/1:user/release-keys"

    @property
    def features(self) -> frozenset[str]:
        """What its adbd offers, where the virtual phone's own can."""
        return features_of(self.sdk) if self.stated_features is None else self.stated_features

    @property
    def protocol(self) -> tuple[int, int]:
        """ADB's version and the largest payload in bytes that its adbd takes."""
        return protocol_of(self.sdk)


def host_abi() -> str:
    """The instruction set of this computer, as Android names it."""
    machine = platform.machine()
    return ABI_BY_MACHINE.get(machine, machine)


def invented_serial(*seed: object) -> str:
    """A serial number that belongs to a seed: the same every time."""
    words = " ".join(str(part) for part in ("serial", *seed))
    return "VP" + hashlib.sha256(words.encode()).hexdigest()[:10].upper()


def invent_profile(*, seed: int, engine: EngineName) -> PhoneProfile:
    """The phone that belongs to a seed: the same serial every time."""
    abi = "arm64-v8a" if engine == "arm64" else host_abi()
    return PhoneProfile(seed=seed, engine=engine, serial=invented_serial(seed), abis=(abi,))
