"""The report of a run as one HTML file that needs nothing else: no network, no script but its own sorting.

The same run gives the same bytes. What stands on the page comes from the modules beside this one; how it
looks and in which order stands in templates/. Everything from outside is escaped by the template engine.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.results.records import Evaluation, LaunchRecord, Run
from harness.stats.mode import mode_words
from reports.accuracy_chart import accuracy_charts
from reports.accuracy_tables import FailedEvaluation, accuracy_table, failed_evaluations, not_evaluated
from reports.chart_views import Chart, ChartGroup, phone_charts
from reports.claim_tables import claim_section
from reports.count_tables import count_section
from reports.course import course, readiness_table
from reports.digest import PhoneDigest, RunDigest, digest_run
from reports.exact_tables import exact_comparisons, exact_table
from reports.export_tables import quantisation_table, rewrites_table, untouched
from reports.findings import FindingGroup, LeftOut, group_findings, left_out, repeated, with_findings
from reports.names import different_words, phone_kind
from reports.phone_tables import conditions_by_launch, conditions_table, facts_table, said_by_runners
from reports.results_table import results_table
from reports.shown import DASH, Heading, Shown, Table
from reports.steady_tables import steady_table
from reports.sustained_views import SustainedSection, sustained_section
from reports.telemetry_charts import telemetry_chart
from reports.verdict_views import verdict_sections


@dataclass(frozen=True, slots=True)
class Section:
    """One phone's part of the page."""

    anchor: str
    name: str
    kind: str
    """`virtual` with its engine, or nothing."""
    runtimes: str
    """What ran the models, with versions; empty where no launch was measured."""
    digest: PhoneDigest
    results: Table
    notes: tuple[tuple[str, str], ...]
    """Models that need a word, and the word."""
    accuracy: Table | None
    not_evaluated: tuple[str, ...]
    accuracy_charts: tuple[Chart, ...]
    failed_evaluations: tuple[FailedEvaluation, ...]
    charts: tuple[ChartGroup, ...]
    sustained: SustainedSection | None
    steady: Table | None
    facts: Table
    conditions: Table
    conditions_by_launch: Table
    telemetry: Chart | None
    no_telemetry: str
    """Why there is none; empty where there is."""
    readiness: Table
    course: tuple[str, ...]
    """What did not go as planned."""
    repeated: tuple[LeftOut, ...]
    findings: tuple[FindingGroup, ...]
    left_out: tuple[LeftOut, ...]


def render(
    run: Run,
    launches: Sequence[LaunchRecord],
    evaluations: Sequence[Evaluation] = (),
    *,
    with_claims: bool = False,
) -> str:
    """Write the report of a run, complete or not.

    Args:
        run: the run.
        launches: its journal so far.
        evaluations: its accuracies so far.
        with_claims: judge the paper's claims also where the run is not its whole comparison.

    Returns:
        A whole HTML document.
    """
    digest = digest_run(run, launches, evaluations, with_claims=with_claims)
    templates = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = _source(templates, "page.js")
    return templates.get_template("page.html.j2").render(
        title=_title(digest),
        digest=digest,
        run=digest.run,
        verdicts=verdict_sections(digest),
        exact=[exact_table(one, run.phones) for one in exact_comparisons(digest)],
        launches=_launches_words(digest),
        claims=claim_section(digest),
        incomparable="" if digest.is_comparison else different_words(digest.differing),
        mode=mode_words(digest.mode),
        counts=count_section(digest),
        sections=[_section(phone, digest, number) for number, phone in enumerate(digest.phones, start=1)],
        rewrites=rewrites_table(digest),
        untouched=untouched(digest),
        quantisation=quantisation_table(digest),
        plan=_settings("The plan", digest.run.plan),
        tools=_settings("Versions", digest.run.tools),
        style=_source(templates, "page.css"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _source(templates: Environment, name: str) -> str:
    assert templates.loader is not None
    return templates.loader.get_source(templates, name)[0]


def _title(digest: RunDigest) -> str:
    models = len(digest.artifacts)
    phones = digest.phones
    where = phones[0].name if len(phones) == 1 else f"{len(phones)} phones"
    return f"{models} model{'s' if models != 1 else ''} on {where}"


def _launches_words(digest: RunDigest) -> str:
    """How many launches were measured, and whether more are wanted."""
    measured = f"{digest.measured} of {digest.planned} planned launches measured"
    if not digest.is_complete:
        return f"{measured}: this run is not complete"
    return f"{measured}, the rest was not needed" if digest.measured < digest.planned else measured


def _section(phone: PhoneDigest, digest: RunDigest, number: int) -> Section:
    anchor = f"phone-{number}"
    telemetry = telemetry_chart(phone.phone, phone.name, phone.launches, f"{anchor}-telemetry")
    return Section(
        anchor=anchor,
        name=phone.name,
        kind=phone_kind(phone.phone),
        runtimes=said_by_runners(phone.launches, lambda runner: runner.runtime),
        digest=phone,
        results=results_table(phone, digest),
        notes=tuple((digest.labels[a.sha256], a.note) for a in digest.artifacts.values() if a.note),
        accuracy=accuracy_table(phone, digest),
        not_evaluated=not_evaluated(phone, digest),
        accuracy_charts=accuracy_charts(phone, digest, anchor),
        failed_evaluations=failed_evaluations(phone, digest),
        charts=phone_charts(phone, digest, anchor),
        sustained=sustained_section(phone, digest, anchor),
        steady=steady_table(phone, digest),
        facts=facts_table(phone.phone, phone.launches),
        conditions=conditions_table(phone.launches),
        conditions_by_launch=conditions_by_launch(phone.launches),
        telemetry=telemetry if isinstance(telemetry, Chart) else None,
        no_telemetry=telemetry if isinstance(telemetry, str) else "",
        readiness=readiness_table(phone.launches),
        course=course(phone),
        repeated=repeated(phone.earlier),
        findings=group_findings(with_findings(phone)),
        left_out=left_out(phone.launches),
    )


def _settings(caption: str, settings: Mapping[str, object]) -> Table:
    headings = (Heading("Setting", is_number=False), Heading("Value", is_number=False))
    rows = tuple((Shown(key), Shown(value)) for key, value in _flattened(settings))
    return Table(caption, headings, rows)


def _flattened(settings: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested settings as `section.key` and their value in words."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple):
            yield f"{prefix}{key}", ", ".join(map(str, value)) or DASH
        else:
            yield f"{prefix}{key}", DASH if value is None else str(value)
