"""`settings`: the three tables of system settings, with the words of each era.

Sources: AOSP frameworks/base, cmds/settings/SettingsCmd.java (Android 5 to 7, a program of its own that
always exits with 0) and packages/SettingsProvider/…/SettingsService.java (from 8 on, a service's command).
"""

from harness.virtual.system.commands.call import Call, Command

TABLES = ("system", "secure", "global")
OWNERS = ("0", "current", "cur")
"""What `--user` may name: this phone has one user."""
FIRST_SERVICE_SDK, FIRST_LIST_SDK = 26, 23

OLD_USAGE = """usage:  settings [--user NUM] get namespace key
        settings [--user NUM] put namespace key value
        settings [--user NUM] delete namespace key

'namespace' is one of {system, secure, global}, case-insensitive
If '--user NUM' is not given, the operations are performed on the owner user."""
HELP = """Settings provider (settings) commands:
  help
      Print this help text.
  get [--user <USER_ID> | current] NAMESPACE KEY
      Retrieve the current value of KEY.
  put [--user <USER_ID> | current] NAMESPACE KEY VALUE [TAG] [default]
      Change the contents of KEY to VALUE.
  delete [--user <USER_ID> | current] NAMESPACE KEY
      Delete the entry for KEY.
  list [--user <USER_ID> | current] NAMESPACE
      Print all defined keys.
      NAMESPACE is one of {system, secure, global}, case-insensitive"""


class _Refused(Exception):
    """Words for the standard error."""


async def settings(call: Call) -> int:
    """Read and change one setting, or list a table."""
    is_service = call.phone.profile.sdk >= FIRST_SERVICE_SDK
    if is_service and call.arguments[:1] in ([], ["help"], ["-h"]):
        call.print(HELP)
        return 0 if call.arguments else 255
    try:
        _act(call, *_parsed(call))
    except _Refused as refused:
        if is_service:
            return call.complain(str(refused), 255)
        return call.complain("\n".join(filter(None, (str(refused), OLD_USAGE))), 0)
    return 0


def _parsed(call: Call) -> tuple[str, dict[str, str], list[str]]:
    """The verb, the table, and what stands behind them."""
    words = _without_user(call.arguments)
    verb = words[0].lower() if words else ""
    verbs = ("get", "put", "delete", *(["list"] if call.phone.profile.sdk >= FIRST_LIST_SDK else []))
    if verb not in verbs:
        raise _Refused(f"Invalid command: {words[0]}" if words else "")
    if len(words) < 2:
        raise _Refused("Bad arguments" if call.phone.profile.sdk >= FIRST_SERVICE_SDK else "")
    if words[1].lower() not in TABLES:
        raise _Refused(f"Invalid namespace '{words[1]}'")
    return verb, call.phone.settings[words[1].lower()], words[2:]


def _without_user(arguments: list[str]) -> list[str]:
    if "--user" not in arguments:
        return arguments
    at = arguments.index("--user")
    user = "".join(arguments[at + 1 : at + 2])
    if user not in OWNERS:
        raise _Refused(f"Bad user number: {user}" if not user.isdecimal() else f"Invalid user: {user}")
    return arguments[:at] + arguments[at + 2 :]


def _act(call: Call, verb: str, table: dict[str, str], rest: list[str]) -> None:
    match verb, rest:
        case "get", [key]:
            call.print(table.get(key, "null"))
        case "put", [key, value]:
            table[key] = value
        case "put", [key, value, _tag, *more] if more in ([], ["default"]):
            table[key] = value
        case "delete", [key]:
            call.print(f"Deleted {int(table.pop(key, None) is not None)} rows")
        case "list", _:
            call.write("".join(f"{key}={table[key]}\n" for key in sorted(table)).encode())
        case ("get" | "delete", [_, _, *_]) | ("put", [_, _, _, *_]):
            raise _Refused("Too many arguments")
        case _:
            raise _Refused("Bad arguments" if call.phone.profile.sdk >= FIRST_SERVICE_SDK else "")


COMMANDS: dict[str, Command] = {"settings": settings}
