"""What adb says about a phone that cannot be used now, and what its owner can do about it.

The words are those of `adb devices` and of the adb server's refusals (AOSP packages/modules/adb,
transport.cpp).
"""

from harness.errors import CommandFailed, ElbenchError, PhoneLost, PhoneNotReady

USABLE = "device"

_ALLOW = 'unlock the phone and accept its dialog "Allow USB debugging", with "Always allow" ticked'
_AWAIT_BOOT = "wait until Android is up, or restart the phone normally (`adb reboot`)"
_REMEDIES = {
    "unauthorized": _ALLOW,
    "authorizing": _ALLOW,
    "no permissions": "on Linux install the udev rules (package android-sdk-platform-tools-common), join the"
    " group plugdev, log in again and plug the phone in again",
    "offline": "plug the phone in again, or turn USB debugging off and on",
    "connecting": "wait a moment; if it stays so, plug the phone in again",
    "recovery": _AWAIT_BOOT,
    "rescue": _AWAIT_BOOT,
    "sideload": _AWAIT_BOOT,
    "bootloader": "restart the phone normally (`fastboot reboot`)",
    "host": "this is a computer, not a phone; choose another one",
}
_RECONNECT = "check the cable and that the phone is on, then run again"
_GONE = ("not found", "offline", "connecting", "closed", "no devices", "detached")
_FORBIDDEN = ("unauthorized", "authorizing", "permission")


def remedy_for(state: str) -> str | None:
    """What to do about a phone in this state of `adb devices`; None if it is usable."""
    if state == USABLE:
        return None
    known = (remedy for prefix, remedy in _REMEDIES.items() if state.startswith(prefix))
    return next(known, "restart the phone and plug it in again")


def connection_lost(doing: str, serial: str) -> PhoneLost:
    """The error for a connection that ended before its answer did."""
    return PhoneLost(f"the connection ended during `{doing}`", remedy=_RECONNECT, where=serial)


def refusal(message: str, doing: str, serial: str) -> ElbenchError:
    """The error for a request that the adb server or the phone turned down with this message."""
    # Causes go into run directories and reports; serial numbers must not.
    first_line = message.replace(serial, "phone").strip().partition("\n")[0].rstrip(".")
    if any(word in message for word in _FORBIDDEN):
        return PhoneNotReady(first_line, remedy=_ALLOW, where=serial)
    if any(word in message for word in _GONE):
        return PhoneLost(f"{first_line} (at `{doing}`)", remedy=_RECONNECT, where=serial)
    return CommandFailed(
        f"`{doing}` was refused: {first_line}", remedy="run `adb devices` to see its state", where=serial
    )
