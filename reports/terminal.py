"""The short table that stands in the terminal after a run: the page's figures as plain text."""

from collections.abc import Iterable, Sequence

from harness.results.records import Evaluation, Finding, LaunchRecord, Run
from harness.units import printable
from reports.claim_tables import claim_lines
from reports.course import course
from reports.digest import PhoneDigest, RunDigest, digest_run
from reports.exact_tables import comparisons_with_first, exact_line
from reports.names import different_words, phone_kind
from reports.results_table import results_table
from reports.shown import Heading, Shown, Table
from reports.sustained_tables import sustained_lines
from reports.verdict_tables import verdict_findings, verdict_table

_WITH_NOTES = ("Latency", "Top-1")
_NAME_LENGTH = 40


def render_table(run: Run, launches: Sequence[LaunchRecord], evaluations: Sequence[Evaluation] = ()) -> str:
    """The table of each phone, how its run went, and the verdicts; no colours, no control characters."""
    digest = digest_run(run, launches, evaluations)
    parts = [_phone(phone, digest) for phone in digest.phones]
    return "\n\n".join(part for part in (*parts, _exact(digest), _claims(digest)) if part)


def render_claims(run: Run, launches: Sequence[LaunchRecord], evaluations: Sequence[Evaluation] = ()) -> str:
    """The verdicts on the paper's claims, a line each."""
    return _claims(digest_run(run, launches, evaluations, with_claims=True))


def _claims(digest: RunDigest) -> str:
    return "\n".join(map(printable, claim_lines(digest)))


def _phone(phone: PhoneDigest, run: RunDigest) -> str:
    kind = phone_kind(phone.phone)
    title = phone.name + (f" ({kind})" if kind else "")
    table = aligned(results_table(phone, run))
    different = different_words(run.differing)
    is_mixed = bool(different) and not phone.comparison
    mixed = [f"Models differ in {different}: ratios and verdicts compare those that agree."] * is_mixed
    verdicts = [] if phone.comparison else [headline.text for headline in phone.headlines]
    notes = [f"† {run.labels[a.sha256]}: {a.note}" for a in run.artifacts.values() if a.note]
    # Names come from files and phones.
    minutes = sustained_lines(phone, run)
    compared = _compared(phone, run)
    outputs = finding_lines(dict.fromkeys(phone.outputs.values()))
    lines = (title, *compared, *table, *notes, *mixed, *course(phone), *outputs, *minutes, *verdicts)
    return "\n".join(printable(line) for line in lines)


def _compared(phone: PhoneDigest, run: RunDigest) -> list[str]:
    """The answers of a comparison, the table that they rest on, and what calls them into question."""
    if phone.comparison is None:
        return []
    verdicts = phone.comparison.verdicts
    return [
        *(headline.verdict for headline in phone.headlines),
        *aligned(verdict_table(verdicts, phone, run)),
        *finding_lines(verdict_findings(verdicts)),
    ]


def finding_lines(findings: Iterable[Finding]) -> list[str]:
    """Findings for the terminal, a line each."""
    return [f"{finding.code}: {finding.message}" for finding in findings]


def _exact(run: RunDigest) -> str:
    comparisons = comparisons_with_first(run) if run.is_comparison else ()
    return "\n".join(exact_line(one) for one in comparisons)


def aligned(table: Table) -> list[str]:
    """A table as plain lines, those columns alone that the terminal has room for."""
    kept = [(place, head) for place, head in enumerate(table.headings) if head.in_terminal]
    heads = [head.in_terminal for _, head in kept]
    lines = [heads, *([_text(row[place], head) for place, head in kept] for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            text.rjust(width) if head.is_number else text.ljust(width)
            for text, width, (_, head) in zip(line, widths, kept, strict=True)
        ).rstrip()
        for line in lines
    ]


def _text(shown: Shown, head: Heading) -> str:
    if head.label in _WITH_NOTES and shown.sort is not None:
        return f"{shown.text} ({shown.note})"
    return shown.text if len(shown.text) <= _NAME_LENGTH else f"{shown.text[: _NAME_LENGTH - 1]}…"
