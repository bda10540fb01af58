"""The table that answers what was asked: one row per model and thread count of a phone."""

from collections.abc import Callable, Sequence

from harness.results.records import Artifact
from harness.stats.comparison import PhoneComparison
from harness.stats.estimate import Estimate
from harness.stats.headline import by_latency
from harness.stats.ratio import paired_ratio
from harness.stats.setup import input_words, setup_of
from harness.stats.summary import CellSummary
from harness.units import format_count, format_ms, format_significant
from reports.accuracy_tables import shown_accuracy
from reports.count_tables import shown_count
from reports.digest import PhoneDigest, RunDigest
from reports.shown import (
    DASH,
    Heading,
    Shown,
    Table,
    format_error,
    format_mib,
    format_ratio,
    shown,
    shown_field,
)

_MODEL = (
    Heading("Model", is_number=False, in_terminal="model"),
    Heading("Threads", in_terminal="threads"),
)
_SETUP = {
    "inputs": Heading("Input", is_number=False, in_terminal="input"),
    "recipe": Heading("Recipe", is_number=False, in_terminal="recipe"),
    "precision": Heading("Precision", is_number=False, in_terminal="precision"),
    "runtime": Heading("Runtime", is_number=False, in_terminal="runtime"),
}
_LATENCY = (
    Heading("Latency", "ms, 95 % interval", in_terminal="latency, ms (95 % interval)"),
    Heading("To the fastest", "ratio, 95 % interval", in_terminal="to fastest"),
)
_ACCURACY = Heading("Top-1", "%, 95 % interval", in_terminal="top-1, %")
_COSTS = (
    Heading("95th percentile", "ms", in_terminal="p95, ms"),
    Heading("Load", "ms", in_terminal="load, ms"),
    Heading("First", "ms", in_terminal="first, ms"),
    Heading("Peak memory", "MiB, + above start", in_terminal="peak, MiB"),
    Heading("File", "MB"),
    Heading("Parameters"),
    Heading("MACs"),
)
_PROOF = (
    Heading("Output error", "relative"),
    Heading("Launches", "ok of planned", in_terminal="ok"),
)
_RECIPE = Heading("Recipe", is_number=False)


def results_table(digest: PhoneDigest, run: RunDigest) -> Table:
    """One row a cell; within each group the fastest first, those without a latency last.

    What tells setups apart stands beside the model; a recipe that all share stands at the end.
    """
    headings = (
        *_MODEL,
        *(_SETUP[name] for name in run.differing),
        *_LATENCY,
        *([_ACCURACY] if digest.evaluations else []),
        *_COSTS,
        *_counts(run),
        *_PROOF,
        *([] if "recipe" in run.differing else [_RECIPE]),
    )
    rows = tuple(
        _row(cell, digest, run, _fastest(group.cells))
        for group in digest.groups
        for cell in [*by_latency(group.cells), *(c for c in group.cells if c.latency_ns.value is None)]
    )
    return Table("Latency, memory and size", headings, rows)


def _counts(run: RunDigest) -> list[Heading]:
    return [
        Heading(f"Instructions on {core}", "millions", in_terminal=f"{core}, M instr.") for core in run.cores
    ]


def _fastest(cells: Sequence[CellSummary]) -> CellSummary | None:
    return next(iter(by_latency(cells)), None)


def _row(
    cell: CellSummary, digest: PhoneDigest, run: RunDigest, fastest: CellSummary | None
) -> tuple[Shown, ...]:
    artifact = run.artifacts[cell.key.artifact_sha256]
    label = run.labels[artifact.sha256]
    return (
        Shown(f"{label} †" if artifact.note else label, colour=run.colours[artifact.sha256]),
        shown(cell.key.threads, "{:.0f}".format),
        *_setup(artifact, run.differing),
        _latency(cell),
        _to_fastest(cell, fastest),
        *([shown_accuracy(digest.evaluated(artifact.sha256))] if digest.evaluations else []),
        shown_field(cell.p95_ns, "value", format_ms),
        shown_field(cell, "load_ns", format_ms),
        shown_field(cell, "first_ns", format_ms),
        _peak(cell),
        shown(artifact.file_bytes, lambda size: format_significant(size / 1e6)),
        *_sizes(artifact),
        *(shown_count(run.counts.get((artifact.sha256, core))) for core in run.cores),
        shown_field(cell, "output_error", format_error),
        _launches(cell, digest.comparison),
        *([] if "recipe" in run.differing else [Shown(artifact.recipe)]),
    )


def _setup(artifact: Artifact, names: Sequence[str]) -> list[Shown]:
    setup = setup_of(artifact)
    texts = {**setup._asdict(), "inputs": input_words(setup)}
    return [Shown(texts[name]) for name in names]


def _latency(cell: CellSummary) -> Shown:
    latency = cell.latency_ns
    return shown_field(latency, "value", format_ms, note=interval_text(latency, format_ms))


def interval_text(estimate: Estimate, form: Callable[[float], str]) -> str:
    """An estimate's interval, or why there is none."""
    if estimate.low is None or estimate.high is None:
        return estimate.missing["low"]
    return f"{form(estimate.low)} – {form(estimate.high)}"


def _to_fastest(cell: CellSummary, fastest: CellSummary | None) -> Shown:
    if fastest is None or cell.latency_ns.value is None:
        return Shown(DASH, cell.latency_ns.missing.get("value", ""))
    if cell is fastest:
        return Shown("1", "the fastest", 1.0)
    ratio = paired_ratio(cell.launches, fastest.launches)
    return shown_field(ratio, "value", format_ratio, note=interval_text(ratio, format_significant))


def _peak(cell: CellSummary) -> Shown:
    above_kib = cell.peak_above_start_kib
    above = "" if above_kib is None else f"+{format_mib(above_kib)}"
    return shown_field(cell, "peak_kib", format_mib, note=above or cell.missing["peak_above_start_kib"])


def _sizes(artifact: Artifact) -> tuple[Shown, Shown]:
    return shown_field(artifact, "parameters", format_count), shown_field(artifact, "macs", format_count)


def _launches(cell: CellSummary, comparison: PhoneComparison | None) -> Shown:
    not_run = "not needed" if comparison and comparison.is_over else "not run"
    notes = (
        f"{cell.failed} failed or invalid" if cell.failed else "",
        f"{cell.not_run} {not_run}" if cell.not_run else "",
    )
    text = f"{cell.ok} of {cell.planned}"
    return Shown(text, ", ".join(note for note in notes if note), float(cell.ok))
