"""What adb says about a phone that cannot be used now, and what its owner can do about it.

The words are those of `adb devices` and of the adb server's refusals (AOSP packages/modules/adb,
transport.cpp and client/usb_linux.cpp).
"""

import re

from harness.errors import CommandFailed, ElbenchError, PhoneLost, PhoneNotReady

USABLE = "device"

_ALLOW = 'unlock the phone and accept its dialog "Allow USB debugging", with "Always allow" ticked'
_AWAIT_BOOT = "wait until Android is up, or restart the phone normally (`adb reboot`)"
_NO_PERMISSIONS = "no permissions"
_REMEDIES = {
    "unauthorized": _ALLOW,
    "authorizing": _ALLOW,
    "offline": "plug the phone in again, or turn USB debugging off and on",
    "connecting": "wait a moment; if it stays so, plug the phone in again",
    "detached": "give it back to the adb server with `adb attach`, or plug the phone in again",
    "recovery": _AWAIT_BOOT,
    "rescue": _AWAIT_BOOT,
    "sideload": "end the update that the phone waits for on its screen, then restart it (`adb reboot`)",
    "bootloader": "restart the phone normally (`fastboot reboot`)",
    "host": "this is a computer, not a phone; choose another one",
}
_AWAKE = "wake the phone, check that both are in one network, `adb disconnect` and `adb connect` it"
_REMEDIES_ON_NETWORK = {
    (
        "unauthorized",
        "tls",
    ): "pair it again: Developer options → Wireless debugging → Pair device with pairing"
    " code, then `adb pair HOST:PORT`",
    ("offline", "tls"): _AWAKE,
    ("offline", "tcp"): _AWAKE,
}
_JOIN = 'join the group that may: sudo usermod -aG plugdev "$USER", log in again and plug the phone in again'
_NEXT = "then: sudo udevadm control --reload, and plug the phone in again"
_RECONNECT = "check the cable and that the phone is on, then run again"
_GONE = ("not found", "offline", "connecting", "closed", "no devices", "detached")
_FORBIDDEN = ("unauthorized", "authorizing", "permission")


def remedy_for(state: str, *, transport: str = "usb", usb_vendor: str | None = None) -> str | None:
    """What to do about a phone in this state of `adb devices`; None if it is usable.

    Args:
        state: as adb says it.
        transport: how it is connected, as `PhoneFacts.transport`.
        usb_vendor: its USB vendor id, four hex digits, for the rule that lets a user open it.
    """
    if state == USABLE:
        return None
    if state.startswith(_NO_PERMISSIONS):
        return _permission_remedy(state, usb_vendor)
    if on_network := _REMEDIES_ON_NETWORK.get((state, transport)):
        return on_network
    known = (remedy for prefix, remedy in _REMEDIES.items() if state.startswith(prefix))
    return next(known, "restart the phone and plug it in again")


def _permission_remedy(state: str, usb_vendor: str | None) -> str:
    """adb itself looks whether the user is in the group plugdev, and says so."""
    if "not in the plugdev group" in state:
        return _JOIN
    vendor = usb_vendor or "VVVV"
    hint = "" if usb_vendor else " (VVVV: the four digits before the colon that `lsusb` shows for the phone)"
    rule = f'SUBSYSTEM=="usb", ATTR{{idVendor}}=="{vendor}", MODE="0660", GROUP="plugdev", TAG+="uaccess"'
    group = "" if re.search(r"user (?:is )?in (?:the )?plugdev group", state) else f"; {_JOIN}"
    return f"add a rule: echo '{rule}' | sudo tee /etc/udev/rules.d/51-android.rules{hint}, {_NEXT}{group}"


def connection_lost(doing: str, serial: str) -> PhoneLost:
    """The error for a connection that ended before its answer did."""
    return PhoneLost(f"the connection ended during `{doing}`", remedy=_RECONNECT, where=serial)


def refusal(message: str, doing: str, serial: str) -> ElbenchError:
    """The error for a request that the adb server or the phone turned down with this message."""
    # Causes go into run directories and reports; serial numbers must not.
    first_line = message.replace(serial, "phone").strip().partition("\n")[0].rstrip(".")
    if "insufficient permissions" in message or message.startswith(_NO_PERMISSIONS):
        return PhoneNotReady(first_line, remedy=_permission_remedy(message, None), where=serial)
    if any(word in message for word in _FORBIDDEN):
        return PhoneNotReady(first_line, remedy=_ALLOW, where=serial)
    if any(word in message for word in _GONE):
        return PhoneLost(f"{first_line} (at `{doing}`)", remedy=_RECONNECT, where=serial)
    return CommandFailed(
        f"`{doing}` was refused: {first_line}", remedy="run `adb devices` to see its state", where=serial
    )
