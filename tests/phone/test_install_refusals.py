"""What the package managers of different makers print instead of `Success`."""

import pytest

from harness.phone.packages import refused


@pytest.mark.parametrize(
    ("text", "cause", "remedy"),
    [
        (
            "Failure [INSTALL_FAILED_USER_RESTRICTED: Install canceled by user]\n",
            "INSTALL_FAILED_USER_RESTRICTED: Install canceled by user",
            "Install via USB",
        ),
        (
            "Failure [INSTALL_FAILED_USER_RESTRICTED:\r\nInvalid apk]\n",
            "INSTALL_FAILED_USER_RESTRICTED: Invalid apk",
            "Install via USB",
        ),
        (
            "Failure [INSTALL_FAILED_UPDATE_INCOMPATIBLE: Package io.x signatures do not match previously"
            " installed version; ignoring!]",
            "INSTALL_FAILED_UPDATE_INCOMPATIBLE: Package io.x signatures do not match previously"
            " installed version; ignoring!",
            "another signature",
        ),
        (
            "Failure [INSTALL_FAILED_NO_MATCHING_ABIS: INSTALL_FAILED_NO_MATCHING_ABIS: Failed to extract"
            " native libraries, res=-113]",
            "INSTALL_FAILED_NO_MATCHING_ABIS: INSTALL_FAILED_NO_MATCHING_ABIS: Failed to extract"
            " native libraries, res=-113",
            "processor",
        ),
        (
            "INSTALL_FAILED_DEPRECATED_SDK_VERSION: target SDK must be at least 24, but found 9",
            "INSTALL_FAILED_DEPRECATED_SDK_VERSION: target SDK must be at least 24, but found 9",
            "too old for this Android",
        ),
        (
            "Exception occurred while executing 'install':\njava.io.IOException: Requested internal only,"
            " but not enough space",
            "Exception occurred while executing 'install': java.io.IOException: Requested internal only,"
            " but not enough space",
            "free some space",
        ),
        (
            "Failure [INSTALL_FAILED_INSUFFICIENT_STORAGE]",
            "INSTALL_FAILED_INSUFFICIENT_STORAGE",
            "free some space",
        ),
        ("Failure [INSTALL_PARSE_FAILED_NOT_APK: Failed to parse /data/x.apk]",
         "INSTALL_PARSE_FAILED_NOT_APK: Failed to parse /data/x.apk", "no valid APK"),
        ("Failure [INSTALL_FAILED_OF_A_LATER_ANDROID]", "INSTALL_FAILED_OF_A_LATER_ANDROID", "adb install"),
        ("", "the package manager said nothing", "adb install"),
    ],
)  # fmt: skip
def test_a_refusal_keeps_the_phones_words_and_says_what_to_do(text: str, cause: str, remedy: str) -> None:
    error = refused(text, "phone-1")
    assert error.cause == cause
    assert remedy in error.remedy
    assert error.where == "phone-1"
