"""The benchmark app on a phone: the shipped APK for its processor, installed if what is there is another.

An app of the same name that others signed, or a newer version, is never removed from here: the phone's
refusal comes with the command that does it. Each APK holds one ABI, so `pm install` needs no `--abi`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from android_runner.contract import PACKAGE
from android_runner.prebuilt import Prebuilt, PrebuiltFile
from harness.errors import InstallRefused, RunnerMissing
from harness.phone.files import hashes_on_phone
from harness.phone.packages import apk_paths, install, version_of
from harness.phone.transport import Transport, quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerOnPhone:
    """A runner that a launch can use, and what it took to have it."""

    version: str
    is_new: bool
    """False: exactly this APK was there already."""
    replaced_version: str | None
    """What was installed before, by its name or `unknown`; None if nothing was."""

    def __str__(self) -> str:
        if not self.is_new:
            return f"runner {self.version} was there already"
        if self.replaced_version is None:
            return f"runner {self.version} installed"
        other = "another build" if self.replaced_version == self.version else self.replaced_version
        return f"runner {self.version} installed in place of {other}"


def runner_for(abis: Sequence[str], prebuilt: Prebuilt, serial: str) -> PrebuiltFile:
    """The APK for a phone with these ABIs, preferred first.

    Raises:
        RunnerMissing: elbench has none.
    """
    apk = prebuilt.apk_for(abis)
    if apk is None:
        raise RunnerMissing(
            f"it runs {_listed(abis)}, and the benchmark app is there for {_listed(prebuilt.manifest.apks)}",
            remedy="measure on another phone, or on the virtual phone with --virtual",
            where=serial,
        )
    return apk


def ensure_runner(
    transport: Transport, abis: Sequence[str], prebuilt: Prebuilt, *, manufacturer: str | None = None
) -> RunnerOnPhone:
    """Have exactly the shipped APK installed for user 0, proved by the hash of what lies on the phone.

    Args:
        abis: the phone's, preferred first.
        manufacturer: the phone's maker, for the words of a remedy.

    Raises:
        RunnerMissing: there is no APK for these ABIs.
        SetupIncomplete: the shipped APK is missing or damaged.
        InstallRefused: the phone does not take it, with what to do about that.
        TransferFailed, PhoneLost, DeadlineExceeded: as `install`.
    """
    apk = runner_for(abis, prebuilt, transport.serial)
    there = apk_paths(transport, PACKAGE)
    if _is_installed(transport, there, apk):
        return RunnerOnPhone(version=prebuilt.manifest.version, is_new=False, replaced_version=None)
    replaced = (version_of(transport, PACKAGE) or "unknown") if there else None
    install(transport, prebuilt.intact(apk), apk.sha256, package=PACKAGE, manufacturer=manufacturer)
    if not _is_installed(transport, apk_paths(transport, PACKAGE), apk):
        raise InstallRefused(
            f"the phone says that it installed {PACKAGE}, but what lies on it is not the APK that was sent",
            remedy=f"run `{quoted('adb', '-s', transport.serial, 'uninstall', PACKAGE)}`, then run again",
            where=transport.serial,
        )
    return RunnerOnPhone(version=prebuilt.manifest.version, is_new=True, replaced_version=replaced)


def _is_installed(transport: Transport, paths: Sequence[str], apk: PrebuiltFile) -> bool:
    """Whether the app consists of this APK and no other."""
    return len(paths) == 1 and hashes_on_phone(transport, paths).get(paths[0]) == apk.sha256


def _listed(abis: Iterable[str]) -> str:
    return ", ".join(abis) or "no known processor"
