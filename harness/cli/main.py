"""The `elbench` command: one module per sub-command, heavy imports inside their functions.

Every error ends here as one line on stderr with its exit code; `--debug` shows the traceback as well.
"""

import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from types import FrameType
from typing import Annotated

import typer
from typer.exceptions import TyperException

from harness.cli import (
    calibrate,
    compare,
    count,
    devices,
    export,
    models,
    paper,
    phone,
    plan,
    preflight,
    report,
    restore,
    run,
    train,
)
from harness.cli.talk import say, show
from harness.errors import ElbenchError, Interrupted

EXIT_BUG = 70

app = typer.Typer(
    name="elbench",
    help="Benchmarks of ELNet and its baselines on real Android phones: export, push, measure, report.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command()(run.run)
app.command()(compare.compare)
app.command()(calibrate.calibrate)
app.command()(plan.plan)
app.command()(devices.devices)
app.command()(models.models)
app.command()(export.export)
app.command()(preflight.preflight)
app.command()(count.count)
app.command()(paper.paper)
app.command()(train.train)
app.command()(report.report)
app.command()(restore.restore)
app.add_typer(phone.app, name="phone")


def _print_version(wanted: bool) -> None:
    if wanted:
        show(f"elbench {version('elbench')}")
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Options that every command has; both are handled before a command starts."""


def main() -> None:
    """Entry point of the installed command."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        with _termination_as_interrupt():
            exit_code: int = app(arguments, standalone_mode=False) or 0
    except ElbenchError as error:
        return _fail(str(error), error.exit_code, arguments)
    except TyperException as error:
        return _fail(f"{error.format_message()} See elbench --help.", error.exit_code, arguments)
    except Exception as error:  # noqa: BLE001  the outermost place: whatever comes here is a bug of elbench
        line = f"a bug in elbench: {type(error).__name__}: {error}. Run again with --debug and report it."
        return _fail(line, EXIT_BUG, arguments)
    if exit_code == Interrupted.exit_code:  # typer's answer to a KeyboardInterrupt, without a word
        say("elbench: interrupted. Run the same command again.")
    return exit_code


def _fail(line: str, exit_code: int, arguments: list[str]) -> int:
    if "--debug" in arguments:
        traceback.print_exc()
    say(f"elbench: {line}")
    return exit_code


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """SIGTERM and a closed terminal end a command as Ctrl-C does: orderly, with phones put back.

    What is ignored on purpose, as under nohup, stays ignored.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, interrupt)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
