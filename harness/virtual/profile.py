"""What one virtual phone is: an invented one with two clusters, which says everywhere that it is virtual."""

import hashlib
import platform
from dataclasses import dataclass
from typing import Literal

EngineName = Literal["android", "arm64", "lite", "modelled"]

ABI_BY_MACHINE = {"x86_64": "x86_64", "aarch64": "arm64-v8a"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuCluster:
    """Cores that share one clock."""

    cpus: tuple[int, ...]
    frequencies_khz: tuple[int, ...]
    """Steps, lowest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneProfile:
    """Everything about a virtual phone that does not change while it is on."""

    seed: int
    engine: EngineName
    serial: str
    abi: str
    manufacturer: str = "elbench"
    model: str = "Virtual Phone"
    name: str = "elbench_virtual"
    release: str = "14"
    sdk: int = 34
    security_patch: str = "2024-05-05"
    soc_manufacturer: str = "elbench"
    soc_model: str = "VP1"
    clusters: tuple[CpuCluster, ...] = (
        CpuCluster(cpus=(0, 1, 2, 3), frequencies_khz=(300000, 691200, 1171200, 1804800)),
        CpuCluster(cpus=(4, 5, 6, 7), frequencies_khz=(614400, 1132800, 1766400, 2457600)),
    )
    battery_percent: int = 87
    battery_decicelsius: int = 281
    capacity_bytes: int = 8 << 30

    @property
    def fingerprint(self) -> str:
        """Build fingerprint in Android's form."""
        build = f"VP1A.240505.{self.seed % 1000:03d}"
        return f"elbench/{self.name}/virtual:{self.release}/{build}/1:user/release-keys"

    @property
    def cores(self) -> int:
        """Number of cores."""
        return sum(len(cluster.cpus) for cluster in self.clusters)


def invent_profile(*, seed: int, engine: EngineName) -> PhoneProfile:
    """The phone that belongs to a seed: the same serial every time."""
    serial = "VP" + hashlib.sha256(f"serial {seed}".encode()).hexdigest()[:10].upper()
    machine = "aarch64" if engine == "arm64" else platform.machine()
    abi = ABI_BY_MACHINE.get(machine, machine)
    return PhoneProfile(seed=seed, engine=engine, serial=serial, abi=abi)
