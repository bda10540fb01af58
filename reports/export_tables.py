"""How the models were made into files: what each rewrite did, and how 8-bit models came by their ranges."""

from collections.abc import Sequence

from harness.results.records import Artifact, Quantisation, RewriteOutcome
from harness.stats.accuracy import share
from reports.accuracy_tables import percent_interval
from reports.digest import RunDigest
from reports.shown import (
    DASH,
    Heading,
    Shown,
    Table,
    format_error,
    format_percent,
    shown,
    shown_field,
)


def rewrites_table(run: RunDigest) -> Table | None:
    """A row for each rewrite of each model, in the order of the recipe; None where no record has any."""
    rewritten = [artifact for artifact in run.artifacts.values() if artifact.rewrites]
    if not rewritten:
        return None
    headings = (
        Heading("Model", is_number=False),
        Heading("Recipe", is_number=False),
        Heading("Rewrite", is_number=False),
        Heading("Places"),
        Heading("Error after it", "relative"),
        Heading("Outcome", is_number=False),
    )
    rows = tuple(
        _rewrite_row(artifact, outcome, run) for artifact in rewritten for outcome in artifact.rewrites
    )
    return Table("What each rewrite did", headings, rows)


def quantisation_table(run: RunDigest) -> Table | None:
    """A row for each 8-bit model; None where there is none."""
    headings = (
        Heading("Model", is_number=False),
        Heading("Ranges taken from", is_number=False),
        Heading("Compared on", "other images"),
        Heading("Same class as float32", "%"),
        Heading("Top-1", "%, 95 % interval"),
        Heading("Top-1 of float32", "%, 95 % interval"),
    )
    rows = tuple(
        _quantisation_row(artifact, one, run)
        for artifact in run.artifacts.values()
        for one in artifact.quantisation
    )
    return Table("8-bit models", headings, rows) if rows else None


def _rewrite_row(artifact: Artifact, outcome: RewriteOutcome, run: RunDigest) -> tuple[Shown, ...]:
    return (
        Shown(run.labels[artifact.sha256], colour=run.colours[artifact.sha256]),
        Shown(artifact.recipe),
        Shown(outcome.name),
        Shown(str(outcome.places)),
        shown_field(outcome, "error", format_error),
        _outcome(outcome),
    )


def _outcome(outcome: RewriteOutcome) -> Shown:
    if outcome.dropped:
        return Shown("taken back", outcome.dropped)
    return Shown("kept" if outcome.places else "nothing to do")


def _quantisation_row(artifact: Artifact, one: Quantisation, run: RunDigest) -> tuple[Shown, ...]:
    return (
        Shown(run.labels[artifact.sha256], colour=run.colours[artifact.sha256]),
        Shown(one.calibration),
        Shown(str(one.images)),
        shown(one.agreement, format_percent),
        _right(one, "top1_right"),
        _right(one, "float_top1_right"),
    )


def _right(one: Quantisation, name: str) -> Shown:
    right: int | None = getattr(one, name)
    if right is None:
        return Shown(DASH, one.missing[name])
    try:
        found = share(right, one.images)
    except ValueError as error:
        return Shown(DASH, str(error))
    return Shown(format_percent(found.value), percent_interval(found), found.value)


def untouched(run: RunDigest) -> Sequence[str]:
    """Models of which no rewrite is on record."""
    return [run.labels[artifact.sha256] for artifact in run.artifacts.values() if not artifact.rewrites]
