"""ELNet beside each baseline in everything that is compared: the figures under the verdicts."""

from collections.abc import Mapping

from harness.results.records import Artifact
from harness.stats.claims import Claim, ClaimKey
from harness.units import format_bytes, format_kib
from reports.claim_words import claim_phone, claim_place, figure_form, standing_words
from reports.digest import RunDigest
from reports.shown import DASH, Heading, Shown, Table, format_ratio, shown, span

_HEADINGS: Mapping[ClaimKey, Heading] = {
    "computation": Heading("MACs", "ratio"),
    "parameters": Heading("Parameters", "ratio"),
    "latency": Heading("Latency", "ratio, 95 % interval"),
    "accuracy": Heading("Top-1", "points, 95 % interval"),
}


def beside_table(latency: Claim, run: RunDigest) -> Table:
    """A row a baseline, on the phone and with the thread count of a claim about latency."""
    claims = [
        claim
        for claim in run.claims
        if claim.subject_sha256 == latency.subject_sha256
        and claim.comparisons
        and (claim is latency or claim.key != "latency")
        and claim.phone_id in (None, latency.phone_id)
    ]
    subject = run.artifacts[latency.subject_sha256]
    headings = (
        Heading("Baseline", is_number=False),
        *(_HEADINGS[claim.key] for claim in claims),
        Heading("File", "ratio"),
        Heading("Peak memory", "ratio"),
    )
    rows = tuple(
        (
            Shown(run.labels[sha256], colour=run.colours[sha256]),
            *(_compared(claim, sha256) for claim in claims),
            _file_ratio(subject, run.artifacts[sha256]),
            _memory_ratio(latency, sha256, run),
        )
        for sha256 in (one.artifact_sha256 for one in latency.comparisons)
    )
    return Table(f"{latency.subject} beside each baseline: {claim_place(latency, run)}", headings, rows)


def _compared(claim: Claim, sha256: str) -> Shown:
    one = next(one for one in claim.comparisons if one.artifact_sha256 == sha256)
    if one.value is None or one.low is None or one.high is None:
        return Shown(DASH, one.missing["value"])
    form, words = figure_form(claim.key), standing_words(claim.key, one)
    interval = "" if one.low == one.high else f"{span(one.low, one.high, form)}, "
    return shown(one.value, form, note=f"{interval}{words}")


def _file_ratio(subject: Artifact, baseline: Artifact) -> Shown:
    if not baseline.file_bytes:
        return Shown(DASH, "an empty file")
    note = f"{format_bytes(subject.file_bytes)} to {format_bytes(baseline.file_bytes)}"
    return shown(subject.file_bytes / baseline.file_bytes, format_ratio, note=note)


def _memory_ratio(latency: Claim, sha256: str, run: RunDigest) -> Shown:
    phone = claim_phone(latency, run)
    peaks = {
        cell.key.artifact_sha256: cell
        for cell in (phone.cells if phone else ())
        if cell.key.threads == latency.threads
    }
    ours, theirs = peaks.get(latency.subject_sha256), peaks.get(sha256)
    if ours is None or theirs is None:
        return Shown(DASH, "not planned")
    for one in (ours, theirs):
        if one.peak_kib is None:
            return Shown(DASH, one.missing["peak_kib"])
    assert ours.peak_kib is not None
    assert theirs.peak_kib is not None
    note = f"{format_kib(ours.peak_kib)} to {format_kib(theirs.peak_kib)}"
    return shown(ours.peak_kib / theirs.peak_kib, format_ratio, note=note)
