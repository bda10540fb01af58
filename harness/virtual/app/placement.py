"""On which cores a modelled launch runs, and what the phone's clocks allow there.

Where a launch lands is drawn once for its process, so that both models of a duet share it; what little cores
cost is each model's own constant.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.virtual.app.noise import Noise, Stream
from harness.virtual.app.timing import Timing

CPUFREQ = "sys/devices/system/cpu/cpu[0-9]*/cpufreq"


@dataclass(slots=True)
class Placement:
    """Where one launch runs.

    Args:
        landing: even from 0 to 1; below `little_share` the launch lands on little cores.
        moving: even from 0 to 1; below `migration_share` it moves there in the steady phase.
        moment: even from 0 to 1; when in that time it moves.
    """

    landing: float
    moving: float
    moment: float
    steady_since_ns: int | None = None
    """When the steady phase began; None before."""

    def is_little(self, timing: Timing) -> bool:
        """Whether a model is on little cores from the beginning to the end."""
        return self.landing < timing.little_share

    def factor(self, timing: Timing, now_ns: int) -> float:
        """How many times longer a model takes now than on big cores."""
        return timing.little_factor if self.is_little(timing) or self._has_moved(timing, now_ns) else 1.0

    def _has_moved(self, timing: Timing, now_ns: int) -> bool:
        if self.steady_since_ns is None or self.moving >= timing.migration_share:
            return False
        stay_ns = timing.migration_seconds * 1e9
        return 0 <= now_ns - self.steady_since_ns - self.moment * stay_ns < stay_ns


def place(noise: Noise) -> Placement:
    """Draw where a launch runs."""
    return Placement(*noise.generator(Stream.PLACEMENT).random(3).tolist())


def cores(root: Path, *, little: bool) -> tuple[int, ...]:
    """The cores that a launch may use: all whose clocks are known, or those with the lowest highest clock."""
    by_core = {_core(file): khz for file in root.glob(f"{CPUFREQ}/cpuinfo_max_freq") if (khz := _khz(file))}
    lowest = min(by_core.values(), default=0)
    return tuple(sorted(core for core, khz in by_core.items() if khz == lowest or not little))


def slowdown(root: Path) -> float:
    """The highest clock that the hardware has over the highest that the phone allows now; 1 if unknown."""
    highest = _highest(root.glob(f"{CPUFREQ}/cpuinfo_max_freq"))
    capped = _highest(root.glob(f"{CPUFREQ}/scaling_max_freq"))
    return max(1.0, highest / capped) if capped else 1.0


def _highest(files: Iterable[Path]) -> int:
    return max(map(_khz, files), default=0)


def _core(file: Path) -> int:
    return int(file.parent.parent.name.removeprefix("cpu"))


def _khz(file: Path) -> int:
    text = file.read_text(errors="replace").strip()
    return int(text) if text.isdecimal() else 0
