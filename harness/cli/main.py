"""The `elbench` command: one module per sub-command, heavy imports inside their functions.

Every error ends here as one line on stderr with its exit code; `--debug` shows the traceback as well.
"""

import sys
import traceback
from importlib.metadata import version
from typing import Annotated

import typer
from typer.exceptions import TyperException

from harness.cli import devices, export, models, phone, report, run
from harness.cli.talk import say
from harness.errors import ElbenchError

EXIT_BUG = 70

app = typer.Typer(
    name="elbench",
    help="Benchmarks of ELNet and its baselines on real Android phones: export, push, measure, report.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command()(run.run)
app.command()(devices.devices)
app.command()(models.models)
app.command()(export.export)
app.command()(report.report)
app.add_typer(phone.app, name="phone")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"elbench {version('elbench')}")
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
        return app(arguments, standalone_mode=False) or 0
    except ElbenchError as error:
        return _fail(str(error), error.exit_code, arguments)
    except TyperException as error:
        return _fail(f"{error.format_message()} See elbench --help.", error.exit_code, arguments)
    except Exception as error:  # noqa: BLE001  the outermost place: whatever comes here is a bug of elbench
        line = f"a bug in elbench: {type(error).__name__}: {error}. Run again with --debug and report it."
        return _fail(line, EXIT_BUG, arguments)


def _fail(line: str, exit_code: int, arguments: list[str]) -> int:
    if "--debug" in arguments:
        traceback.print_exc()
    say(f"elbench: {line}")
    return exit_code
