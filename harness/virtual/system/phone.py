"""One virtual phone that is switched on: its files, settings, packages, log, clocks and running apps.

State only: the shell's commands and adb's services act on it. What goes wrong with it on purpose is
`misfortunes`' business.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from android_runner.contract import decode_request
from harness.errors import ContractViolation
from harness.virtual.app.launch_order import LaunchOrder, Phase
from harness.virtual.faults import Fault, Faults
from harness.virtual.launcher import AppProcess, Zygote
from harness.virtual.profile import PhoneProfile
from harness.virtual.system.endings import SYSTEM_TAG, EndedApp, log_ending
from harness.virtual.system.fault_script import FaultScript
from harness.virtual.system.image import install_image
from harness.virtual.system.logcat import Logcat
from harness.virtual.system.misfortunes import Line, NoLine, befall, befall_app
from harness.virtual.system.phone_clock import PhoneClock
from harness.virtual.system.properties import system_properties
from harness.virtual.system.refusing import RefusingFiles, RefusingPackages
from harness.virtual.system.runs_seen import RunsSeen
from harness.virtual.system.throttling import Throttling

DEFAULT_SETTINGS = {
    "global": {
        "airplane_mode_on": "0",
        "animator_duration_scale": "1.0",
        "device_name": "Virtual Phone",
        "low_power": "0",
        "stay_on_while_plugged_in": "0",
        "transition_animation_scale": "1.0",
        "window_animation_scale": "1.0",
    },
    "system": {"screen_brightness": "102", "screen_brightness_mode": "1", "screen_off_timeout": "60000"},
    "secure": {"android_id": "0000000000000000", "location_mode": "3"},
}
MOST_EXITS = 64
"""Ended processes that the phone remembers, of all packages."""
UNTIL_REBOOT = "until reboot"
"""Table of settings that no command shows and that a reboot empties."""
OVERRIDDEN = "thermal_status"
"""Setting that lasts until a reboot: the thermal status that `cmd thermalservice` wants to be told."""
BACKGROUND = "/background"
"""Scheduling group of an app that nobody can see."""


@dataclass(slots=True)
class Battery:
    """The battery as `dumpsys battery` shows it; `set` freezes it until `reset`."""

    level_percent: int
    temperature_decicelsius: int
    usb_powered: bool = True
    ac_powered: bool = False
    is_faked: bool = False


class VirtualPhone:
    """One phone.

    Args:
        profile: what it is.
        folder: a private host folder; its `root` becomes the phone's `/`.
        zygote: forks its app processes.
        faults: what goes wrong on purpose.
        timing: timing file of the modelled engine.
    """

    def __init__(
        self, profile: PhoneProfile, folder: Path, *, zygote: Zygote, faults: Faults, timing: Path | None
    ) -> None:
        self.profile = profile
        self.properties = system_properties(profile)
        self.clock = PhoneClock()
        self.files = RefusingFiles(folder / "root", capacity_bytes=profile.capacity_bytes)
        install_image(self.files, profile)
        self.files.generate("/proc/uptime", self.clock.proc_uptime)
        self.files.generate("/proc/sys/kernel/random/boot_id", self.clock.proc_boot_id)
        self.packages = RefusingPackages(self.files, abis=profile.abis, sdk=profile.sdk)
        self.settings = {namespace: dict(values) for namespace, values in DEFAULT_SETTINGS.items()}
        self.battery = Battery(profile.battery_percent, profile.battery_decicelsius)
        self.log = Logcat(self.clock, sdk=profile.sdk)
        self.is_screen_on = True
        self.is_locked = False
        """Whether the keyguard shows."""
        self.has_pin = False
        """Whether only a person can dismiss the keyguard."""
        self.throttling = Throttling(self.files.host_path("/"), self._tell_apps)
        self.at_launch_end: list[Callable[[], None]] = []
        """Done once, as the launch under way ends."""
        self.delay_seconds = 0.0
        """How much later than at once each service answers."""
        self.line: Line = NoLine()
        self.apps: dict[int, AppProcess] = {}
        self.exits: deque[EndedApp] = deque(maxlen=MOST_EXITS)
        self.script = FaultScript(faults.all, partial(befall, self))
        self.awaited_faults: list[Fault] = []
        """Faults of an app that are due while none runs; they befall the next one."""
        self._zygote = zygote
        self._state = folder / "modelled-time.json"
        self._thermal = folder / "thermal-status"
        self._timing = timing
        self._launches = 0
        self._runs = RunsSeen()

    @property
    def thermal_status(self) -> int:
        """As the thermal service tells it, 0 to 6."""
        override = self.settings.get(UNTIL_REBOOT, {}).get(OVERRIDDEN)
        return self.throttling.status if override is None else int(override)

    def _tell_apps(self) -> None:
        """Let apps read the thermal status, whole at any moment."""
        new = self._thermal.with_suffix(".new")
        new.write_text(f"{self.thermal_status}\n")
        new.replace(self._thermal)

    async def launch(self, package: str, request: str) -> AppProcess:
        """Start a fresh app process for an instrumentation, ending the package's old one first."""
        self.force_stop(package)
        self._launches += 1
        number = self._launches
        models = self._models(request)
        at_phases = self.script.at_phases_of(number, models)
        hears = partial(self._hear_phase, number, models) if at_phases else None
        order = self._order(package, request, at_phases)
        app = await self._zygote.launch(order, hears, self._note_end)
        self.apps[app.pid] = app
        self.log.write("I", SYSTEM_TAG, f"Start proc {app.pid}:{package}/u0a217 for added application")
        self.script.hear_launch(number)
        while self.awaited_faults:
            befall_app(app, self.awaited_faults.pop(0))
        return app

    def _models(self, request: str) -> frozenset[str]:
        """The names of a launch's models; none where the app will refuse its request."""
        try:
            return frozenset(model.name for model in decode_request(self.files.read(request)).models)
        except (OSError, ContractViolation):
            return frozenset()

    def _order(self, package: str, request: str, at_phases: list[tuple[Phase, Fault]]) -> LaunchOrder:
        installed = self.packages.find(package)
        assert installed, f"{package} was looked for before it is launched"
        is_seen = self.is_screen_on and not self.is_locked
        run, number_in_run = self._runs.place_of(PurePosixPath(request).parent.name)
        self._tell_apps()
        return LaunchOrder(
            package=package,
            apk=str(self.files.host_path(installed.apk)),
            request=request,
            root=str(self.files.host_path("/")),
            state=str(self._state),
            timing=str(self._timing) if self._timing else None,
            thermal=str(self._thermal),
            run=run,
            number=number_in_run,
            seed=self.profile.seed,
            abi=self.profile.process_abi,
            sdk=self.profile.sdk,
            stop_at=next((phase for phase, fault in at_phases if fault.is_final), None),
            wait_at=tuple(phase for phase, fault in at_phases if not fault.is_final),
            cpuset=None if is_seen else BACKGROUND,
            keeps_copy=not self.files.is_full,
        )

    def _hear_phase(self, number: int, models: frozenset[str], app: AppProcess, phase: Phase) -> None:
        """Let happen what is due as a launch ends a phase, then let the app go on if it can."""
        happened = self.script.hear_phase(number, models, phase)
        if happened and not any(fault.kind == "hang" or fault.is_final for fault in happened):
            app.go_on()

    def force_stop(self, package: str) -> None:
        """End the package's processes."""
        for app in self.running():
            if app.package == package:
                self.log.write("I", SYSTEM_TAG, f"Force stopping {package} appid=10217 user=0: from pid 2000")
                app.kill()

    def running(self) -> list[AppProcess]:
        """The apps that run now, oldest first."""
        return [app for app in self.apps.values() if app.is_running]

    def reboot(self) -> None:
        """Start anew: no apps, an empty log, the screen on, cool; files, settings and packages stay."""
        for app in self.running():
            app.kill("switched_off")
        self.clock.boot()
        self.log.clear()
        self.is_screen_on, self.is_locked = True, self.has_pin
        self.settings.pop(UNTIL_REBOOT, None)
        self.throttling.end_all()
        self._state.unlink(missing_ok=True)

    def _note_end(self, app: AppProcess) -> None:
        """Log an app's end as the system does, and remember it; what lasted as long as the app ends."""
        while self.at_launch_end:
            self.at_launch_end.pop()()
        self.apps.pop(app.pid, None)
        number = -app.exit_code if app.exit_code and app.exit_code < 0 else 0
        ended = EndedApp(
            package=app.package,
            pid=app.pid,
            ending=app.ending,
            when=self.clock.now(),
            signal_number=number,
        )
        log_ending(self.log, ended, sdk=self.profile.sdk, fingerprint=self.profile.fingerprint)
        if app.ending != "switched_off":
            self.exits.append(ended)
