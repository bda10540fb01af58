"""The summary of a run as plain types for `--json`: figures in base units, every gap with its reason."""

import statistics
from collections.abc import Sequence
from typing import Any

from pydantic_core import to_jsonable_python

from harness.results.records import Evaluation, LaunchRecord, Run, TelemetrySeries
from harness.stats.accuracy import host_top1, top1, top5
from harness.stats.claims import Claim
from harness.stats.launches import output_error, unusable_reason
from harness.stats.setup import Setup, setup_of
from harness.stats.summary import CellSummary
from reports.course import course
from reports.digest import PhoneDigest, RunDigest, digest_run
from reports.exact_tables import exact_comparisons, exact_json
from reports.findings import with_findings
from reports.steady_tables import cell_steady, steady_json
from reports.sustained_tables import sustained_json
from reports.verdict_tables import comparison_json

SCHEMA = 1


def summarise_run(
    run: Run,
    launches: Sequence[LaunchRecord],
    evaluations: Sequence[Evaluation] = (),
    *,
    with_claims: bool = False,
) -> dict[str, Any]:
    """Summarise a run, complete or not.

    Returns:
        Dicts, lists, strings, booleans, finite numbers and None only. Units stand in the keys; `missing`
        beside a null names the reason; every cell and launch says whether its phone is virtual.
    """
    digest = digest_run(run, launches, evaluations, with_claims=with_claims)
    return {
        "schema": SCHEMA,
        "run_id": run.run_id,
        "created_at": run.created_at,
        "complete": digest.is_complete,
        "planned_launches": digest.planned,
        "measured_launches": digest.measured,
        "lacking_launches": digest.lacking,
        "virtual": digest.any_virtual,
        "mode": digest.mode._asdict(),
        "verdicts": to_jsonable_python([line for phone in digest.phones for line in phone.headlines]),
        "comparison": comparison_json(digest),
        "exact": [exact_json(one, run.phones) for one in exact_comparisons(digest)],
        "phones": to_jsonable_python([phone.phone for phone in digest.phones]),
        "models": to_jsonable_python(list(digest.artifacts.values())),
        "counts": to_jsonable_python(list(run.counts)),
        "cells": [_cell(cell, phone, digest) for phone in digest.phones for cell in phone.cells],
        "sustained": [cell for phone in digest.phones for cell in sustained_json(phone, digest)],
        "evaluations": [
            _evaluation(one, phone, digest) for phone in digest.phones for one in phone.evaluations
        ],
        "claims": [_claim(claim, digest) for claim in digest.claims],
        "course": {phone.phone.phone_id: list(course(phone)) for phone in digest.phones},
        "launches": [_launch(launch, phone) for phone in digest.phones for launch in with_findings(phone)],
    }


def _cell(cell: CellSummary, phone: PhoneDigest, run: RunDigest) -> dict[str, Any]:
    return {
        **cell.key._asdict(),
        "label": run.labels[cell.key.artifact_sha256],
        "virtual": phone.phone.is_virtual,
        **_setup(setup_of(run.artifacts[cell.key.artifact_sha256])),
        "ok": cell.ok,
        "failed": cell.failed,
        "steady": to_jsonable_python(cell_steady(cell, phone)),
        **to_jsonable_python(cell, exclude={"key", "launches"}),
    }


def _setup(setup: Setup) -> dict[str, Any]:
    return {**setup._asdict(), "inputs": [list(shape) for shape in setup.inputs]}


def _evaluation(one: Evaluation, phone: PhoneDigest, run: RunDigest) -> dict[str, Any]:
    found = {"top1": top1(one), "top5": top5(one), "host_top1": host_top1(one)}
    return {
        **to_jsonable_python(one, exclude={"missing"}),
        "label": run.labels[one.artifact_sha256],
        "virtual": phone.phone.is_virtual,
        **{name: to_jsonable_python(share) for name, (share, _) in found.items()},
        "missing": {**one.missing, **{name: why for name, (share, why) in found.items() if share is None}},
    }


def _claim(claim: Claim, run: RunDigest) -> dict[str, Any]:
    virtual = {phone.phone.phone_id: phone.phone.is_virtual for phone in run.phones}
    return {
        **to_jsonable_python(claim, exclude={"setup"}),
        "setup": _setup(claim.setup),
        "virtual": virtual.get(claim.phone_id or "", False),
        "note": run.artifacts[claim.subject_sha256].note,
    }


def _launch(launch: LaunchRecord, phone: PhoneDigest) -> dict[str, Any]:
    error, reason = output_error(launch)
    steady = steady_json(launch, phone)
    earlier = [one for one in phone.earlier if one.request.launch_id == launch.request.launch_id]
    gaps = {name: launch.missing[name] for name in ("readiness", "telemetry") if name in launch.missing}
    return {
        **to_jsonable_python(launch.request, exclude={"missing"}),
        "virtual": phone.phone.is_virtual,
        "outcome": launch.outcome,
        "attempt": launch.attempt,
        "earlier_attempts": [{"outcome": one.outcome, "evidence": one.evidence} for one in earlier],
        "recovered": launch.recovered,
        "readiness": to_jsonable_python(launch.readiness),
        "telemetry": [_series(one) for one in launch.telemetry.series] if launch.telemetry else None,
        "runtime": launch.runner.runtime if launch.runner else None,
        "left_out_because": unusable_reason(launch),
        "output_error": error,
        "missing": {
            **gaps,
            **({} if error is not None else {"output_error": reason}),
            **({} if launch.runner else {"runtime": launch.missing["runner"]}),
            **({} if steady else {"steady": "this launch has no latency that enters a figure"}),
        },
        "steady": steady,
        "findings": to_jsonable_python(launch.findings),
    }


def _series(series: TelemetrySeries) -> dict[str, Any]:
    """The range of what was sampled; every sample is in the run directory."""
    known = [value for value in series.values if value is not None]
    return {
        "name": series.name,
        "quantity": series.quantity,
        "samples": len(known),
        "failed": len(series.values) - len(known),
        "lowest": min(known, default=None),
        "median": statistics.median(known) if known else None,
        "highest": max(known, default=None),
        "missing": {} if known else dict.fromkeys(("lowest", "median", "highest"), "no reading"),
    }
