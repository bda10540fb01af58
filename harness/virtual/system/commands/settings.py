"""`settings`: the three tables of system settings."""

from harness.virtual.system.commands.call import Call, Command

USAGE = "Settings provider (settings) commands: get, put, delete, list [--user USER] NAMESPACE [KEY] [VALUE]"


async def settings(call: Call) -> int:
    """Read and change one setting, or list a table."""
    action, *rest = [a for a in _without_user(call.arguments) if not a.startswith("--")] or [""]
    table = call.phone.settings.get(rest[0]) if rest else None
    if table is None:
        return call.complain(f"Invalid namespace '{rest[0]}'" if rest else USAGE, 255)
    match action, rest[1:]:
        case "get", [key]:
            call.print(table.get(key, "null"))
        case "put", [key, value, *_]:
            table[key] = value
        case "delete", [key]:
            call.print(f"Deleted {int(table.pop(key, None) is not None)} rows")
        case "list", []:
            call.write("".join(f"{key}={table[key]}\n" for key in sorted(table)).encode())
        case _:
            return call.complain(USAGE, 255)
    return 0


def _without_user(arguments: list[str]) -> list[str]:
    if "--user" in arguments:
        at = arguments.index("--user")
        return arguments[:at] + arguments[at + 2 :]
    return arguments


COMMANDS: dict[str, Command] = {"settings": settings}
