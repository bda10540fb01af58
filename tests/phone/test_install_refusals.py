"""What the package managers of different makers print instead of `Success`, in every form that is known."""

from pathlib import Path

import pytest

from harness.errors import InstallRefused
from harness.phone.install_failures import explained, unblocking

SAMPLES = Path(__file__).parent / "samples" / "pm_install"
"""Written by hand to the shapes of real answers; the first line of each says whose."""


def refusal(text: str, manufacturer: str | None = None, package: str | None = None) -> InstallRefused:
    return explained(text, serial="phone-1", package=package, manufacturer=manufacturer)


def sample(name: str) -> str:
    shape, _, text = (SAMPLES / f"{name}.txt").read_text(encoding="utf-8").partition("\n")
    assert shape.startswith("# shape: ")
    return text


EXPECTED = {
    "user_restricted_streamed": (
        "INSTALL_FAILED_USER_RESTRICTED: Install canceled by user",
        "Install via USB",
    ),
    "user_restricted_two_lines": ("INSTALL_FAILED_USER_RESTRICTED: Invalid apk", "Install via USB"),
    "user_restricted_session": (
        "INSTALL_FAILED_USER_RESTRICTED: Install canceled by user",
        "Install via USB",
    ),
    "rejected_permissions": ("INSTALL_FAILED_ABORTED: User rejected permissions", "accept its dialog"),
    "no_abi_doubled_incremental": (
        "INSTALL_FAILED_NO_MATCHING_ABIS: Failed to extract native libraries, res=-113",
        "processor",
    ),
    "no_space_by_code": (
        "INSTALL_FAILED_INSUFFICIENT_STORAGE: Failed to override installation location",
        "free some space",
    ),
    "no_space_by_exception": ("Requested internal only, but not enough space", "free some space"),
    "missing_library_cut_off": (
        "INSTALL_FAILED_MISSING_SHARED_LIBRARY: Package couldn't be installed in /data/app/org.example.app-1:"
        " Package org.ex",
        "use another phone",
    ),
    "update_incompatible_old": (
        "INSTALL_FAILED_UPDATE_INCOMPATIBLE: Package org.example.app signatures do not match previously"
        " installed version; ignoring",
        "`adb -s phone-1 uninstall org.example.app`",
    ),
    "update_incompatible_then_delete": (
        "INSTALL_FAILED_UPDATE_INCOMPATIBLE: Existing package org.example.app signatures do not match newer"
        " version; ignoring",
        "`adb -s phone-1 uninstall org.example.app`",
    ),
    "deprecated_sdk_bare": (
        "INSTALL_FAILED_DEPRECATED_SDK_VERSION: App package must target at least SDK version 23, but found 7",
        "too old for this Android",
    ),
    "unreadable_file_avc": ("Unable to open file: /sdcard/runner.apk", "may not read the file"),
    "numbered_code": ("-3006: INSTALL_FAILED_BLOCKED_CROSS_DOWN", "look the reason up"),
    "other_user": ("Shell does not have permission to access user 10", "main user"),
    "uninstall_refused": ("DELETE_FAILED_INTERNAL_ERROR", "in the phone's settings"),
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_refusal_keeps_the_phones_words_and_says_what_to_do(name: str) -> None:
    cause, remedy = EXPECTED[name]
    error = refusal(sample(name))
    assert error.cause == cause
    assert remedy in error.remedy
    assert error.where == "phone-1"
    assert "\n" not in str(error)


def test_every_sample_is_expected_to_say_something() -> None:
    assert {file.stem for file in SAMPLES.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""], ids=["unix", "terminal", "cut off"])
def test_the_ends_of_lines_make_no_difference(ending: str) -> None:
    for name, (cause, _) in EXPECTED.items():
        assert refusal(sample(name).strip().replace("\n", ending or "\n") + ending).cause == cause


@pytest.mark.parametrize(
    ("failure", "remedy"),
    [
        ("INSTALL_FAILED_VERSION_DOWNGRADE: Downgrade detected", "newer version is installed"),
        ("INSTALL_FAILED_VERIFICATION_FAILURE: Install not allowed", "Play Protect"),
        ("INSTALL_FAILED_VERIFICATION_TIMEOUT", "Verify apps over USB"),
        ("INSTALL_FAILED_VERIFICATION_FAILURE: developer verification failed", "registered developers"),
        ("INSTALL_FAILED_REJECTED_BY_BUILDTYPE", "accept its dialog"),
        ("INSTALL_FAILED_OLDER_SDK: Requires newer sdk version #23", "newer Android"),
        ("INSTALL_FAILED_TEST_ONLY: installPackageLI", "adb install -t"),
        ("INSTALL_FAILED_INVALID_APK: Missing base.apk", "no valid APK"),
        ("INSTALL_PARSE_FAILED_NOT_APK: Failed to parse /data/x.apk", "no valid APK"),
        ("INSTALL_PARSE_FAILED_NO_CERTIFICATES", "no valid APK"),
        ("INSTALL_FAILED_INTERNAL_ERROR: write failed: No space left on device", "free some space"),
        ("DELETE_FAILED_DEVICE_POLICY_MANAGER", "administers the phone"),
        ("INSTALL_FAILED_OF_A_LATER_ANDROID", "adb install"),
    ],
)
def test_every_known_reason_has_its_remedy(failure: str, remedy: str) -> None:
    error = refusal(f"Failure [{failure}]\n")
    assert error.cause == failure
    assert remedy in error.remedy


def test_brackets_within_the_reason_do_not_end_it() -> None:
    assert refusal("Failure [INSTALL_FAILED_X: Split [base] is twice here]\n").cause.endswith("twice here")


@pytest.mark.parametrize("silence", ["", "\n", "  \r\n"])
def test_a_package_manager_that_says_nothing_is_reported_as_that(silence: str) -> None:
    error = refusal(silence)
    assert error.cause == "the package manager said nothing"
    assert "run again" in error.remedy


def test_the_command_that_removes_an_app_can_be_pasted() -> None:
    error = explained(
        "Failure [INSTALL_FAILED_VERSION_DOWNGRADE]",
        serial="a phone; rm -rf /",
        package="io.elbench.runner",
        manufacturer=None,
    )
    assert "`adb -s 'a phone; rm -rf /' uninstall io.elbench.runner`" in error.remedy


@pytest.mark.parametrize(
    ("manufacturer", "words"),
    [
        ("Xiaomi", ["Install via USB", "Mi account", "SIM", "MIUI optimization"]),
        ("POCO", ["Install via USB"]),
        ("OPPO", ["countdown", "password", "Disable permission monitoring"]),
        ("realme", ["countdown"]),
        ("OnePlus", ["countdown"]),
        ("vivo", ["countdown", "USB security permissions"]),
        ("HUAWEI", ["Pure mode", "charge only"]),
        ("samsung", ["Auto Blocker"]),
        ("Google", ["dialog", "work or child profile"]),
        (None, ["dialog"]),
    ],
)
def test_a_phone_that_blocks_installs_is_unblocked_in_its_makers_words(
    manufacturer: str | None, words: list[str]
) -> None:
    for failure in ("INSTALL_FAILED_USER_RESTRICTED", "INSTALL_FAILED_ABORTED: User rejected permissions"):
        error = refusal(f"Failure [{failure}]", manufacturer)
        assert error.remedy == unblocking(manufacturer)
        assert all(word in error.remedy for word in words)


def test_a_reason_that_no_setting_changes_has_the_same_remedy_on_every_phone() -> None:
    text = "Failure [INSTALL_FAILED_INSUFFICIENT_STORAGE]"
    assert {refusal(text, maker).remedy for maker in ("Xiaomi", "vivo", None)} == {refusal(text).remedy}
