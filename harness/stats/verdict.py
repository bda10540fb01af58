"""One verdict, as it is shown: what was asked, the ratio with its interval, the answer and its words."""

from dataclasses import dataclass
from typing import Literal

from harness.results.records import Explained, Finding, MetricName
from harness.stats.estimate import Estimate
from harness.stats.metrics import METRICS

VerdictName = Literal["regressed", "improved", "equivalent", "inconclusive"]
VERDICTS: tuple[VerdictName, ...] = ("regressed", "improved", "equivalent", "inconclusive")
"""By the numbers that `rule` gives them, which is the order in which they are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Explained):
    """The answer for one metric of one model beside the baseline, on one phone with one thread count."""

    phone_id: str
    """The phone."""
    threads: int
    """The thread count."""
    baseline_sha256: str
    """Model file of the baseline."""
    candidate_sha256: str
    """Model file that is judged."""
    metric: MetricName | Literal["size"]
    """What is compared; the size of the file is exact and needs no launch."""
    verdict: VerdictName
    """The answer."""
    ratio: Estimate
    """Candidate over baseline, with the interval that holds at whichever look the comparison stopped; its
    `count` is the number of pairs; of two runs, the launches of the one that has fewer."""
    margin: float
    """δ: the share by which a difference must exceed none to matter on this phone."""
    p: float | None
    """Valid at whichever look one stops, and adjusted for all cells of the run."""
    futile: bool
    """Whether more pairs would hardly bring a verdict."""
    reason: str
    """Why there is no verdict yet; empty where there is one."""
    findings: tuple[Finding, ...] = ()
    """What a reader must know before believing it."""

    @property
    def is_decided(self) -> bool:
        """Whether there is an answer."""
        return self.verdict != "inconclusive"

    @property
    def words(self) -> str:
        """The answer in words: `regressed, 5.1 % slower`, `equivalent, 1.2 % slower`, `equivalent`."""
        shift = self.shift
        if self.verdict == "inconclusive":
            return f"inconclusive ({self.reason})"
        return f"{self.verdict}, {shift}" if shift else self.verdict

    @property
    def shift(self) -> str:
        """The difference where it is surely one, `5.1 % slower`; else empty."""
        if self.ratio.value is None or self.ratio.includes(1.0) is not False:
            return ""
        larger, smaller = ("larger", "smaller") if self.metric == "size" else _words_of(self.metric)
        return f"{_share_words(abs(self.ratio.value - 1))} {larger if self.ratio.value > 1 else smaller}"


def _share_words(share: float) -> str:
    if share < 0.0001:
        return "less than 0.01 %"
    return f"{100 * share:.{1 if share >= 0.001 else 2}f} %"


def _words_of(metric: MetricName) -> tuple[str, str]:
    return METRICS[metric].larger, METRICS[metric].smaller
