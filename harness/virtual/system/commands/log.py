"""`logcat`: show or clear the phone's log."""

from harness.virtual.system.commands.call import Call, Command


async def logcat(call: Call) -> int:
    """`-d` shows everything, `-t N` the last N lines, `-c` clears; without these it waits for the host."""
    if call.has_option("-c"):
        call.phone.log.clear()
        return 0
    lines = call.phone.log.lines()
    if "-t" in call.arguments:
        count = call.arguments[call.arguments.index("-t") + 1 :][:1]
        lines = lines[-int(count[0]) :] if count and count[0].isdecimal() else lines
    call.print("--------- beginning of main")
    for line in lines:
        call.print(line)
    if not call.has_option("-d", "-t"):
        await call.flush()
        await call.read_stdin()
    return 0


async def log(call: Call) -> int:
    """Write a line into the log."""
    call.phone.log.write("I", "log", " ".join(call.operands))
    return 0


COMMANDS: dict[str, Command] = {"logcat": logcat, "log": log}
