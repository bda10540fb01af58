"""One exact metric of two model files: what it was, what it is, and the change in words.

What is compared with what, and which of it may be, is for `exact` to say.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from harness.results.records import Explained
from harness.units import format_significant, printable

ExactVerdict = Literal["equal", "larger", "smaller", "different", "not comparable"]
ExactMetric = Literal[
    "parameters",
    "macs",
    "file_bytes",
    "allocated_bytes",
    "allocations",
    "operators",
    "output",
    "instructions",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactChange(Explained):
    """One metric of a candidate against that of its baseline."""

    metric: ExactMetric
    """Which: a field of `Artifact`, of `Allocation` or of `Count`, or `output`."""
    baseline: int | tuple[str, ...] | None
    """A number; the names of operators; the different sha256 of outputs, one where all launches agree."""
    candidate: int | tuple[str, ...] | None
    """The same of the candidate."""
    verdict: ExactVerdict
    """`larger` and `smaller` are said of numbers, `different` of names and digests."""
    words: str
    """What changed, by how much; or why it cannot be said."""
    phone_id: str = ""
    """Of an output: the phone that both ran on; else empty."""
    where: str = ""
    """Of an output, its threads, `2 threads`; of instructions, the core, `core a76`; else empty."""

    @property
    def changed(self) -> bool:
        """Whether there is a difference; what cannot be compared has none that is known."""
        return self.verdict in ("larger", "smaller", "different")


def number_change(
    metric: ExactMetric,
    before: int | None,
    now: int | None,
    before_missing: str = "",
    now_missing: str = "",
    *,
    refused: str = "",
    where: str = "",
) -> ExactChange:
    """Compare two numbers.

    Args:
        metric: what they are.
        before: of the baseline.
        now: of the candidate.
        before_missing: why the baseline's is None; empty where it is not.
        now_missing: the same of the candidate.
        refused: why two numbers that are there do not compare; empty where they do.
        where: as in `ExactChange`.
    """
    verdict: ExactVerdict
    if before is None or now is None:
        reasons = dict.fromkeys(filter(None, (before_missing, now_missing)))
        verdict, words = "not comparable", f"not compared: {'; '.join(reasons)}"
    elif refused:
        verdict, words = "not comparable", f"not compared: {refused}"
    else:
        verdict, words = _size_verdict(before, now), _size_words(_WORDING[metric], before, now)
    missing = {"baseline": before_missing, "candidate": now_missing}
    return ExactChange(
        metric=metric,
        baseline=before,
        candidate=now,
        verdict=verdict,
        words=printable(words),
        where=where,
        missing={name: why for name, why in missing.items() if why},
    )


class _Wording(NamedTuple):
    """How a number's change is said; `{}` stands for the difference with its unit."""

    unit: str
    larger: str = "{} more"
    smaller: str = "{} fewer"


_WORDING: dict[ExactMetric, _Wording] = {
    "parameters": _Wording("parameter"),
    "macs": _Wording("MAC"),
    "file_bytes": _Wording("byte", "file is {} larger", "file is {} smaller"),
    "allocated_bytes": _Wording("byte", "one forward allocates {} more", "one forward allocates {} less"),
    "allocations": _Wording("allocation", "{} more in one forward", "{} fewer in one forward"),
    "instructions": _Wording("instruction"),
}


def _size_verdict(before: int, now: int) -> ExactVerdict:
    if now == before:
        return "equal"
    return "larger" if now > before else "smaller"


def _size_words(wording: _Wording, before: int, now: int) -> str:
    if now == before:
        return f"{counted(now, wording.unit)} in both"
    form = wording.larger if now > before else wording.smaller
    return form.format(counted(abs(now - before), wording.unit)) + _percent(before, now)


def counted(number: int, unit: str) -> str:
    """A number with its unit, whose plural is regular: `1 byte`, `1,204 bytes`."""
    return f"{number:,} {unit}" + ("" if number == 1 else "s")


def _percent(before: int, now: int) -> str:
    """` (+0.30 %)`; nothing where there was nothing before."""
    if before == 0:
        return ""
    sign = "+" if now > before else "\N{MINUS SIGN}"
    return f" ({sign}{format_significant(100 * abs(now - before) / before, 2)} %)"
