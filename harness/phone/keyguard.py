"""Whether the lock screen shows, from what the window manager and the trust manager print, Android 5 to 16.

Which lines there are: AOSP frameworks/base, PhoneWindowManager.java (`mShowingLockscreen`, to Android 6;
`mDreamingLockscreen`), KeyguardServiceDelegate.java and KeyguardStateMonitor.java (`showing`, `mIsShowing`,
from 7 on), DisplayPolicy.java (`isKeyguardShowing`), TrustManagerService.java (`deviceLocked`).
"""

import re
from dataclasses import dataclass

from harness.phone.answers import unreadable
from harness.results.records import Explained

# The policy's part alone: the whole of `dumpsys window` is megabytes on some phones.
KEYGUARD_COMMAND = "dumpsys window policy 2>&1; dumpsys trust"

_BY_RELIABILITY = (
    "mIsShowing",
    "showing",
    "isKeyguardShowing",
    "mKeyguardShowing",
    "mShowingLockscreen",
    "isStatusBarKeyguard",
    "mDreamingLockscreen",
)
_INSECURE = "the phone tells only that no PIN is asked for, not whether a lock screen shows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyguard(Explained):
    """The lock screen, secured by a PIN or not."""

    is_showing: bool | None


def parse_keyguard(text: str) -> Keyguard:
    """Read the answer of KEYGUARD_COMMAND.

    Raises:
        UnreadableAnswer: none of the lines that tell.
    """
    for name in _BY_RELIABILITY:
        # Several of them may stand in one line.
        found = re.search(rf"(?:^|[ \t]){name}=(true|false)\b", text, re.MULTILINE)
        if found:
            return Keyguard(is_showing=found[1] == "true")
    trust = re.search(r"\(current\):[^\n(]{0,400}?\bdeviceLocked=([01])\b", text)
    if trust is None:
        raise unreadable("dumpsys window policy", text)
    if trust[1] == "1":
        return Keyguard(is_showing=True)
    return Keyguard(is_showing=None, missing={"is_showing": _INSECURE})
