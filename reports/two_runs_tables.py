"""Two runs beside each other, for the terminal and as JSON."""

from collections.abc import Sequence
from typing import Any

from harness.results.records import PhoneFacts
from harness.stats.exact import compare_exactly
from harness.stats.two_runs import Answered, Match, Measured
from harness.stats.verdict import Verdict
from harness.stats.wording import answer, metric_words
from harness.units import printable
from reports.exact_tables import ExactComparison, exact_json, exact_line
from reports.names import phone_kind, phone_names
from reports.shown import Heading, Shown, Table
from reports.terminal import aligned, finding_lines
from reports.verdict_tables import mean_cell, ratio_cells, size_cell, verdict_findings, verdict_json

SCHEMA = 1


def two_runs_text(answered: Sequence[Answered], baseline: Measured, candidate: Measured) -> str:
    """The answer for each phone, thread count and model; the figures; what calls them into question."""
    phones = _phones(answered)
    titles = _titles(phones)
    verdicts = [one.verdict for one in answered]
    lines = [
        *(f"{_place(match, titles)}: {answer(own)}." for match, own in _by_match(answered)),
        *aligned(_table(answered, titles)),
        *finding_lines(verdict_findings(verdicts)),
        *map(exact_line, _exact(answered, baseline, candidate)),
    ]
    return "\n".join(map(printable, lines))


def two_runs_json(answered: Sequence[Answered], baseline: Measured, candidate: Measured) -> dict[str, Any]:
    """The same as plain types; every verdict says whether it is from a virtual phone."""
    phones = _phones(answered)
    return {
        "schema": SCHEMA,
        "baseline": baseline.run.run_id,
        "candidate": candidate.run.run_id,
        "virtual": any(phone.is_virtual for phone in phones),
        "verdicts": [
            {
                **verdict_json(one.verdict),
                "baseline": one.match.baseline.model,
                "candidate": one.match.candidate.model,
                "virtual": one.match.phone.is_virtual,
                "baseline_value": _figure(one, "below").sort,
                "candidate_value": _figure(one, "above").sort,
            }
            for one in answered
        ],
        "exact": [exact_json(one, phones) for one in _exact(answered, baseline, candidate)],
    }


def _phones(answered: Sequence[Answered]) -> tuple[PhoneFacts, ...]:
    return tuple({one.match.phone.phone_id: one.match.phone for one in answered}.values())


def _titles(phones: Sequence[PhoneFacts]) -> dict[str, str]:
    names = phone_names(phones)
    return {
        phone.phone_id: " ".join(
            filter(None, (names[phone.phone_id], f"({phone_kind(phone)})" if phone.is_virtual else ""))
        )
        for phone in phones
    }


def _by_match(answered: Sequence[Answered]) -> list[tuple[Match, list[Verdict]]]:
    """Verdicts by what they are about; the size of a file stands with its first phone and thread count."""
    grouped: dict[int, tuple[Match, list[Verdict]]] = {}
    for one in answered:
        grouped.setdefault(id(one.match), (one.match, []))[1].append(one.verdict)
    return list(grouped.values())


def _place(match: Match, titles: dict[str, str]) -> str:
    threads = f"{match.threads} thread{'s' if match.threads > 1 else ''}"
    return f"{titles[match.phone.phone_id]}, {threads}, {match.candidate.model}"


def _table(answered: Sequence[Answered], titles: dict[str, str]) -> Table:
    several = len({id(one.match) for one in answered}) > 1
    place = (
        Heading("Phone", is_number=False, in_terminal="phone"),
        Heading("Threads", in_terminal="threads"),
        Heading("Model", is_number=False, in_terminal="model"),
    )
    headings = (
        *(place if several else ()),
        Heading("Metric", is_number=False, in_terminal="metric"),
        Heading("Baseline", in_terminal="baseline"),
        Heading("Candidate", in_terminal="candidate"),
        Heading("Ratio", in_terminal="ratio"),
        Heading("95 % interval", in_terminal="95 % interval"),
        Heading("Margin", in_terminal="margin"),
        Heading("Launches", in_terminal="launches"),
        Heading("Verdict", is_number=False, in_terminal="verdict"),
    )
    rows = tuple(
        (
            *(_where(one.match, titles) if several else ()),
            Shown(metric_words(one.verdict)),
            _figure(one, "below"),
            _figure(one, "above"),
            *ratio_cells(one.verdict),
        )
        for one in answered
    )
    return Table("Verdicts", headings, rows)


def _where(match: Match, titles: dict[str, str]) -> tuple[Shown, ...]:
    return Shown(titles[match.phone.phone_id]), Shown(str(match.threads)), Shown(match.candidate.model)


def _figure(one: Answered, side: str) -> Shown:
    if one.question is None:
        return size_cell(one.match.baseline if side == "below" else one.match.candidate)
    return mean_cell(one.question.metric, getattr(one.question, side))


def _exact(
    answered: Sequence[Answered], baseline: Measured, candidate: Measured
) -> tuple[ExactComparison, ...]:
    pairs = {
        (one.match.baseline.sha256, one.match.candidate.sha256): (one.match.baseline, one.match.candidate)
        for one in answered
    }
    return tuple(
        ExactComparison(
            f"{old.model} in the first run",
            f"{new.model} in the second run",
            compare_exactly(
                old,
                new,
                baseline_launches=baseline.launches,
                candidate_launches=candidate.launches,
                baseline_counts=baseline.run.counts,
                candidate_counts=candidate.run.counts,
            ),
        )
        for old, new in pairs.values()
    )
