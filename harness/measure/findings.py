"""What a reader of one launch's numbers must know, each with its remedy."""

from collections.abc import Sequence

from harness.export.proof import tolerance
from harness.measure.events import Measured
from harness.measure.plan import Plan
from harness.results.records import Finding, LaunchRequest, OutputProof


def find(
    measured: Measured, output: OutputProof | None, request: LaunchRequest, plan: Plan, *, precision: str
) -> tuple[Finding, ...]:
    """All findings on a measured launch; one that is `invalid` bars the launch from every statistic."""
    candidates = (
        _wrong_output(output, tolerance(precision)),
        _wrong_threads(measured, request),
        _not_converged(measured),
        _cut_short(measured, plan),
        _in_background(measured),
        _in_turns(request, plan),
    )
    return tuple(finding for finding in candidates if finding is not None)


def bar_together(
    requests: Sequence[LaunchRequest], found: Sequence[tuple[Finding, ...]]
) -> tuple[tuple[Finding, ...], ...]:
    """The findings on each model of one process; a duet counts as a pair, so what bars one bars the other.

    Args:
        requests: what the process measured.
        found: the findings on each of them.
    """
    wrong = [next((one for one in own if one.severity == "invalid"), None) for own in found]
    barring = [
        Finding(
            code="unusable_beside",
            severity="invalid",
            message=f"{request.model} in the same process cannot be used: {finding.message}",
        )
        for request, finding in zip(requests, wrong, strict=True)
        if finding is not None
    ]
    return tuple(own if is_wrong else (*own, *barring) for own, is_wrong in zip(found, wrong, strict=True))


def _wrong_output(output: OutputProof | None, allowed: float) -> Finding | None:
    if output is None:
        return Finding(
            code="output_not_computed",
            severity="warning",
            message="The runner computed no output, so nothing proves what was timed; "
            "use an engine that runs the model.",
        )
    error = output.relative_error
    if error is not None and error <= allowed:
        return None
    what = output.missing.get("relative_error") or f"it differs from the reference by {error:.1e} of max|y|"
    return Finding(
        code="wrong_output",
        severity="invalid",
        message=f"The output is wrong ({what}, {allowed:.0e} is allowed); "
        "the time of a wrong answer says nothing: check the export and the runtime's version.",
    )


def _wrong_threads(measured: Measured, request: LaunchRequest) -> Finding | None:
    if measured.runner.threads == request.threads:
        return None
    return Finding(
        code="wrong_threads",
        severity="invalid",
        message=f"The runtime used {measured.runner.threads} threads, {request.threads} were asked for; "
        "choose a thread count that the phone's runtime accepts.",
    )


def _not_converged(measured: Measured) -> Finding | None:
    if measured.warmup_converged:
        return None
    return Finding(
        code="not_converged",
        severity="warning",
        message=f"Warm-up was ended after {sum(measured.warmup_ns) / 1e9:.1f} s before the times settled; "
        "let the phone rest, or raise warmup.max_seconds.",
    )


def _cut_short(measured: Measured, plan: Plan) -> Finding | None:
    count = len(measured.duration_ns)
    if count >= plan.measure.min_iterations:
        return None
    return Finding(
        code="few_iterations",
        severity="warning",
        message=f"Only {count} of at least {plan.measure.min_iterations} iterations fit into "
        f"{plan.measure.max_seconds:g} s; raise measure.max_seconds.",
    )


def _in_background(measured: Measured) -> Finding | None:
    if "background" not in measured.runner.cpuset:
        return None
    return Finding(
        code="background_cpuset",
        severity="warning",
        message=f"The app ran in {measured.runner.cpuset}, where Android gives it few cores; "
        "keep the screen on and unlocked.",
    )


def _in_turns(request: LaunchRequest, plan: Plan) -> Finding | None:
    if not request.beside:
        return None
    return Finding(
        code="duet",
        severity="note",
        message=f"Measured in one process with {request.beside_model}, {plan.duet_block} iterations of each "
        "in turn: each model may find the caches as the other left them, and load, first inference and "
        "memory are not its own; for those, and for a time of this model alone, measure without duet.",
    )
