"""The claims of the ELNet paper's abstract, and what makes a verdict on one.

The abstract (Zhang, Liu, Chen, Computer Engineering and Design 45(2), 2024) claims less computation, fewer
parameters and a shorter inference time with accuracy kept, on Android phones. It names neither the networks
compared nor a figure, so a claim stands against every baseline, and one that it fails against is said.
How each claim is judged on a run is `judging`'s business.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.results.records import Artifact, Explained, Run
from harness.stats.setup import Setup

SUBJECT = "elnet_1.0"
BASELINES = (
    "mobilenet_v1",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "shufflenet_v1_x0_5",
    "shufflenet_v1_x1_0",
    "shufflenet_v2_x0_5",
    "shufflenet_v2_x1_0",
    "squeezenet1_1",
    "ghostnet",
    "efficientnet_lite0",
)
"""What a light network of 2024 is measured against, by catalogue name."""

ClaimKey = Literal["computation", "parameters", "latency", "accuracy", "phones"]
Standing = Literal["for", "against", "undecided", "unknown"]
Verdict = Literal["holds", "holds in part", "does not hold", "not decided", "not measured"]

CLAIM_WORDS: Mapping[ClaimKey, str] = {
    "computation": "Less computation",
    "parameters": "Fewer parameters",
    "latency": "Shorter inference time",
    "accuracy": "Accuracy kept",
    "phones": "On Android phones",
}
"""The abstract's claims in its order."""


_NO_ARCHITECTURE = ("input", "classes", "weights")
_OPTION_START = re.compile(r",(?=[a-z]+=)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Explained):
    """ELNet beside one baseline under one claim."""

    artifact_sha256: str
    """The baseline's model file."""
    baseline: str
    """Its model name."""
    standing: Standing
    """What the figure says of the claim; `unknown` without one."""
    value: float | None
    """ELNet's figure divided by the baseline's; for accuracy, top-1 less the baseline's, from -1 to 1."""
    low: float | None
    """Lower end of the 95 % interval; of what is counted exactly, the value itself."""
    high: float | None
    """Upper end of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Explained):
    """One claim with its verdict."""

    key: ClaimKey
    """Which claim."""
    subject_sha256: str
    """Model file of the ELNet that is judged."""
    subject: str
    """Its model name."""
    setup: Setup
    """Setup of everything compared."""
    phone_id: str | None
    """The phone; None for what the models are on any."""
    threads: int | None
    """The thread count; None for what does not depend on it."""
    data: str | None
    """Images that accuracy was measured on."""
    verdict: Verdict
    """The answer."""
    text: str
    """The answer in words: `holds against 2 of 3 (a, b)`, `not measured (why)`."""
    comparisons: tuple[Comparison, ...]
    """What it rests on, one a baseline."""


def is_subject(artifact: Artifact) -> bool:
    """Whether a model file is the ELNet that the claims are about."""
    return artifact.source == "catalogue" and network(artifact.model) == SUBJECT


def is_papers_comparison(run: Run) -> bool:
    """Whether a run holds ELNet-1.0 and every one of BASELINES."""
    held = {network(artifact.model) for artifact in run.artifacts}
    return held >= {SUBJECT, *BASELINES}


def is_baseline(artifact: Artifact) -> bool:
    """Whether a model file is one to compare with: no ELNet of any width or option."""
    return not network(artifact.model).startswith("elnet_")


def network(model: str) -> str:
    """The model's name without what is no part of its architecture: input, classes and weights."""
    name, _, options = model.partition("@")
    kept = [one for one in _OPTION_START.split(options) if one.partition("=")[0] not in _NO_ARCHITECTURE]
    return f"{name}@{','.join(kept)}" if any(kept) else name


def compared(baseline: Artifact, value: float, low: float, high: float, standing: Standing) -> Comparison:
    """A comparison with a figure."""
    return Comparison(
        artifact_sha256=baseline.sha256,
        baseline=baseline.model,
        standing=standing,
        value=value,
        low=low,
        high=high,
    )


def not_compared(baseline: Artifact, reason: str) -> Comparison:
    """A comparison without one."""
    return Comparison(
        artifact_sha256=baseline.sha256,
        baseline=baseline.model,
        standing="unknown",
        value=None,
        low=None,
        high=None,
        missing=dict.fromkeys(("value", "low", "high"), reason),
    )


def verdict_on(comparisons: Sequence[Comparison], why_none: str) -> tuple[Verdict, str]:
    """The verdict that comparisons give, and its words.

    Args:
        comparisons: with every baseline that the claim is about.
        why_none: what to say where there are none.
    """
    standings = {one.standing for one in comparisons}
    if standings == {"for"}:
        return "holds", "holds"
    if "for" in standings:
        won = [one.baseline for one in comparisons if one.standing == "for"]
        return "holds in part", f"holds against {len(won)} of {len(comparisons)} ({', '.join(_short(won))})"
    if "against" in standings:
        return "does not hold", "does not hold"
    if "undecided" in standings:
        return "not decided", "not decided"
    reasons = dict.fromkeys(one.missing["value"] for one in comparisons)
    return "not measured", f"not measured ({'; '.join(reasons) or why_none})"


def _short(names: Sequence[str]) -> Sequence[str]:
    """Names of the networks, where these alone tell them apart."""
    short = [network(name) for name in names]
    return short if len(set(short)) == len(short) else names
