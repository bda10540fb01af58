"""`elbench phone`: the virtual phone, for anyone without a phone at hand."""

import os
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from harness.cli.phone_record import record
from harness.cli.talk import say, show, show_json
from harness.errors import BadPlan, PhoneNotReady

if TYPE_CHECKING:
    from harness.virtual.engine_choice import EngineChoice
    from harness.virtual.profile import EngineName
    from harness.virtual.replayed import Overview
    from harness.virtual.server import Serving

app = typer.Typer(
    help="Phones that exist in software alone; every number from them is labelled virtual.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


app.command()(record)


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Port of the first phone on 127.0.0.1; 0 takes free ones.")] = 0,
    count: Annotated[int, typer.Option(help="How many phones; with --profile, how many of each.")] = 1,
    engine: Annotated[
        Literal["auto", "android", "lite", "arm64", "executorch", "modelled"],
        typer.Option(
            help="android: runs models in Android's own libraries; lite: in Python's lite interpreter; "
            "arm64: in those for arm64, emulated, without times; executorch: .pte files in ExecuTorch's; "
            "modelled: invents times; "
            "auto: android where it can be, else lite."
        ),
    ] = "auto",
    connect: Annotated[bool, typer.Option("--connect", help="Connect the adb server to them.")] = False,
    seed: Annotated[int, typer.Option(help="Which phones: the same seed gives the same ones.")] = 0,
    timing: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Timing of the engine modelled, in TOML.")
    ] = None,
    profile: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DIR|NAME", help="Replay a recorded phone instead of an invented one; may be repeated."
        ),
    ] = None,
    faults: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What goes wrong on purpose, in TOML.")
    ] = None,
) -> None:
    """Serve virtual phones until Ctrl-C; prints the address of each."""
    from harness.virtual.server import ServeSettings, serve

    if not (1 <= count <= 100 and 0 <= port <= 65535):
        raise BadPlan(
            f"--count is {count} and --port {port}",
            remedy="use a count from 1 to 100 and a port from 0 to 65535",
            where="command line",
        )
    profiles = tuple(profile or ())
    settings = ServeSettings(
        engine=_engine(engine, profiles),
        count=count,
        port=port,
        seed=seed,
        timing=timing,
        faults=faults,
        profiles=profiles,
    )
    serve(settings, _connect_and_announce if connect else _announce)


def _engine(choice: "EngineChoice", profiles: tuple[str, ...]) -> "EngineName":
    """The engine that is meant; `auto` is `lite` for a phone with another processor than this computer."""
    from harness.virtual.engine_choice import resolve_engine
    from harness.virtual.replayed import runs_here

    foreign = [name for name in profiles if not runs_here(name)]
    if foreign and choice == "auto":
        say(f"Models run in the engine lite: {foreign[0]} has another processor than this computer.")
        return "lite"
    return resolve_engine(choice, say)


@app.command()
def profiles(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """List the recorded phones that elbench comes with, for `phone serve --profile NAME`."""
    from harness.virtual.profile_folder import shipped_profiles
    from harness.virtual.replayed import overview

    phones = {name: overview(folder) for name, folder in shipped_profiles().items()}
    if as_json:
        show_json([{"profile": name} | asdict(phone) for name, phone in phones.items()])
        return
    for name, phone in phones.items():
        show(f"{name:<{max(map(len, phones))}}  {_words(phone)}")


def _words(phone: "Overview") -> str:
    return f"{phone.name}: Android {phone.release}, {phone.chip}, {', '.join(phone.abis)}"


def _announce(serving: "Serving") -> None:
    for address in serving.addresses:
        show(address)
    say(f"{len(serving.addresses)} virtual phone(s) ready; connect with `adb connect`, end with Ctrl-C")


def _connect_and_announce(serving: "Serving") -> None:
    from harness.phone.server import AdbServer

    server = AdbServer.from_environment(os.environ)
    server.start()
    for address in serving.addresses:
        with suppress(*((PhoneNotReady,) if address in serving.locked else ())):
            server.connect(address)
        show(address)
    say(f"{len(serving.addresses)} virtual phone(s) connected; end with Ctrl-C")
