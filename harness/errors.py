"""Every error that elbench raises on purpose, and the exit code that each one means.

    ElbenchError                        70  a bug in elbench, unless a branch below says otherwise
    ├── UsageError                       2  something that the caller wrote or chose
    │   ├── UnknownModel                    no model of that name
    │   ├── UnreadableModel                 a file that is no model, or not one for phones
    │   ├── ExportRefused                   the exported file computes something else than eager PyTorch
    │   ├── BadPlan                         a plan key or value that is not understood
    │   ├── OutputFolderUnusable            a folder that cannot be written
    │   ├── BadRunDirectory                 a run directory that cannot be read
    │   └── SetupIncomplete                 a part that elbench needs is not installed
    ├── NoUsablePhone                    4  nothing to measure on
    │   ├── AdbServerUnavailable            the adb server cannot be started or reached
    │   ├── PhoneNotReady                   unauthorized, offline, no permissions, …
    │   └── RunnerMissing                   there is no benchmark app for the phone's processor
    ├── PhoneError                       5  a phone that worked stopped working
    │   ├── PhoneLost                       the connection died
    │   ├── DeadlineExceeded                no complete answer in the time allowed
    │   ├── CommandFailed                   a command answered with a failure
    │   ├── TransferFailed                  a file did not arrive, or arrived damaged
    │   ├── InstallRefused                  the package manager refused an APK
    │   ├── UnreadableAnswer                an answer that no known Android version gives
    │   └── ContractViolation               the runner's stream breaks android_runner/CONTRACT.md
    ├── LaunchesFailed                   5  the run ended, but not every launch measured
    └── Interrupted                    130  Ctrl-C or SIGTERM; what was measured is kept

Exit codes 1 (a regression was found, or a model would fail on a phone) and 3 (a required verdict could not be
given) are results, not errors.
"""

from typing import ClassVar


class ElbenchError(Exception):
    """An error with everything a person needs: where it happened, what failed, what to do.

    Args:
        cause: what failed, as a sentence without its full stop.
        remedy: what to do about it, as a sentence without its full stop.
        where: the phone, file or key that it is about.
    """

    exit_code: ClassVar[int] = 70

    def __init__(self, cause: str, *, remedy: str, where: str | None = None) -> None:
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy
        self.where = where

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = self.remedy[:1].upper() + self.remedy[1:]
        return " ".join(f"{place}{self.cause}. {remedy}.".split())


class UsageError(ElbenchError):
    """Something that the caller wrote or chose cannot be used."""

    exit_code = 2


class UnknownModel(UsageError):
    """No model of that name is in the catalogue."""


class UnreadableModel(UsageError):
    """A file that is no model, or not one that a phone's runtime loads."""


class ExportRefused(UsageError):
    """The exported file computes something else than eager PyTorch."""


class BadPlan(UsageError):
    """A key or a value of the plan is not understood."""


class OutputFolderUnusable(UsageError):
    """The output folder cannot be made, written, or has no room."""


class BadRunDirectory(UsageError):
    """A run directory is missing, damaged, or of another format version."""


class SetupIncomplete(UsageError):
    """A part that elbench needs is not installed on this machine."""


class NoUsablePhone(ElbenchError):
    """There is no phone to measure on."""

    exit_code = 4


class AdbServerUnavailable(NoUsablePhone):
    """The adb server cannot be started or reached."""


class PhoneNotReady(NoUsablePhone):
    """The phone is there but does not let itself be used."""


class RunnerMissing(NoUsablePhone):
    """There is no benchmark app for the phone's processor."""


class PhoneError(ElbenchError):
    """A phone that worked stopped working."""

    exit_code = 5


class PhoneLost(PhoneError):
    """The connection to the phone died in the middle of something."""


class DeadlineExceeded(PhoneError):
    """No complete answer arrived in the time allowed."""


class CommandFailed(PhoneError):
    """A command on the phone answered with a failure."""


class TransferFailed(PhoneError):
    """A file did not arrive on the phone or from it, or arrived damaged."""


class InstallRefused(PhoneError):
    """The phone's package manager refused an APK."""


class UnreadableAnswer(PhoneError):
    """The phone's answer has a form that no known Android version gives."""


class ContractViolation(PhoneError):
    """The runner's stream breaks a rule of android_runner/CONTRACT.md."""


class LaunchesFailed(ElbenchError):
    """The run ended, but not every launch was measured."""

    exit_code = 5


class Interrupted(ElbenchError):
    """The user stopped the run; what was measured is kept."""

    exit_code = 130
