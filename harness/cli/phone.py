"""`elbench phone`: the virtual phone, for anyone without a phone at hand."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from harness.cli.talk import say, show
from harness.errors import BadPlan

if TYPE_CHECKING:
    from harness.virtual.server import Serving

app = typer.Typer(
    help="Phones that exist in software alone; every number from them is labelled virtual.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def phone() -> None:
    """Keep `serve` a sub-command although it is the only one."""


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Port of the first phone on 127.0.0.1; 0 takes free ones.")] = 0,
    count: Annotated[int, typer.Option(help="How many phones.")] = 1,
    engine: Annotated[
        Literal["auto", "android", "lite", "arm64", "modelled"],
        typer.Option(
            help="android: runs models in Android's own libraries; lite: in Python's lite interpreter; "
            "arm64: in those for arm64, emulated, without times; modelled: invents times; "
            "auto: android where it can be, else lite."
        ),
    ] = "auto",
    connect: Annotated[bool, typer.Option("--connect", help="Connect the adb server to them.")] = False,
    seed: Annotated[int, typer.Option(help="Which phones: the same seed gives the same ones.")] = 0,
    timing: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Timing of the engine modelled, in TOML.")
    ] = None,
) -> None:
    """Serve virtual phones until Ctrl-C; prints the address of each."""
    from harness.virtual.engine_choice import resolve_engine
    from harness.virtual.server import ServeSettings, serve

    if not (1 <= count <= 100 and 0 <= port <= 65535):
        raise BadPlan(
            f"--count is {count} and --port {port}",
            remedy="use a count from 1 to 100 and a port from 0 to 65535",
            where="command line",
        )
    settings = ServeSettings(
        engine=resolve_engine(engine, say), count=count, port=port, seed=seed, timing=timing
    )
    serve(settings, _connect_and_announce if connect else _announce)


def _announce(serving: "Serving") -> None:
    for address in serving.addresses:
        show(address)
    say(f"{len(serving.addresses)} virtual phone(s) ready; connect with `adb connect`, end with Ctrl-C")


def _connect_and_announce(serving: "Serving") -> None:
    from harness.phone.server import AdbServer

    server = AdbServer.from_environment(os.environ)
    server.start()
    for address in serving.addresses:
        server.connect(address)
        show(address)
    say(f"{len(serving.addresses)} virtual phone(s) connected; end with Ctrl-C")
