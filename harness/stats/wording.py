"""The answers of a comparison in sentences, as page, terminal and JSON begin with them."""

from collections.abc import Iterator, Mapping, Sequence

from harness.results.records import PhoneFacts
from harness.stats.comparison import PhoneComparison
from harness.stats.headline import Headline
from harness.stats.metrics import METRICS
from harness.stats.verdict import VERDICTS, Verdict
from harness.units import format_share, printable


def comparison_headlines(
    phone: PhoneFacts, comparison: PhoneComparison, labels: Mapping[str, str], *, mode: str = ""
) -> tuple[Headline, ...]:
    """One for each thread count: what each candidate is beside the baseline, and how many pairs that took.

    Args:
        phone: the phone.
        comparison: how the comparison stands on it.
        labels: the models' names by sha256.
        mode: the mode in words where it is no burst.
    """
    by_threads: dict[int, list[Verdict]] = {}
    for one in comparison.verdicts:
        by_threads.setdefault(one.threads, []).append(one)
    return tuple(
        Headline(
            phone_id=phone.phone_id,
            threads=threads,
            setup=mode,
            is_virtual=phone.is_virtual,
            caveats=tuple(dict.fromkeys(finding.message for one in verdicts for finding in one.findings)),
            verdict=" ".join((*_answers(verdicts, labels), f"{_capital(comparison.words)}.")),
        )
        for threads, verdicts in by_threads.items()
    )


def metric_words(verdict: Verdict) -> str:
    """What was compared, for people."""
    return "file size" if verdict.metric == "size" else METRICS[verdict.metric].words


def answer(verdicts: Sequence[Verdict]) -> str:
    """The verdicts on one candidate with one thread count in one sentence without its full stop.

    `regressed: steady median 5.1 % slower (95 % interval 1.032 to 1.071, margin 3.0 %); equivalent: p95`. Of
    the file's size only a change is said.
    """
    said = [one for one in verdicts if one.metric != "size" or one.verdict != "equivalent"]
    alone = len(said) == 1
    parts = []
    for name in VERDICTS:
        if found := [one for one in said if one.verdict == name]:
            parts.append(
                f"{name}: {', '.join(_told(one, alone=alone) for one in found)}{_shared_reason(found)}"
            )
    return "; ".join(parts)


def _answers(verdicts: Sequence[Verdict], labels: Mapping[str, str]) -> Iterator[str]:
    for candidate in dict.fromkeys(one.candidate_sha256 for one in verdicts):
        own = [one for one in verdicts if one.candidate_sha256 == candidate]
        yield printable(f"{labels[candidate]} against {labels[own[0].baseline_sha256]}: {answer(own)}.")


def _shared_reason(verdicts: Sequence[Verdict]) -> str:
    """Why there is no verdict, where it is the same for all; else the table tells it of each."""
    reasons = {one.reason for one in verdicts}
    return f" ({reasons.pop()})" if len(reasons) == 1 and all(reasons) else ""


def _told(verdict: Verdict, *, alone: bool) -> str:
    words = " ".join(filter(None, (metric_words(verdict), verdict.shift)))
    if verdict.verdict == "inconclusive":
        return words
    if verdict.metric == "size":
        return f"{words} (exact, margin {format_share(verdict.margin)})"
    if verdict.verdict == "equivalent" and not alone:
        return words
    return f"{words} (95 % interval {_interval(verdict)}, margin {format_share(verdict.margin)})"


def _interval(verdict: Verdict) -> str:
    return f"{verdict.ratio.low:.3f} to {verdict.ratio.high:.3f}"


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
