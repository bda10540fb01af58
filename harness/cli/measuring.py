"""A run measured, reported, and ended with its exit code; a new one and a continued one alike."""

from collections.abc import Callable, Sequence
from pathlib import Path

from harness.cli.comparing import Standing, exit_by
from harness.cli.phones import not_connected
from harness.cli.setting import Setting
from harness.cli.talk import say, show, show_json
from harness.errors import Interrupted, LaunchesFailed
from harness.measure.evaluation import COMPUTES_NOTHING, PlannedEvaluation, plan_evaluations
from harness.measure.launch import Subject
from harness.measure.preparation import ReadyPhone
from harness.measure.progress import progress
from harness.measure.session import Session
from harness.phone.shell_protocol import quoted
from harness.results.records import Evaluation, LaunchRecord, Run
from harness.results.rundir import RunDirectory
from harness.stats.comparison import PhoneComparison, compare, is_comparison
from harness.stats.lacking import lacking


def measure(
    directory: RunDirectory,
    setting: Setting,
    *,
    as_json: bool = False,
    quiet: bool = False,
    require_verdict: bool = False,
) -> None:
    """Measure what the run still lacks, then write its page and print its results, unless `quiet`.

    Raises:
        Interrupted: Ctrl-C; what was measured is on the page.
        typer.Exit: a comparison found a regression, or left undecided what has to be decided.
        LaunchesFailed: not every launch that is wanted was measured.
    """
    run = directory.run()

    def report() -> Path:
        return _report(directory, run, as_json=as_json, quiet=quiet)

    try:
        session = _measure_and_report(directory, run, setting, report)
    except KeyboardInterrupt as impatient:
        raise _interrupted(directory, run, "what was measured is kept") from impatient
    verdicts = [verdict for one in _comparisons(directory, run) for verdict in one.verdicts]
    exit_by(verdicts, require_verdict=False)
    _require_complete(directory, run, session, setting)
    exit_by(verdicts, require_verdict=require_verdict)


def _comparisons(directory: RunDirectory, run: Run) -> tuple[PhoneComparison, ...]:
    return compare(run, directory.launches()) if is_comparison(run) else ()


def _measure_and_report(
    directory: RunDirectory, run: Run, setting: Setting, report: Callable[[], Path]
) -> Session:
    with directory.writing():
        standing = Standing(run, directory.launches(), say)

        def journal(*records: LaunchRecord) -> None:
            directory.append(*records)
            standing.observe(*records)

        session = Session(
            plan=setting.plan,
            phones=_phones_of(run, setting.phones),
            server=setting.server,
            subjects={
                m.artifact.sha256: Subject(artifact=m.artifact, reference=m.reference) for m in setting.models
            },
            journal=journal,
            evaluations=_lacking_evaluations(directory, run, setting),
            journal_evaluation=_kept(directory),
            is_over=standing.is_over,
        )
        try:
            _run_session(session, run, directory.launches())
        except Interrupted as error:
            state = f"what was measured is kept, the page so far is {report()}"
            raise _interrupted(directory, run, state) from error
        report()
    return session


def _lacking_evaluations(
    directory: RunDirectory, run: Run, setting: Setting
) -> dict[str, tuple[PlannedEvaluation, ...]]:
    if setting.examinations:
        for facts in run.phones:
            if facts.engine == COMPUTES_NOTHING:
                say(f"{facts.name} computes nothing, so it has no accuracy")
    threads = max(setting.plan.threads)
    return plan_evaluations(run, setting.examinations, directory.evaluations(), threads)


def _kept(directory: RunDirectory) -> Callable[[Evaluation], None]:
    def keep(evaluation: Evaluation) -> None:
        directory.append_evaluation(evaluation)
        say(_accuracy_line(evaluation))

    return keep


def _accuracy_line(evaluation: Evaluation) -> str:
    if evaluation.outcome != "ok":
        said = (evaluation.evidence.splitlines() or ["no evidence"])[0]
        return f"accuracy of {evaluation.model} {evaluation.outcome}: {said}"
    data, equal = evaluation.data, evaluation.equal_predictions
    compared = "" if equal is None else f", {equal} as on this machine"
    return f"{evaluation.model} has {evaluation.top1_right} of {data.images} {data.name} right{compared}"


def _interrupted(directory: RunDirectory, run: Run, state: str) -> Interrupted:
    return Interrupted(f"interrupted; {state}", remedy=f"continue with: {_resume_command(directory, run)}")


def _run_session(session: Session, run: Run, launches: Sequence[LaunchRecord]) -> None:
    done = _measured_ids(launches)
    with progress(run.schedule, len(done), say) as shown:
        session.measure(run.schedule, done, shown)


def _measured_ids(launches: Sequence[LaunchRecord]) -> set[str]:
    return {launch.request.launch_id for launch in launches if launch.outcome == "ok"}


def _phones_of(run: Run, phones: Sequence[ReadyPhone]) -> dict[str, ReadyPhone]:
    by_id = {phone.facts.phone_id: phone for phone in phones}
    absent = [facts for facts in run.phones if facts.phone_id not in by_id]
    if absent:
        raise not_connected(absent)
    return by_id


def _report(directory: RunDirectory, run: Run, *, as_json: bool, quiet: bool) -> Path:
    from reports.json_summary import summarise_run
    from reports.page import render
    from reports.terminal import render_table

    launches, evaluations = directory.launches(), directory.evaluations()
    page = directory.write_report(render(run, launches, evaluations))
    if quiet:
        return page
    if as_json:
        show_json(
            summarise_run(run, launches, evaluations) | {"directory": str(directory.path), "page": str(page)}
        )
    else:
        show(render_table(run, launches, evaluations))
        show(f"Page: {page}")
    return page


def _require_complete(directory: RunDirectory, run: Run, session: Session, setting: Setting) -> None:
    wanted = lacking(run, directory.launches(), _comparisons(directory, run))
    planned = plan_evaluations(run, setting.examinations, directory.evaluations(), 1)
    unanswered = [one.request.model for lane in planned.values() for one in lane]
    said = [f"{len(wanted)} of {len(run.schedule)} launches were not measured"] if wanted else []
    said += [f"there is no accuracy of {', '.join(dict.fromkeys(unanswered))}"] if unanswered else []
    if not said:
        return
    models = {facts.phone_id: facts.model or "phone" for facts in run.phones}
    reasons = "; ".join(
        f"{models[phone_id]} ({phone_id}) was set aside: {why}" for phone_id, why in session.set_aside.items()
    )
    raise LaunchesFailed(
        f"{' and '.join(said)}{f' ({reasons})' if reasons else ''}",
        remedy=f"see their evidence on the page, then try them again with: {_resume_command(directory, run)}",
    )


def _resume_command(directory: RunDirectory, run: Run) -> str:
    command = "compare" if is_comparison(run) else "run"
    return quoted("elbench", command, "--resume", str(directory.path))
