"""What lowers a phone's clocks at the moment: each throttle that lasts allows its share of the highest ones.

Where several last at once, the lowest counts. When one begins and ends is known to `misfortunes`.
"""

from collections.abc import Callable
from pathlib import Path

from harness.virtual.faults import Fault

SCALING = "sys/devices/system/cpu/cpu[0-9]*/cpufreq"
LOWERED = ("scaling_max_freq", "scaling_cur_freq")


class Throttling:
    """The throttles of one phone.

    Args:
        root: host folder that is the phone's `/`.
        changed: called after each change.
    """

    def __init__(self, root: Path, changed: Callable[[], None]) -> None:
        self._root = root
        self._changed = changed
        self._lasting: list[Fault] = []
        self._cool: dict[Path, tuple[int, int]] = {}

    @property
    def status(self) -> int:
        """Thermal status, 0 to 6."""
        return max((fault.status for fault in self._lasting), default=0)

    def begin(self, fault: Fault) -> None:
        """Throttle from now on."""
        if not self._lasting:
            self._cool = self._clocks()
        self._lasting.append(fault)
        self._apply()

    def end(self, fault: Fault) -> None:
        """Throttle no more, if a reboot has not ended it before."""
        if fault in self._lasting:
            self._lasting.remove(fault)
            self._apply()

    def end_all(self) -> None:
        """The phone has been off."""
        self._lasting.clear()
        self._apply()

    def _clocks(self) -> dict[Path, tuple[int, int]]:
        """What each clock file says that throttling changes, and the highest clock of its core, in kHz."""
        files = [file for name in LOWERED for file in self._root.glob(f"{SCALING}/{name}")]
        found = {file: (_number(file), _number(file.with_name("cpuinfo_max_freq"))) for file in files}
        return {file: (khz, highest) for file, (khz, highest) in found.items() if khz and highest}

    def _apply(self) -> None:
        share = min((fault.share for fault in self._lasting), default=1.0)
        for file, (khz, highest) in self._cool.items():
            _rewrite(file, min(khz, int(highest * share)))
        self._changed()


def _number(file: Path) -> int | None:
    text = file.read_text(errors="replace").strip() if file.exists() else ""
    return int(text) if text.isdecimal() else None


def _rewrite(file: Path, number: int) -> None:
    """Change a file that nobody may write, as the kernel does."""
    mode = file.stat().st_mode
    file.unlink()
    file.write_text(f"{number}\n")
    file.chmod(mode)
