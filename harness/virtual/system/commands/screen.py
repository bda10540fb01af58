"""Screen, keys and radios: `input`, `wm`, `svc`."""

from harness.virtual.system.commands.call import Call, Command

KEY_POWER, KEY_WAKEUP, KEY_SLEEP, KEY_MENU = (
    ("26", "KEYCODE_POWER"),
    ("224", "KEYCODE_WAKEUP"),
    ("223", "KEYCODE_SLEEP"),
    ("82", "KEYCODE_MENU"),
)


STAY_ON = {"true": "", "false": "0", "ac": "1", "usb": "2", "wireless": "4", "dock": "8"}
POWER_USAGE = """Control the power manager

usage: svc power stayon [true|false|usb|ac|wireless|dock]
         Set the 'keep awake while plugged in' setting.
       svc power reboot [reason]
         Perform a runtime shutdown and reboot device with specified reason.
       svc power shutdown
         Perform a runtime shutdown and power off the device."""


async def press(call: Call) -> int:
    """`input keyevent`: power, wake-up and sleep move the screen; other keys do nothing visible."""
    if call.arguments[:1] != ["keyevent"]:
        return 0
    for key in call.arguments[1:]:
        if key in KEY_POWER:
            call.phone.is_screen_on = not call.phone.is_screen_on
        elif key in KEY_WAKEUP:
            call.phone.is_screen_on = True
        elif key in KEY_SLEEP:
            call.phone.is_screen_on = False
        elif key in KEY_MENU:
            call.phone.is_locked = call.phone.is_locked and call.phone.has_pin
    return 0


async def wm(call: Call) -> int:
    """`wm size`, `wm density`, `wm dismiss-keyguard`."""
    answers = {"size": "Physical size: 1080x2340", "density": "Physical density: 420"}
    if answer := answers.get(call.arguments[0] if call.arguments else ""):
        call.print(answer)
    if call.arguments[:1] == ["dismiss-keyguard"]:
        call.phone.is_locked = call.phone.is_locked and call.phone.has_pin
    return 0


async def svc(call: Call) -> int:
    """`svc power stayon …` keeps the screen on; `svc wifi|data …` has no radio to switch."""
    match call.arguments:
        case ["power", "stayon", how] if how in STAY_ON:
            # From Android 13 on `true` means the dock's power too.
            everywhere = "15" if call.phone.profile.sdk >= 33 else "7"
            call.phone.settings["global"]["stay_on_while_plugged_in"] = STAY_ON[how] or everywhere
        case ["power", *_]:
            return call.complain(POWER_USAGE, 0)
        case ["wifi" | "data" | "nfc" | "bluetooth", "enable" | "disable"]:
            pass
        case _:
            return call.complain("Available commands:\n    help\n    power\n    data\n    wifi", 0)
    return 0


COMMANDS: dict[str, Command] = {"input": press, "wm": wm, "svc": svc}
