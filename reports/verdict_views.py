"""The section of a page that begins with the answer: verdicts phone by phone, with their picture."""

from dataclasses import dataclass

from harness.results.records import Finding
from reports.chart_views import Chart
from reports.digest import PhoneDigest, RunDigest
from reports.shown import Table
from reports.verdict_chart import verdict_chart
from reports.verdict_tables import verdict_findings, verdict_table


@dataclass(frozen=True, slots=True)
class VerdictSection:
    """How a comparison stands on one phone."""

    name: str
    is_virtual: bool
    words: str
    """How it ended."""
    table: Table
    findings: tuple[Finding, ...]
    chart: Chart | None
    """None where no ratio has an interval."""


def verdict_sections(run: RunDigest) -> tuple[VerdictSection, ...]:
    """One a phone; none of a run that compares nothing."""
    return tuple(
        _section(phone, run, f"verdict-{number}")
        for number, phone in enumerate(run.phones, start=1)
        if phone.comparison
    )


def _section(phone: PhoneDigest, run: RunDigest, prefix: str) -> VerdictSection:
    assert phone.comparison
    verdicts = phone.comparison.verdicts
    table = verdict_table(verdicts, phone, run)
    words = phone.comparison.words
    return VerdictSection(
        name=phone.name,
        is_virtual=phone.phone.is_virtual,
        words=f"{words[:1].upper()}{words[1:]}",
        table=table,
        findings=verdict_findings(verdicts),
        chart=verdict_chart(verdicts, phone, run, table, prefix),
    )
