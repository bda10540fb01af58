"""`elbench count`: instructions of the phones' arm64 code, exact and without a phone; the gate on them."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.numbers import read_shape
from harness.cli.options import InputShape
from harness.cli.talk import say, show, show_json

if TYPE_CHECKING:
    from harness.counts.baseline import Comparison, OperatorChange
    from harness.results.records import Count, OperatorCount

EXIT_GREW = 1
EXIT_UNDECIDED = 3
MOST_CHANGES = 10
"""Operators named under a count that changed."""
WORTH_A_WORD = 0.005
"""Share of layout copies in an operator from which on it is shown."""


def count(
    names: Annotated[
        list[str], typer.Argument(metavar="MODEL|FILE...", help="Catalogue names or model files.")
    ],
    core: Annotated[str, typer.Option(metavar="CORE,CORE", help="Arm cores whose kernels run.")] = "a55,a76",
    by_operator: Annotated[
        bool, typer.Option("--by-operator", help="Show what each operator of the model costs.")
    ] = False,
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Earlier --json output; exit code 1 if a model costs more now."),
    ] = None,
    recipe: Annotated[str, typer.Option(help="Export recipe: fast or documented.")] = "fast",
    seed: Annotated[
        int, typer.Option(min=0, max=2**63 - 1, help="Seed of the weights and of the proof's input.")
    ] = 0,
    input_shape: InputShape = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Count again what was counted before.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Count the instructions that phones' arm64 code executes for one forward: exact, and no latency."""
    shape = read_shape(input_shape)
    from harness.counts.baseline import SCHEMA, compare_with, read_counts
    from harness.counts.obtain import ready_to_count
    from harness.export.cache import ArtifactCache
    from harness.export.identify import identify
    from harness.export.obtain import obtain

    before = read_counts(baseline) if baseline else None
    counting = ready_to_count(tuple(dict.fromkeys(name.strip() for name in core.split(","))))
    models = obtain(
        identify(names, say=say),
        cache=ArtifactCache.default(),
        seed=seed,
        recipe=recipe,
        input_shape=shape,
        say=say,
    )
    counts = counting.counts_of(models, fresh=fresh, say=say)
    if as_json:
        show_json({"schema": SCHEMA, "counts": [asdict(one) for one in counts]})
    else:
        _show(counts, by_operator=by_operator)
    if before is not None:
        _judge(compare_with(before, counts))


def _show(counts: "Sequence[Count]", *, by_operator: bool) -> None:
    names = max(len("model"), *(len(one.model) for one in counts))
    recipes = max(len("recipe"), *(len(one.recipe) for one in counts))
    heading = f"{'model':<{names}}  {'recipe':<{recipes}}  core    Minstr"
    show(f"{heading}  {'  '.join(f'{name:>7}' for name in _SHARES)}    error")
    for one in counts:
        named = (
            f"{one.model:<{names}}  {one.recipe:<{recipes}}  {one.core:<4}  {one.instructions / 1e6:>8.3f}"
        )
        show(f"{named}  {_shares(one)}  {one.output_error:.1e}")
        if by_operator:
            _show_operators(one.operators, one.instructions)
    for model, note in dict.fromkeys((one.model, one.note) for one in counts if one.note):
        show(f"{model}: {note}")
    show("Millions of instructions of one forward, and what they are spent on; no latency.")
    for runtime, emulator in dict.fromkeys((one.runtime, one.emulator) for one in counts):
        show(f"{runtime}, executed by {emulator}.")


_SHARES = {"XNNPACK": "xnnpack", "copies": "layout_copies", "libm": "libm", "rest": None}


def _shares(one: "Count") -> str:
    told = sum(one.parts[part] for part in _SHARES.values() if part)
    spent = (one.parts[part] if part else one.instructions - told for part in _SHARES.values())
    return "  ".join(f"{instructions / one.instructions:>7.1%}" for instructions in spent)


def _show_operators(operators: "Sequence[OperatorCount]", total: int) -> None:
    for number, one in enumerate(operators, start=1):
        share = one.layout_copies / one.instructions
        copies = f", {share:.0%} copies" if share >= WORTH_A_WORD else ""
        show(
            f"{number:>5}  {one.instructions / 1e6:>8.3f}  {one.instructions / total:>6.1%}"
            f"  {_called(one.operator, one.layer, one.inputs)}{copies}"
        )


def _called(operator: str, layer: str, inputs: "Sequence[Sequence[int]]") -> str:
    """`1×1 conv 64 → 64, 4 groups (1×64×28×28)`, or the operator's name where no layer is known."""
    shapes = ", ".join("×".join(map(str, shape)) for shape in inputs)
    return f"{layer or operator} ({shapes})"


def _judge(comparisons: "Sequence[Comparison]") -> None:
    """Say what changed, and end with the exit code of the gravest."""
    for one in comparisons:
        say(f"{one.count.model} on {one.count.core}: {_verdict(one)}")
        if one.change != "unchanged":
            _say_changes(one.operators)
    changes = {one.change for one in comparisons}
    if "grew" in changes:
        raise typer.Exit(EXIT_GREW)
    if "not comparable" in changes:
        raise typer.Exit(EXIT_UNDECIDED)


def _say_changes(operators: "Sequence[OperatorChange]") -> None:
    for change in operators[:MOST_CHANGES]:
        say(f"    {_operator_change(change)}")
    if len(operators) > MOST_CHANGES:
        say(f"    and {len(operators) - MOST_CHANGES} more that changed less")


def _verdict(one: "Comparison") -> str:
    if one.before is None or one.why:
        return f"not compared: {one.why}"
    if one.change == "unchanged":
        return f"unchanged, {one.count.instructions:,} instructions"
    by = one.count.instructions - one.before.instructions
    where = "" if one.operators else "; no operator changed, so it is what runs between them"
    if one.before.emulator != one.count.emulator:
        where += f"; counted by {one.before.emulator} before and by {one.count.emulator} now"
    return (
        f"{one.change} by {abs(by):,} instructions ({by / one.before.instructions:+.3%}),"
        f" {one.before.instructions:,} before, {one.count.instructions:,} now{where}"
    )


def _operator_change(change: "OperatorChange") -> str:
    name = f"{change.number} {_called(change.operator, change.layer, change.inputs)}"
    if change.before is None:
        return f"{name} came: {change.by:+,}"
    if change.now is None:
        return f"{name} went: {change.by:+,}"
    return f"{name}: {change.before:,} before, {change.now:,} now ({change.by:+,})"
