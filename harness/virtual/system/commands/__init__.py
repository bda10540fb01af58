"""Every command of the phone's shell, by name: one small module for each kind of command.

A command is a coroutine from a `Call` to an exit status.
"""

from harness.virtual.system.commands import (
    activity,
    changing,
    conditions,
    dumpsys,
    identity,
    listing,
    log,
    packages,
    processes,
    reading,
    screen,
    scripts,
    settings,
    streams,
    text,
)
from harness.virtual.system.commands.call import Call, Command
from harness.virtual.system.commands.options import UnknownOption


async def which(call: Call) -> int:
    """Where a command lies."""
    found = [name for name in call.operands if name in COMMANDS]
    for name in found:
        call.print(f"/system/bin/{name}")
    return 0 if found else 1


COMMANDS: dict[str, Command] = {
    **activity.COMMANDS,
    **changing.COMMANDS,
    **conditions.COMMANDS,
    **dumpsys.COMMANDS,
    **identity.COMMANDS,
    **listing.COMMANDS,
    **log.COMMANDS,
    **packages.COMMANDS,
    **processes.COMMANDS,
    **reading.COMMANDS,
    **screen.COMMANDS,
    **scripts.COMMANDS,
    **settings.COMMANDS,
    **streams.COMMANDS,
    **text.COMMANDS,
    "which": which,
}


async def run(call: Call) -> int:
    """Run the command that the call names, and send all its output.

    An unknown name is status 127; an error of a file that the command did not catch is status 1.
    """
    name = call.argv[0].removeprefix("/system/bin/")
    command = COMMANDS.get(name)
    recorded = call.phone.profile.replay.answer(call.argv)
    if recorded is not None:
        await call.stdout(recorded.output)
        return recorded.status
    if command is None:
        status = call.complain(f"/system/bin/sh: {call.argv[0]}: inaccessible or not found", 127)
    else:
        try:
            status = await command(call)
        except UnknownOption as problem:
            status = call.complain(str(problem))
        except OSError as error:
            if isinstance(error, ConnectionError):
                raise
            status = call.complain_of(str(error.filename), error)
    await call.flush()
    return status
