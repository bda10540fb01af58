"""What `dumpsys` says of the phone's own states: power, screen and keyguard, display, Doze, trust, load.

Only the lines that programs look for, in the order and form of Android 14 (frameworks/base, AOSP).
"""

from collections.abc import Callable

from harness.virtual.system.commands.call import Call

LAUNCHER = "com.android.launcher3/com.android.launcher3.uioverrides.QuickstepLauncher"
KEYGUARD = "NotificationShade"
WIDTH, HEIGHT = 1080, 2340
KINDS_OF_IDLE = ("deep", "light")
FORCED_IDLE = "forced_idle"


def until_reboot(call: Call) -> dict[str, str]:
    """The phone's settings that no `settings` command shows, and that a reboot empties."""
    table: dict[str, str] = call.phone.settings.setdefault("until reboot", {})
    return table


def _yes(value: object) -> str:
    return str(bool(value)).lower()


def _power(call: Call, _: list[str]) -> str:
    phone = call.phone
    is_on = phone.is_screen_on
    table = phone.settings["global"]
    saver = table.get("low_power") == "1"
    powered = phone.battery.usb_powered or phone.battery.ac_powered
    plug = 1 if phone.battery.ac_powered else 2 if phone.battery.usb_powered else 0
    stay_on = table.get("stay_on_while_plugged_in", "0")
    return (
        "POWER MANAGER (dumpsys power)\n\nPower Manager State:\n"
        f"  mWakefulness={'Awake' if is_on else 'Asleep'}\n  mWakefulnessChanging=false\n"
        f"  mIsPowered={_yes(powered)}\n  mPlugType={plug}\n"
        f"  mBatteryLevel={phone.battery.level_percent}\n"
        f"  mDeviceIdleMode={_yes(_is_idle(call, 'deep'))}\n"
        f"  mLightDeviceIdleMode={_yes(_is_idle(call, 'light'))}\n"
        f"  mStayOn={_yes(powered and stay_on != '0')}\n"
        f"  mHoldingDisplaySuspendBlocker={_yes(is_on)}\n\n"
        "Settings and Configuration:\n"
        f"  mStayOnWhilePluggedInSetting={stay_on}\n"
        f"  mScreenOffTimeoutSetting={phone.settings['system'].get('screen_off_timeout', '60000')}\n"
        f"  mLowPowerModeEnabled={_yes(saver)}\n"
        f"Battery saver state machine:\n  Enabled={_yes(saver)}\n"
        f"    full={_yes(saver)}\n    adaptive=false\n\n"
        f"Battery Saver is currently: {'ON' if saver else 'OFF'}\n\n"
        f"Display Power: state={'ON' if is_on else 'OFF'}"
    )


def _window(call: Call, arguments: list[str]) -> str:
    phone = call.phone
    locked = _yes(phone.is_locked)
    screen, interactive = ("ON", "AWAKE") if phone.is_screen_on else ("OFF", "SLEEP")
    policy = (
        "WINDOW MANAGER POLICY STATE (dumpsys window policy)\n"
        f"    mSystemReady=true mSystemBooted=true\n    mAwake={_yes(phone.is_screen_on)}\n"
        f"    mDreamingLockscreen=false isStatusBarKeyguard={locked}\n"
        "  KeyguardServiceDelegate\n"
        f"    showing={locked}\n    inputRestricted={locked}\n    occluded=false\n"
        f"    secure={_yes(phone.has_pin)}\n"
        f"    screenState=SCREEN_STATE_{screen}\n    interactiveState=INTERACTIVE_STATE_{interactive}"
    )
    focus = KEYGUARD if phone.is_locked else LAUNCHER
    windows = (
        "WINDOW MANAGER WINDOWS (dumpsys window windows)\n"
        f"  mCurrentFocus=Window{{7c1e2a4 u0 {focus}}}\n"
        f"  mFocusedApp=ActivityRecord{{a21e0f1 u0 {LAUNCHER} t2}}"
    )
    parts = {"policy": policy, "windows": windows}
    wanted = next((word for word in arguments if not word.startswith("-")), "")
    return parts.get(wanted) or f"{policy}\n\n{windows}"


def _display(call: Call, _: list[str]) -> str:
    state = "ON" if call.phone.is_screen_on else "OFF"
    frame = f"Rect(0, 0 - {WIDTH}, {HEIGHT})"
    return (
        f"DISPLAY MANAGER (dumpsys display)\n  mScreenState={state}\n"
        "  mViewports=[DisplayViewport{type=INTERNAL, valid=true, isActive=true, displayId=0, "
        f"uniqueId='local:0', physicalPort=0, orientation=0, logicalFrame={frame}, "
        f"physicalFrame={frame}, deviceWidth={WIDTH}, deviceHeight={HEIGHT}}}]"
    )


def _is_idle(call: Call, kind: str) -> bool:
    return until_reboot(call).get(FORCED_IDLE) == kind


def _state(call: Call, kind: str) -> str:
    return "IDLE" if _is_idle(call, kind) else "ACTIVE"


def _deviceidle(call: Call, _: list[str]) -> str:
    phone = call.phone
    charging = phone.battery.usb_powered or phone.battery.ac_powered
    return (
        "  Settings:\n    light_after_inactive_to=+4m0s0ms\n"
        "  mLightEnabled=true  mDeepEnabled=true\n"
        f"  mForceIdle={_yes(until_reboot(call).get(FORCED_IDLE))}\n"
        f"  mScreenOn={_yes(phone.is_screen_on)}\n  mScreenLocked={_yes(phone.is_locked)}\n"
        f"  mCharging={_yes(charging)}\n"
        f"  mState={_state(call, 'deep')} mLightState={_state(call, 'light')}"
    )


def change_idle(call: Call, arguments: list[str]) -> int:
    """`get deep|light|screen|charging`, `force-idle`, `unforce`, `step`, `enabled`: of dumpsys and of cmd."""
    charging = call.phone.battery.usb_powered or call.phone.battery.ac_powered
    match arguments:
        case ["get", ("deep" | "light" | "force" | "screen" | "charging" | "network") as what]:
            values = {
                "force": _yes(until_reboot(call).get(FORCED_IDLE)),
                "screen": _yes(call.phone.is_screen_on),
                "charging": _yes(charging),
                "network": "true",
            }
            call.print(values.get(what) or _state(call, what))
        case ["force-idle", *kind] if (kind or ["deep"])[0] in KINDS_OF_IDLE:
            name = (kind or ["deep"])[0]
            until_reboot(call)[FORCED_IDLE] = name
            call.print(f"Now forced in to {name} idle mode")
        case ["unforce"]:
            until_reboot(call).pop(FORCED_IDLE, None)
            call.print("Light state: ACTIVE, deep state: ACTIVE")
        case ["step", *_]:
            call.print(f"Stepped to deep: {_state(call, 'deep')}")
        case ["enabled", *_]:
            call.print("1")
        case ["get", *_] | []:
            call.print(
                "Device idle controller (deviceidle) commands:\n  get DEEP|LIGHT|FORCE|SCREEN|CHARGING"
            )
        case _:
            call.print(f"Unknown command: {arguments[0]}")
            return 255
    return 0


def _trust(call: Call, _: list[str]) -> str:
    locked = int(call.phone.is_locked)
    return (
        'Trust manager state:\n User "Owner" (id=0, flags=0x4c13) (current): trustState=UNTRUSTED, '
        f"trustManaged=0, deviceLocked={locked}, isActiveUnlockRunning=0, strongAuthRequired=0x0"
    )


def _cpuinfo(call: Call, _: list[str]) -> str:
    load = " / ".join(call.phone.files.read("/proc/loadavg").decode(errors="replace").split()[:3])
    return (
        f"Load: {load}\nCPU usage from 12033ms to 2021ms ago:\n"
        "  0.4% 1234/system_server: 0.3% user + 0.1% kernel\n0.1% TOTAL: 0% user + 0% kernel"
    )


SERVICES: dict[str, Callable[[Call, list[str]], str]] = {
    "cpuinfo": _cpuinfo,
    "deviceidle": _deviceidle,
    "display": _display,
    "power": _power,
    "trust": _trust,
    "window": _window,
}
