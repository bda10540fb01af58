"""What package managers print instead of `Success`, and what to do about it on a phone of that maker.

Knowledge in tables, and the reading of every form in which the failure comes. Who asks the package manager is
`packages`'s business.
"""

import re

from harness.errors import InstallRefused
from harness.phone.shell_protocol import quoted

_LONGEST_CAUSE = 300
_SILENCE = "the package manager said nothing"
_BLOCKED = "the maker's remedy"
_FREE_SPACE = "free some space on the phone, then run again"
_OTHER_PROCESSOR = "the APK has no code for this phone's processor: use one that has"
_BROKEN_APK = "the file is no valid APK: make or download it again"
_REMOVE_IT = "remove it with `{uninstall}`, then run again"
_OWN_STORAGE = "set the preferred place of new apps to the phone's own storage, then run again"
_OTHER_PHONE = "the phone lacks what the APK asks for: use another phone"
_TRY_AGAIN = "unlock the phone, wait until it has started completely, then run again"

# Codes are Android's own (AOSP frameworks/base, PackageManager.java); one that ends in _ stands for all that
# begin so.
_BY_CODE = {
    "INSTALL_FAILED_USER_RESTRICTED": _BLOCKED,
    "INSTALL_FAILED_ABORTED": _BLOCKED,
    "INSTALL_FAILED_REJECTED_BY_": _BLOCKED,
    "INSTALL_FAILED_VERIFICATION_": 'turn off "Verify apps over USB" in Developer options and, if it'
    " persists, scanning in Play Store → Play Protect → Settings, then run again",
    "INSTALL_FAILED_UPDATE_INCOMPATIBLE": "an app of this name with another signature is installed: "
    + _REMOVE_IT,
    "INSTALL_FAILED_SHARED_USER_INCOMPATIBLE": "an app with another signature is in the way: " + _REMOVE_IT,
    "INSTALL_FAILED_VERSION_DOWNGRADE": "a newer version is installed: use the elbench that brought it, or "
    + _REMOVE_IT,
    "INSTALL_FAILED_ALREADY_EXISTS": "another app of this name is installed: " + _REMOVE_IT,
    "INSTALL_FAILED_NO_MATCHING_ABIS": _OTHER_PROCESSOR,
    "INSTALL_FAILED_CPU_ABI_INCOMPATIBLE": _OTHER_PROCESSOR,
    "INSTALL_FAILED_DEPRECATED_SDK_VERSION": "the APK is too old for this Android: use a newer one",
    "INSTALL_FAILED_OLDER_SDK": "the APK needs a newer Android: use another phone",
    "INSTALL_FAILED_NEWER_SDK": "the APK is too old for this Android: use a newer one",
    "INSTALL_FAILED_INSUFFICIENT_STORAGE": _FREE_SPACE,
    "INSTALL_FAILED_MEDIA_UNAVAILABLE": _OWN_STORAGE,
    "INSTALL_FAILED_INVALID_INSTALL_LOCATION": _OWN_STORAGE,
    "INSTALL_FAILED_CONTAINER_ERROR": _FREE_SPACE,
    "INSTALL_FAILED_MISSING_SHARED_LIBRARY": _OTHER_PHONE,
    "INSTALL_FAILED_MISSING_FEATURE": _OTHER_PHONE,
    "INSTALL_FAILED_TEST_ONLY": "the APK is for tests only: install it with `adb install -t`",
    "INSTALL_FAILED_INVALID_APK": _BROKEN_APK,
    "INSTALL_FAILED_INVALID_URI": _BROKEN_APK,
    "INSTALL_PARSE_FAILED_": _BROKEN_APK,
    "INSTALL_FAILED_INTERNAL_ERROR": "restart the phone, then run again",
    "DELETE_FAILED_DEVICE_POLICY_MANAGER": "the app administers the phone: take that right from it"
    " in the phone's settings, then remove it there",
    "DELETE_FAILED_OWNER_BLOCKED": "whoever manages this phone forbids it: ask them, or use another phone",
    "DELETE_FAILED_": "the phone keeps the app: remove it in the phone's settings under Apps, for all users",
}
_BY_WORDS = {
    "not enough space": _FREE_SPACE,
    "No space left": _FREE_SPACE,
    "developer verif": "this phone takes apps of registered developers only: allow others in Developer"
    " options, or use another phone",
    "avc:": "the package manager may not read the file: restart the phone, then run again",
    "open file": "the package manager cannot read the file: restart the phone, then run again",
    "Shell does not have permission to access user": "switch the phone to its main user, then run again",
    "Could not access the Package Manager": _TRY_AGAIN,
    "Can't find service": _TRY_AGAIN,
    _SILENCE: _TRY_AGAIN,
}
_ON_THE_SCREEN = (
    "unlock the phone and, when its dialog appears, accept the install before the countdown ends (it may ask"
    " for the account's password)"
)
# Sources: flutter/flutter#65308 and #107251 (Xiaomi), thundersdata-frontend/rn-template#36 (vivo),
# keymapperorg/KeyMapper#2155 (Samsung), c-lis/morelocale#14 (Oppo).
_BY_MAKER = (
    (
        ("xiaomi", "redmi", "poco"),
        'turn on "Install via USB" in Developer options (it asks for a Mi account and a SIM card) and accept'
        ' the dialog on the phone; if it persists, turn off "MIUI optimization" there',
    ),
    (
        ("oppo", "realme", "oneplus"),
        f'{_ON_THE_SCREEN}; if none appears, turn on "Disable permission monitoring" in Developer options',
    ),
    (
        ("vivo", "iqoo"),
        f'{_ON_THE_SCREEN}; if none appears, turn on "USB security permissions" and turn off "Verify apps'
        ' over USB" in Developer options',
    ),
    (
        ("huawei", "honor"),
        "unlock the phone and accept its dialog; if none appears, turn off Pure mode in its settings and turn"
        ' on "Allow ADB debugging in charge only mode" in Developer options',
    ),
    (
        ("samsung",),
        "unlock the phone and accept its dialog; if none appears, turn off Auto Blocker (Settings → Security"
        " and privacy)",
    ),
)
_ANY_MAKER = (
    "unlock the phone and accept its dialog; if none appears, allow installs over USB in Developer options"
    ' ("Install via USB" where there is one), and ask whoever manages a work or child profile'
)
_UNKNOWN = "look the reason up, then install the APK with `adb install` to see more"

_CODE = re.compile(r"\b(?:INSTALL|DELETE)_[A-Z_]*[A-Z]\b")
# The first form that is found counts: a `Failure` may follow an `Error`, and both may follow a warning.
_FORMS = (
    # Its end may be cut off, and it may have several lines.
    re.compile(r"Failure \[(.*?)(?:\]\s*$|\Z)", re.DOTALL | re.MULTILINE),
    re.compile(r"^Error: (?:[\w.$]+Exception: )?(.+)$", re.MULTILINE),
    # Names of exceptions before the message, and their stack behind it, mean nothing to a user.
    re.compile(
        r"Exception occurred while [^:]*:\s*(?:[\w.$]+(?:Exception|Error): ?)*(.+?)(?=\s+at [\w.$]+\(|\Z)",
        re.DOTALL,
    ),
    re.compile(r"((?:INSTALL|DELETE)_[A-Z_]+\b.*)"),
    re.compile(r"(.+)", re.DOTALL),
)


def explained(text: str, *, serial: str, package: str | None, manufacturer: str | None) -> InstallRefused:
    """The error for what the package manager printed instead of `Success`.

    Args:
        text: its whole answer, of `pm` or of the adb client around it.
        serial: the phone that said it.
        package: the app that it is about, where that is known.
        manufacturer: who made the phone, as `PhoneFacts` has it; chooses the words of some remedies.
    """
    cause = _cause(text)
    remedy = _remedy(cause, text)
    if remedy == _BLOCKED:
        remedy = unblocking(manufacturer)
    uninstall = quoted("adb", "-s", serial, "uninstall", package or _package_in(cause) or "PACKAGE")
    return InstallRefused(cause, remedy=remedy.replace("{uninstall}", uninstall), where=serial)


def unblocking(manufacturer: str | None) -> str:
    """What lets a phone of this maker take apps over USB."""
    maker = (manufacturer or "").lower()
    words = (words for makers, words in _BY_MAKER if any(name in maker for name in makers))
    return f"{next(words, _ANY_MAKER)}; then run again"


def _cause(text: str) -> str:
    """The phone's own words in one line, without what surrounds them."""
    found = (form.search(text.strip()) for form in _FORMS)
    words = next((" ".join(match[1].split()) for match in found if match and match[1].strip()), "")
    said_once = re.sub(r"\b([A-Z_]{9,}): (?=\1\b)", "", words)
    return said_once[:_LONGEST_CAUSE].rstrip(".! ") or _SILENCE


def _remedy(cause: str, text: str) -> str:
    code, said = _CODE.search(cause), f"{cause}\n{text}"
    # The words come first: a code such as INSTALL_FAILED_INTERNAL_ERROR says less than they.
    by_words = next((remedy for words, remedy in _BY_WORDS.items() if words in said), None)
    by_code = next((remedy for name, remedy in _BY_CODE.items() if code and _stands_for(name, code[0])), None)
    return by_words or by_code or _UNKNOWN


def _stands_for(name: str, code: str) -> bool:
    return code == name or (name.endswith("_") and code.startswith(name))


def _package_in(cause: str) -> str | None:
    named = re.search(r"\b[Pp]ackage ((?:\w+\.)+\w+)", cause)
    return named[1] if named else None
