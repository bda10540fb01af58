"""`am`: starting an instrumentation in a fresh app process, and stopping apps; `dumpsys activity`."""

from android_runner.contract import INSTRUMENTATION
from harness.virtual.launcher import AppProcess
from harness.virtual.system.commands.call import Call, Command
from harness.virtual.system.endings import exit_info, instrumentation_result

OPTIONS_WITH_VALUE = ("--user", "--abi")
USAGE = "Activity manager (activity) commands: instrument, force-stop, start"


async def am(call: Call) -> int:
    """The activity manager."""
    actions = {"instrument": _instrument, "force-stop": _force_stop, "start": _start}
    action = actions.get(call.arguments[0]) if call.arguments else None
    if action is None:
        return call.complain(f"Unknown command: {call.arguments[0]}" if call.arguments else USAGE, 255)
    return await action(call)


async def _instrument(call: Call) -> int:
    """Run an instrumentation; with `-w` wait for its end and pass on what it says."""
    component, extras = _parse_instrument(call.arguments[1:])
    package = component.partition("/")[0]
    if component != INSTRUMENTATION or not call.phone.packages.find(package):
        return _not_found(call, component)
    app = await call.phone.launch(package, extras.get("request", ""))
    if call.has_option("-w"):
        await _pass_on(call, app)
    return 0


def _parse_instrument(arguments: list[str]) -> tuple[str, dict[str, str]]:
    extras: dict[str, str] = {}
    component = ""
    rest = iter(arguments)
    for argument in rest:
        if argument == "-e":
            name, value = next(rest, ""), next(rest, "")
            extras[name] = value
        elif argument in OPTIONS_WITH_VALUE:
            next(rest, "")
        elif not argument.startswith("-"):
            component = argument
    return component, extras


def _not_found(call: Call, component: str) -> int:
    problem = f"Unable to find instrumentation info for: ComponentInfo{{{component}}}"
    call.print("INSTRUMENTATION_STATUS: id=ActivityManagerService")
    call.print(f"INSTRUMENTATION_STATUS: Error={problem}")
    call.print("INSTRUMENTATION_STATUS_CODE: -1")
    return call.complain(f"android.util.AndroidException: INSTRUMENTATION_FAILED: {component}")


async def _pass_on(call: Call, app: AppProcess) -> None:
    """Print what the app says, and that it crashed if it could not say how it ended."""
    has_result = False
    while line := await app.next_line():
        has_result = has_result or line.startswith(b"INSTRUMENTATION_CODE")
        call.write(line)
        await call.flush()
    if not has_result:
        call.write(instrumentation_result(app.ending, sdk=call.phone.profile.sdk).encode())


async def _force_stop(call: Call) -> int:
    """End a package's processes."""
    for package in call.operands[1:]:
        call.phone.force_stop(package)
    return 0


async def _start(call: Call) -> int:
    """Start an activity; the virtual phone has none that shows anything."""
    call.print(f"Starting: Intent {{ {' '.join(call.arguments[1:])} }}")
    return 0


def dump_activity(call: Call, arguments: list[str]) -> str:
    """What `dumpsys activity` prints; of its many parts the virtual phone has `exit-info`."""
    part, package, *_ = *arguments, "", ""
    if part != "exit-info":
        return "ACTIVITY MANAGER ACTIVITIES (dumpsys activity activities)"
    phone = call.phone
    return exit_info(list(phone.exits), package, sdk=phone.profile.sdk, now=phone.clock.now())


COMMANDS: dict[str, Command] = {"am": am}
