"""Screen, lock screen, battery saver, Doze, clocks and load, over the versions of Android."""

from collections.abc import Callable

import pytest

from harness.errors import UnreadableAnswer
from harness.phone.cpu_load import parse_busy_share
from harness.phone.keyguard import parse_keyguard
from harness.phone.power import parse_idle, parse_power, parse_setting
from harness.phone.uptime import parse_epoch, parse_load, parse_uptime
from harness.results.records import Explained

# AOSP frameworks/base, PowerManagerService.java and BatterySaverStateMachine.java, shortened.
ANDROID_5 = """POWER MANAGER (dumpsys power)

Power Manager State:
  mDirty=0x0
  mWakefulness=Awake
  mIsPowered=true
  mLowPowerModeEnabled=true
  mBatteryLevelLow=false
Display Power: state=ON
"""
ANDROID_8 = """Power Manager State:
  mWakefulness=Asleep
  mLowPowerModeEnabled=false
  mBatteryLevelLow=false
  mLightDeviceIdleMode=true
  mDeviceIdleMode=false
Display Power: state=OFF
"""
ANDROID_14 = """POWER MANAGER (dumpsys power)

Power Manager State:
  Settings power_manager_constants:
    no_cached_wake_locks=true
  mWakefulness=Awake
  mLightDeviceIdleMode=false
  mDeviceIdleMode=false
Display Power: state=ON

Battery saver policy (*NOTE* they only apply when battery saver is ON):
  Settings: battery_saver_constants
  Policy 'full'
    advertise_is_enabled=true

Battery saver state machine:
  Enabled=true
    full=true
    adaptive=false
  mState=3
"""
# KeyguardServiceDelegate.java and KeyguardStateMonitor.java, Android 7 to 16.
POLICY = """WINDOW MANAGER POLICY STATE (dumpsys window policy)
    mSafeMode=false mSystemReady=true mSystemBooted=true
    mShowingDream=false mDreamingLockscreen=true
    KeyguardServiceDelegate
      showing=true
      showingAndNotOccluded=true
      inputRestricted=false
      occluded=false
      secure=false
      screenState=SCREEN_STATE_ON
      KeyguardStateMonitor
        mIsShowing=true
        mSimSecure=false
        mInputRestricted=false
Trust manager state:
 User "Owner" (id=0, flags=0x13) (current): trusted=0, trustManaged=1, deviceLocked=0, strongAuthRequired=0x0
"""
ANDROID_6_POLICY = "    mShowingLockscreen=true mShowingDream=false mDreamingLockscreen=false\n"


@pytest.mark.parametrize(
    ("text", "screen_on", "power_saver", "idle"),
    [
        (ANDROID_5, True, True, None),
        (ANDROID_5.replace("\n", "\r\n"), True, True, None),
        (ANDROID_8, False, False, True),
        (ANDROID_14, True, True, False),
        (ANDROID_14.replace("Enabled=true", "Enabled=false"), True, False, False),
        ("  mWakefulness=Awake\n\nDisplay Power: state=OFF\n", False, None, None),
        ("Display Power: state=DOZE\n", False, None, None),
        ("Display Power: state=UNKNOWN\n  mWakefulness=Awake\n", True, None, None),
        ("  mWakefulness=Asleep\n", False, None, None),
    ],
)
def test_the_power_manager_is_read(
    text: str, screen_on: bool | None, power_saver: bool | None, idle: bool | None
) -> None:
    power = parse_power(text)
    assert (power.screen_on, power.power_saver, power.idle) == (screen_on, power_saver, idle)


@pytest.mark.parametrize(
    ("text", "is_showing"),
    [
        (POLICY, True),
        (POLICY.replace("mIsShowing=true", "mIsShowing=false"), False),
        (ANDROID_6_POLICY, True),
        (ANDROID_6_POLICY.replace("mShowingLockscreen=true", "mShowingLockscreen=false"), False),
        ("    mShowingDream=false mDreamingLockscreen=true mTopFullscreenOpaqueWindowState=null\n", True),
        ("      isKeyguardShowing=false\n", False),
        (
            ' User "Owner" (id=0, flags=0x13) (current): trusted=0, deviceLocked=1, strongAuthRequired=0x1\n',
            True,
        ),
        (POLICY[POLICY.index("Trust") :], None),
        (' User "Work" (id=10, flags=0x30): trusted=0, deviceLocked=1\n' + ANDROID_6_POLICY, True),
    ],
)
def test_the_lock_screen_shows_or_not(text: str, is_showing: bool | None) -> None:
    assert parse_keyguard(text).is_showing is is_showing


@pytest.mark.parametrize(
    ("text", "is_idle"),
    [
        ("ACTIVE\nACTIVE\n", False),
        ("IDLE\nOVERRIDE\n", True),
        ("INACTIVE\nIDLE\r\n", True),
        ("IDLE_MAINTENANCE\nIDLE_MAINTENANCE\n", False),
        ("  Settings:\n  mEnabled=true\n  mState=IDLE\n", True),
        ("  mEnabled=true\n  mLightState=ACTIVE mState=ACTIVE\n", False),
    ],
)
def test_a_phone_dozes_or_not(text: str, is_idle: bool) -> None:
    assert parse_idle(text).is_on is is_idle


def test_a_setting_is_on_or_off() -> None:
    assert parse_setting("1\r\n").is_on is True
    assert parse_setting("0\n").is_on is False


def test_clocks_and_load_are_read() -> None:
    assert parse_uptime("350735.47 234388.90\r\n").seconds == 350_735.47
    assert parse_epoch("1767225600\r\n").seconds == 1_767_225_600
    assert parse_load("12.25 11.70 11.01 2/2712 28710\n").one_minute == 12.25


def test_the_busy_share_counts_what_is_neither_idle_nor_waiting() -> None:
    # Of 240 ticks of 8 cores within 0.3 s: 30 user, 20 nice, 10 system, 150 idle, 20 iowait, 10 irq.
    before = "cpu  1000 200 300 5000 60 70 8 0 0 0\n"
    after = "cpu  1030 220 310 5150 80 80 8 0 0 0\r\n"
    assert parse_busy_share(before + after).share == pytest.approx(70 / 240)


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_power, "Can't find service: power\n"),
        (parse_keyguard, "Can't find service: window\n"),
        (parse_idle, "Can't find service: deviceidle\n"),
        (parse_setting, "null\n"),
        (parse_setting, "/system/bin/sh: settings: not found\n"),
        (parse_uptime, "cat: /proc/uptime: Permission denied\n"),
        (parse_epoch, "Thu Jan  1 00:00:12 GMT 1970\n"),
        (parse_load, "cat: /proc/loadavg: Permission denied\n"),
        (parse_busy_share, "grep: /proc/stat: Permission denied\n"),
    ],
)
def test_an_answer_without_its_value_is_unreadable_and_shown(
    parse: Callable[[str], Explained], text: str
) -> None:
    with pytest.raises(UnreadableAnswer) as raised:
        parse(text)
    assert text.strip() in raised.value.cause


@pytest.mark.parametrize(
    "text",
    [
        "cpu  1000 200 300 5000 60 70 8 0 0 0\n",
        "cpu  1000 200 300 5000 60 70 8 0 0 0\n" * 2,
        "cpu  1000 200 300 5000 60 70 8 0 0 0\ncpu  1100 200 300 4000 60 70 8 0 0 0\n",
    ],
)
def test_counters_that_stand_still_or_run_backwards_tell_no_load(text: str) -> None:
    with pytest.raises(UnreadableAnswer):
        parse_busy_share(text)
