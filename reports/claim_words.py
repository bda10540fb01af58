"""How the parts of a claim are put into words: where it was judged, what a comparison says, its figures."""

from collections.abc import Callable, Mapping

from harness.stats.claims import Claim, ClaimKey, Comparison
from harness.stats.setup import setup_words
from reports.digest import PhoneDigest, RunDigest
from reports.names import phone_kind
from reports.shown import format_points, format_ratio

_STANDINGS: Mapping[ClaimKey, tuple[str, str]] = {
    "computation": ("less", "not less"),
    "parameters": ("fewer", "not fewer"),
    "latency": ("shorter", "longer"),
    "accuracy": ("kept", "lost"),
}
"""What a comparison that speaks for a claim, or against it, says."""


def claim_place(claim: Claim, run: RunDigest) -> str:
    """The phone, thread count, images and setup that a claim was judged with."""
    phone = claim_phone(claim, run)
    kind = phone_kind(phone.phone) if phone else ""
    parts = (
        f"{phone.name} ({kind})" if phone and kind else phone.name if phone else "the models, on any phone",
        f"{claim.threads} thread{'s' if claim.threads > 1 else ''}" if claim.threads else "",
        f"images: {claim.data}" if claim.data else "",
        setup_words(claim.setup, _told_apart_by(run)) if claim.comparisons else "",
    )
    return ", ".join(part for part in parts if part)


def _told_apart_by(run: RunDigest) -> tuple[str, ...]:
    return "inputs", *(name for name in run.differing if name != "inputs")


def claim_phone(claim: Claim, run: RunDigest) -> PhoneDigest | None:
    """The phone that a claim was judged on; None for what the models are on any."""
    return next((one for one in run.phones if one.phone.phone_id == claim.phone_id), None)


def standing_words(key: ClaimKey, comparison: Comparison) -> str:
    """What a comparison says under a claim: `shorter`, `longer`, `not decided`, `not measured`."""
    speaks_for, speaks_against = _STANDINGS[key]
    words = {"for": speaks_for, "against": speaks_against, "undecided": "not decided"}
    return words.get(comparison.standing, "not measured")


def figure_form(key: ClaimKey) -> Callable[[float], str]:
    """How the figures of a claim are written."""
    return format_points if key == "accuracy" else format_ratio
