"""What a reader of one launch's numbers must know, each with its remedy."""

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
        _not_converged(measured, plan),
        _cut_short(measured, plan),
        _in_background(measured),
    )
    return tuple(finding for finding in candidates if finding is not None)


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


def _not_converged(measured: Measured, plan: Plan) -> Finding | None:
    if measured.warmup_converged:
        return None
    return Finding(
        code="not_converged",
        severity="warning",
        message=f"Warm-up reached its limit of {plan.warmup.max_seconds:g} s before the times settled; "
        "raise warmup.max_seconds or let the phone rest.",
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
