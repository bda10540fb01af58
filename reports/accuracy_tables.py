"""Accuracy as readers see it: a cell of the results table, and a phone's table of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.results.records import Artifact, Evaluation
from harness.stats.accuracy import Share, host_top1, top1, top5
from harness.stats.setup import input_words, setup_of
from reports.digest import PhoneDigest, RunDigest
from reports.findings import outcome_words
from reports.shown import DASH, Heading, Shown, Table, format_percent, shown_field

NOT_EVALUATED = "not evaluated"
_WEIGHTS_LENGTH = 20


def shown_accuracy(evaluations: Sequence[Evaluation]) -> Shown:
    """One model's top-1 accuracy with the images that it was measured on; the first, where there are more."""
    if not evaluations:
        return Shown(DASH, NOT_EVALUATED)
    first = evaluations[0]
    share, reason = top1(first)
    if share is None:
        return Shown(DASH, _why(reason, first))
    return Shown(format_percent(share.value), f"{first.data.name}, {percent_interval(share)}", share.value)


def percent_interval(share: Share) -> str:
    """The interval of a share in percent, without the sign."""
    return f"{format_percent(share.low)} – {format_percent(share.high)}"


def accuracy_table(phone: PhoneDigest, run: RunDigest) -> Table | None:
    """A row for each model and set of images; None where nothing was evaluated."""
    if not phone.evaluations:
        return None
    rows = tuple(_row(run.artifacts[one.artifact_sha256], one, run) for one in phone.evaluations)
    return Table("Accuracy on labelled images", _HEADINGS, rows)


def not_evaluated(phone: PhoneDigest, run: RunDigest) -> tuple[str, ...]:
    """Models of which the phone was asked for no accuracy."""
    return tuple(run.labels[sha256] for sha256 in run.artifacts if not phone.evaluated(sha256))


@dataclass(frozen=True, slots=True)
class FailedEvaluation:
    """An evaluation that gave no accuracy."""

    model: str
    data: str
    reason: str
    """What happened, in words."""
    evidence: str
    """What was seen, as the phone said it."""


def failed_evaluations(phone: PhoneDigest, run: RunDigest) -> tuple[FailedEvaluation, ...]:
    """Evaluations that ended otherwise than well, with the evidence."""
    return tuple(
        FailedEvaluation(
            run.labels[one.artifact_sha256], one.data.name, outcome_words(one.outcome), one.evidence
        )
        for one in phone.evaluations
        if one.outcome != "ok"
    )


_HEADINGS = (
    Heading("Model", is_number=False),
    Heading("Images", "data, count", is_number=False),
    Heading("Input", is_number=False),
    Heading("Top-1", "%, 95 % interval"),
    Heading("Top-5", "%, 95 % interval"),
    Heading("Top-1 on the host", "%, eager PyTorch"),
    Heading("Same class as the host", "images"),
    Heading("Took", "s"),
    Heading("Weights", is_number=False),
)


def _row(artifact: Artifact, evaluation: Evaluation, run: RunDigest) -> tuple[Shown, ...]:
    return (
        _name(artifact, run),
        Shown(evaluation.data.name, f"{evaluation.data.images} images"),
        Shown(input_words(setup_of(artifact))),
        _share(top1(evaluation), evaluation),
        _share(top5(evaluation), evaluation),
        _share(host_top1(evaluation), evaluation),
        _equal(evaluation),
        shown_field(evaluation, "wall_ns", lambda wall_ns: f"{wall_ns / 1e9:.1f}"),
        Shown(_cut(artifact.weights)),
    )


def _cut(weights: str) -> str:
    """Enough of a hash to tell two apart; the whole one stands among the model files."""
    return weights if len(weights) <= _WEIGHTS_LENGTH else f"{weights[:_WEIGHTS_LENGTH]}…"


def _name(artifact: Artifact, run: RunDigest) -> Shown:
    return Shown(run.labels[artifact.sha256], colour=run.colours[artifact.sha256])


def _share(found: tuple[Share | None, str], evaluation: Evaluation) -> Shown:
    share, reason = found
    if share is None:
        return Shown(DASH, _why(reason, evaluation))
    return Shown(format_percent(share.value), percent_interval(share), share.value)


def _equal(evaluation: Evaluation) -> Shown:
    if evaluation.outcome != "ok":
        return Shown(DASH)
    if evaluation.equal_predictions is None:
        return Shown(DASH, evaluation.missing["equal_predictions"])
    equal, images = evaluation.equal_predictions, evaluation.data.images
    return Shown(f"{equal} of {images}", "" if equal == images else f"{images - equal} differ", float(equal))


def _why(reason: str, evaluation: Evaluation) -> str:
    return outcome_words(reason) if evaluation.outcome != "ok" else reason
