"""`elbench plan`: planning a comparison: how many launches and minutes a phone needs to find a difference.

It measures nothing. The phone's noise is what `elbench calibrate` kept; what follows from it is simulated by
`harness.stats.planning`.
"""

import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.numbers import read_share
from harness.cli.talk import show, show_json
from harness.errors import BadPlan, UsageError
from harness.units import format_share

if TYPE_CHECKING:
    from harness.results.records import MetricName, PhoneNoise
    from harness.stats.planning import Wish
    from harness.stats.power import Cell


def plan(
    detect: Annotated[str, typer.Option(metavar="SHARE", help="Difference that is to be found, such as 5%.")],
    on: Annotated[
        list[str] | None,
        typer.Option(metavar="SERIAL", help="Phone, may be repeated; default: all that were calibrated."),
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            metavar="steady|p95|first|load|peak_memory",
            help="What is compared, may be repeated; default: steady alone.",
        ),
    ] = None,
    power: Annotated[
        str, typer.Option(metavar="SHARE", help="Share of comparisons that are to find it.")
    ] = "99%",
    margin: Annotated[
        str, typer.Option(metavar="SHARE", help="Smaller differences do not matter, as in compare.")
    ] = "3%",
    strict: Annotated[bool, typer.Option("--strict", help="Plan for elbench compare --strict.")] = False,
    max_pairs: Annotated[
        int, typer.Option(min=1, max=1000, metavar="N", help="Launches of each model at most.")
    ] = 40,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="Take the noise of this model, where it is known.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, max=64, metavar="N", help="Thread count.")] = 1,
    sd: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="Noise between launches by hand, such as 3%; asks no phone."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON on stdout.")] = False,
) -> None:
    """Say how many launches and minutes a comparison needs to find a difference; measures nothing."""
    from harness.stats.planning import Wish
    from harness.stats.power import cell_by_hand

    wish = Wish(
        difference=_share("--detect", detect, at_most=10),
        metrics=_metrics(metric or ["steady"]),
        power=_share("--power", power, at_most=0.999),
        margin=_share("--margin", margin, at_most=0.5),
        max_pairs=max_pairs,
    )
    asked: list[tuple[PhoneNoise | None, list[Cell]]]
    if sd is not None:
        _refuse_with_sd(on, model)
        cell = cell_by_hand(_share("--sd", sd, at_most=1), margin=wish.margin)
        asked = [(None, [cell] * len(wish.metrics))]
    else:
        known = _of_phones(on, model, threads) if on else _of_all(model, threads)
        asked = [(noise, _cells(noise, wish)) for noise in known]
    _answer(wish, asked, strict=strict, as_json=as_json)


def _metrics(names: Sequence[str]) -> "tuple[MetricName, ...]":
    from harness.stats.metrics import METRICS

    if unknown := [name for name in names if name not in METRICS]:
        raise BadPlan(
            f"--metric is {unknown[0]!r}", remedy=f"choose of {', '.join(METRICS)}", where="command line"
        )
    return tuple(name for name in METRICS if name in names)


def _share(option: str, text: str, *, at_most: float) -> float:
    share = read_share(option, text)
    if share is None or not 0 < share <= at_most:
        raise BadPlan(
            f"{option} is {text!r}",
            remedy=f"give a share above 0 and up to {100 * at_most:g}%",
            where="command line",
        )
    return share


def _refuse_with_sd(on: Sequence[str] | None, model: str | None) -> None:
    if on or model:
        raise BadPlan(
            "--sd is a noise given by hand, and that of a phone is wanted as well",
            remedy=f"leave out --sd or {'--on' if on else '--model'}",
            where="command line",
        )


def _of_phones(serials: Sequence[str], model: str | None, threads: int) -> "Sequence[PhoneNoise]":
    from harness.phone.discovery import choose, survey
    from harness.phone.facts import read_facts
    from harness.phone.server import AdbServer
    from harness.results.noise_store import known_noise

    server = AdbServer.from_environment(os.environ)
    server.start()
    found = []
    for serial in choose(survey(server), serials):
        phone = read_facts(server.transport(serial))
        noise = known_noise(phone.phone_id, engine=phone.engine, threads=threads, mode="burst", model=model)
        if noise is None:
            raise _unknown(f"the noise of {phone.name} ({phone.phone_id})", f" --on {serial}", threads)
        found.append(noise)
    return found


def _of_all(model: str | None, threads: int) -> "Sequence[PhoneNoise]":
    from harness.results.noise_store import all_noise, known_noise

    phones = dict.fromkeys(
        (one.phone_id, one.engine) for one in all_noise() if (one.threads, one.mode) == (threads, "burst")
    )
    found = (
        known_noise(phone_id, engine=engine, threads=threads, mode="burst", model=model)
        for phone_id, engine in phones
    )
    if not (known := [noise for noise in found if noise]):
        raise _unknown("no phone's noise", "", threads)
    return known


def _unknown(whose: str, on: str, threads: int) -> UsageError:
    known = "is known" if whose.startswith("no ") else "is not known"
    option = f" --threads {threads}" if threads > 1 else ""
    return UsageError(
        f"{whose} {known} with {threads} thread{'s' if threads > 1 else ''}",
        remedy=f"measure it with: elbench calibrate{on}{option}; or give it by hand with --sd 3%",
        where="plan",
    )


def _cells(noise: "PhoneNoise", wish: "Wish") -> "list[Cell]":
    from harness.stats.power import cell_of

    cells = []
    for metric in wish.metrics:
        cell = cell_of(noise, metric, margin=wish.margin)
        if cell is None:
            reasons = (one.missing["floor"] for one in noise.metrics if one.metric == metric)
            raise UsageError(
                f"the noise of {metric} is not known ({next(reasons, 'it was not measured')})",
                remedy="choose another --metric, or calibrate the phone again",
                where=noise.phone_id,
            )
        cells.append(cell)
    return cells


def _answer(
    wish: "Wish", asked: "Sequence[tuple[PhoneNoise | None, list[Cell]]]", *, strict: bool, as_json: bool
) -> None:
    from harness.stats.planning import outlook
    from reports.plan_lines import plan_lines

    answered = [(noise, cells, outlook(cells, wish)) for noise, cells in asked]
    if as_json:
        phones = [
            {
                "noise": asdict(noise) if noise else None,
                "cells": [asdict(cell) for cell in cells],
                **asdict(found),
            }
            for noise, cells, found in answered
        ]
        show_json({"wanted": asdict(wish), "phones": phones})
        return
    metrics = "".join(f" --metric {name}" for name in wish.metrics)
    options = f"{metrics} --max-pairs {wish.max_pairs}{' --strict' if strict else ''}"
    show(f"Planning `elbench compare A B{options}` to find {format_share(wish.difference)}")
    for noise, cells, found in answered:
        show("")
        show("\n".join(plan_lines(wish, noise, cells, found, strict=strict)))
