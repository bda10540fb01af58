"""Screen, keys and radios: `input`, `wm`, `svc`."""

from harness.virtual.system.commands.call import Call, Command

KEY_POWER, KEY_WAKEUP, KEY_SLEEP = (
    ("26", "KEYCODE_POWER"),
    ("224", "KEYCODE_WAKEUP"),
    ("223", "KEYCODE_SLEEP"),
)


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
    return 0


async def wm(call: Call) -> int:
    """`wm size`, `wm density`, `wm dismiss-keyguard`."""
    answers = {"size": "Physical size: 1080x2340", "density": "Physical density: 420"}
    if answer := answers.get(call.arguments[0] if call.arguments else ""):
        call.print(answer)
    return 0


async def svc(call: Call) -> int:
    """`svc power stayon …` keeps the screen on; `svc wifi|data …` has no radio to switch."""
    match call.arguments:
        case ["power", "stayon", how]:
            value = {"true": "7", "false": "0", "usb": "2", "ac": "1", "wireless": "4"}.get(how, "0")
            call.phone.settings["global"]["stay_on_while_plugged_in"] = value
        case ["wifi" | "data" | "nfc" | "bluetooth", "enable" | "disable"]:
            pass
        case _:
            return call.complain("Available commands: power, wifi, data", 1)
    return 0


COMMANDS: dict[str, Command] = {"input": press, "wm": wm, "svc": svc}
