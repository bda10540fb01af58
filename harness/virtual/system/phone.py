"""One virtual phone that is switched on: its files, settings, packages, log and running apps.

State only: the shell's commands and adb's services act on it.
"""

import signal
from dataclasses import dataclass
from pathlib import Path

from harness.virtual.app.launch_order import LaunchOrder
from harness.virtual.faults import Faults
from harness.virtual.launcher import AppProcess, Zygote
from harness.virtual.profile import PhoneProfile
from harness.virtual.system.filesystem import PhoneFiles
from harness.virtual.system.image import install_image
from harness.virtual.system.logcat import Logcat
from harness.virtual.system.packages import Packages
from harness.virtual.system.properties import system_properties

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

SYSTEM_TAG = "ActivityManager"


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
        self.files = PhoneFiles(folder / "root", capacity_bytes=profile.capacity_bytes)
        install_image(self.files, profile)
        self.packages = Packages(self.files, abis=(profile.abi,), sdk=profile.sdk)
        self.settings = {namespace: dict(values) for namespace, values in DEFAULT_SETTINGS.items()}
        self.battery = Battery(profile.battery_percent, profile.battery_decicelsius)
        self.log = Logcat()
        self.is_screen_on = True
        self.apps: dict[int, AppProcess] = {}
        self.faults = faults
        self._zygote = zygote
        self._state = folder / "modelled-time.json"
        self._timing = timing
        self._launches = 0

    async def launch(self, package: str, request: str) -> AppProcess:
        """Start a fresh app process for an instrumentation, ending the package's old one first."""
        self.force_stop(package)
        self._launches += 1
        installed = self.packages.find(package)
        assert installed, f"{package} was looked for before it is launched"
        fault = self.faults.of_launch(self._launches)
        order = LaunchOrder(
            package=package,
            apk=str(self.files.host_path(installed.apk)),
            request=request,
            root=str(self.files.host_path("/")),
            state=str(self._state),
            timing=str(self._timing) if self._timing else None,
            launch_number=self._launches,
            seed=self.profile.seed,
            abi=self.profile.abi,
            sdk=self.profile.sdk,
            stop_at=fault.phase if fault else None,
        )
        app = await self._zygote.launch(order, fault, self._note_end)
        self.apps[app.pid] = app
        self.log.write("I", SYSTEM_TAG, f"Start proc {app.pid}:{package}/u0a217 for added application")
        return app

    def force_stop(self, package: str) -> None:
        """End the package's processes."""
        for app in list(self.apps.values()):
            if app.package == package and app.is_running:
                self.log.write("I", SYSTEM_TAG, f"Force stopping {package} appid=10217 user=0: from pid 2000")
                app.kill()

    def running(self) -> list[AppProcess]:
        """The apps that run now, oldest first."""
        self.apps = {pid: app for pid, app in self.apps.items() if app.is_running}
        return list(self.apps.values())

    def reboot(self) -> None:
        """Start anew: no apps, an empty log, the screen on."""
        for app in self.running():
            app.kill()
        self.log.clear()
        self.is_screen_on = True

    def _note_end(self, app: AppProcess) -> None:
        """Log an app's end as the system does."""
        if app.exit_code == -signal.SIGKILL and not app.was_stopped:
            self.log.write(
                "I", "lowmemorykiller", f"Kill '{app.package}' ({app.pid}), uid 10217, to free memory"
            )
        elif app.exit_code and app.exit_code < 0 and not app.was_stopped:
            name = signal.Signals(-app.exit_code).name
            what = f"Fatal signal {-app.exit_code} ({name}), code 1 in tid {app.pid} ({app.package})"
            self.log.write("F", "libc", what, pid=app.pid)
        self.log.write("I", SYSTEM_TAG, f"Process {app.package} (pid {app.pid}) has died: fg  TOP")
