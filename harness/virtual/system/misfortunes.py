"""What each scripted fault does to a phone. When it is due is known to `fault_script`."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from harness.virtual.faults import APP_KINDS, Fault, FaultKind

if TYPE_CHECKING:
    from harness.virtual.launcher import AppProcess
    from harness.virtual.system.phone import VirtualPhone


class Line(Protocol):
    """The cable between a phone and whoever is connected to it."""

    def cut(self, for_seconds: float) -> None:
        """Drop every connection and refuse new ones for so long, which may be infinite."""


class NoLine:
    """The cable of a phone that is not served."""

    def cut(self, for_seconds: float) -> None:
        """There is nothing to drop."""


def befall(phone: VirtualPhone, fault: Fault) -> None:
    """Let a fault happen now. One of an app befalls those that run, or the next one if none does."""
    if fault.kind in APP_KINDS:
        apps = phone.running()
        for app in apps:
            befall_app(app, fault)
        if not apps:
            phone.awaited_faults.append(fault)
    else:
        ACTS[fault.kind](phone, fault)


def befall_app(app: AppProcess, fault: Fault) -> None:
    """End an app, or let it be silent for a while or for ever."""
    if fault.kind == "crash":
        app.crash()
    elif fault.kind == "hang":
        app.stand_still()
        _later(fault, app.go_on)
    elif fault.kind in ("crash_java", "lmk", "anr"):
        app.kill(fault.kind)


def _disconnect(phone: VirtualPhone, fault: Fault) -> None:
    phone.line.cut(fault.for_seconds)


def _reboot(phone: VirtualPhone, fault: Fault) -> None:
    phone.reboot()
    phone.line.cut(fault.for_seconds)


def _corrupt(phone: VirtualPhone, fault: Fault) -> None:
    if not fault.path:
        for app in phone.running():
            app.damage_next_event()
        return
    found = sorted(file for file in _files(phone, fault.path.lstrip("/")) if file.is_file())
    if found and (content := bytearray(found[0].read_bytes())):
        content[len(content) // 2] ^= 1
        found[0].write_bytes(content)


def _throttle(phone: VirtualPhone, fault: Fault) -> None:
    phone.throttling.begin(fault)
    end = partial(_later, fault, partial(phone.throttling.end, fault))
    if fault.rest_of_launch:
        phone.at_launch_end.append(end)
    else:
        end()


def _fill_storage(phone: VirtualPhone, fault: Fault) -> None:
    phone.files.is_full = True
    _later(fault, partial(setattr, phone.files, "is_full", False))


def _refuse_installs(phone: VirtualPhone, fault: Fault) -> None:
    phone.packages.refusal = fault.message
    _later(fault, partial(setattr, phone.packages, "refusal", None))


def _lock_screen(phone: VirtualPhone, fault: Fault) -> None:
    phone.is_screen_on = False
    phone.is_locked = True
    phone.has_pin = fault.pin


def _jump(phone: VirtualPhone, fault: Fault) -> None:
    phone.clock.jump(fault.jump_seconds)


def _slow(phone: VirtualPhone, fault: Fault) -> None:
    phone.delay_seconds = fault.delay_seconds
    _later(fault, partial(setattr, phone, "delay_seconds", 0.0))


def _later(fault: Fault, end: Callable[[], None]) -> None:
    """End a fault that does not last for ever."""
    if not math.isinf(fault.for_seconds):
        asyncio.get_running_loop().call_later(fault.for_seconds, end)


def _files(phone: VirtualPhone, pattern: str) -> list[Path]:
    return sorted(phone.files.host_path("/").glob(pattern))


ACTS: dict[FaultKind, Callable[[VirtualPhone, Fault], None]] = {
    "disconnect": _disconnect,
    "reboot": _reboot,
    "corrupt": _corrupt,
    "throttle": _throttle,
    "fill_storage": _fill_storage,
    "install_refused": _refuse_installs,
    "lock_screen": _lock_screen,
    "clock_jump": _jump,
    "slow": _slow,
}
