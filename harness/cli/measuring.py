"""The steps that a new run and a continued one share: phones and models made ready, measured, reported."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.cli.examining import Examine, named_data
from harness.cli.phones import (
    choose_phones,
    install_runners,
    not_connected,
    those_able,
    virtual_phone,
)
from harness.cli.restore import RESTORE_JOURNALS
from harness.cli.sole_use import PHONES_IN_USE, sole_use
from harness.cli.talk import say, show, show_json
from harness.errors import Interrupted, LaunchesFailed
from harness.export.artifact import ExportedModel
from harness.measure.evaluation import COMPUTES_NOTHING, PlannedEvaluation, plan_evaluations
from harness.measure.examination import Examination
from harness.measure.launch import Subject
from harness.measure.plan import Plan
from harness.measure.preparation import ReadyPhone, prepare
from harness.measure.progress import progress
from harness.measure.schedule import Cell, make_schedule
from harness.measure.session import Session
from harness.phone.reconnection import await_phone
from harness.phone.server import AdbServer
from harness.phone.settings import WantedSettings, changed
from harness.phone.shell_protocol import quoted
from harness.results.provenance import git_commit, host_description, tool_versions
from harness.results.records import Artifact, Count, Evaluation, LaunchRecord, PhoneFacts, Run
from harness.results.rundir import RunDirectory
from harness.units import format_bytes
from harness.virtual.engine_choice import engine_of_runtime

_BACK_S = 3.0
"""How long a phone that is away at the end of a run is waited for, to be put back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Everything that a run measures with: its plan, phones that are ready, models that are proved."""

    plan: Plan
    server: AdbServer
    phones: tuple[ReadyPhone, ...]
    models: tuple[ExportedModel, ...]
    counts: tuple[Count, ...] = ()
    examinations: tuple[Examination, ...] = ()


def _unexamined(_: Sequence[ExportedModel]) -> tuple[Examination, ...]:
    return ()


def _uncounted(_: Sequence[ExportedModel]) -> tuple[Count, ...]:
    return ()


@contextmanager
def ready(
    plan: Plan,
    export: Callable[[], tuple[ExportedModel, ...]],
    *,
    count: Callable[[Sequence[ExportedModel]], tuple[Count, ...]] = _uncounted,
    examine: Examine = _unexamined,
    run_id: str,
    cache_root: Path,
    or_virtual: bool = False,
    only: Sequence[PhoneFacts] = (),
) -> Iterator[Setting]:
    """Find the phones, or start a virtual one while `export` runs, then make the phones ready.

    A phone that fails meanwhile is named and left out, unless it is wanted by name or all do.

    Args:
        count: counts the models' instructions, so that nothing else computes while phones measure.
        examine: has ready what models are evaluated on, for the same reason now.
        run_id: the run that the phones are made ready for.
        cache_root: where phones in use, and what is to be put back on them, are noted for other processes.
        only: measure on these phones and no others.
    """
    server = AdbServer.from_environment(os.environ)
    server.start()
    chosen = choose_phones(plan, server, or_virtual=or_virtual, only=only)
    with sole_use(chosen, cache_root / PHONES_IN_USE), ExitStack() as stack:
        able = install_runners(chosen, plan, server, or_virtual=or_virtual, all_wanted=bool(only))
        engine = engine_of_runtime(plan.runtime, plan.engine)
        with _known(able) if able else virtual_phone(server, engine) as serials:
            models = _different(export())
            counts, examinations = count(models), examine(models)
            phones: dict[str, ReadyPhone] = {}

            def make_ready(serial: str) -> None:
                phone = prepare(server.transport(serial), models)
                if phone.facts.phone_id in phones:
                    say(f"{_name(phone)} is connected twice and measured once")
                    return
                say(f"{_name(phone)}: ready, {format_bytes(phone.sent_bytes)} sent")
                if able:
                    _change_settings(phone, plan, stack, cache_root / RESTORE_JOURNALS, run_id)
                phones[phone.facts.phone_id] = phone

            those_able(serials(), make_ready, all_wanted=bool(plan.devices or only))
            if able:
                stack.callback(_connect_again, server, phones.values())
            ready_phones = tuple(phones.values())
            carried_out = plan if able else _virtual(plan, ready_phones)
            yield Setting(
                plan=carried_out,
                server=server,
                phones=ready_phones,
                models=models,
                counts=counts,
                examinations=examinations,
            )


def _change_settings(phone: ReadyPhone, plan: Plan, stack: ExitStack, folder: Path, run_id: str) -> None:
    """Change what the plan wants until the stack ends, but not on the run's own virtual phone."""
    wanted = WantedSettings(**plan.settings.model_dump())
    unmet = stack.enter_context(changed(phone.transport, phone.facts, wanted, folder, say, by=run_id))
    for line in unmet:
        say(f"{_name(phone)}: {line}")


def _connect_again(server: AdbServer, phones: Iterable[ReadyPhone]) -> None:
    """Reach phones whose connection was lost after their last launch, so that they can be put back."""
    for phone in phones:
        await_phone(server, phone.transport, phone.facts.phone_id, limit_s=_BACK_S, stop=lambda: False)


def _virtual(plan: Plan, phones: Sequence[ReadyPhone]) -> Plan:
    """The plan as it is carried out on a virtual phone: a continued run takes the same engine."""
    return plan.model_copy(update={"virtual": True, "engine": phones[0].facts.engine})


def _known(serials: tuple[str, ...]) -> AbstractContextManager[Callable[[], tuple[str, ...]]]:
    return nullcontext(lambda: serials)


def _different(models: Iterable[ExportedModel]) -> tuple[ExportedModel, ...]:
    """Copies of one file are one model: what is measured is known by its hash."""
    first: dict[str, ExportedModel] = {}
    for model in models:
        same = first.setdefault(model.artifact.sha256, model)
        if same is not model:
            say(f"{model.artifact.model} is the same file as {same.artifact.model} and measured once")
    return tuple(first.values())


def new_run(run_id: str, setting: Setting) -> Run:
    """The record of a run that starts now. Serial numbers of phones stay out of it."""
    commit, no_commit = git_commit(Path.cwd())
    artifacts = tuple(model.artifact for model in setting.models)
    phones = tuple(phone.facts for phone in setting.phones)
    cells = [
        Cell(artifact_sha256=artifact.sha256, model=artifact.model, threads=threads)
        for artifact in artifacts
        for threads in setting.plan.threads
    ]
    return Run(
        run_id=run_id,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        plan=_publishable(setting.plan, artifacts),
        tools=tool_versions(),
        host=host_description(),
        git_commit=commit,
        phones=phones,
        artifacts=artifacts,
        schedule=make_schedule(
            run_id,
            [facts.phone_id for facts in phones],
            cells,
            launches=setting.plan.launches,
            seed=setting.plan.seed,
        ),
        counts=setting.counts,
        missing={} if commit else {"git_commit": no_commit},
    )


def _publishable(plan: Plan, artifacts: Sequence[Artifact]) -> dict[str, object]:
    """The plan without what is only this machine's: serial numbers, and the folders that files came from."""
    names = [artifact.model for artifact in artifacts]
    data = {"evaluate": named_data(plan.evaluate), "calibrate": named_data(plan.calibrate)}
    return plan.model_dump(mode="json", exclude={"devices"}) | {"models": names} | data


def measure(directory: RunDirectory, setting: Setting, *, as_json: bool) -> None:
    """Measure what the run still lacks, then write its page and print its results.

    Raises:
        Interrupted: Ctrl-C; what was measured is on the page.
        LaunchesFailed: not every planned launch was measured.
    """
    run = directory.run()
    try:
        _measure_and_report(directory, run, setting, as_json=as_json)
    except KeyboardInterrupt as impatient:
        raise _interrupted(directory, "what was measured is kept") from impatient


def _measure_and_report(directory: RunDirectory, run: Run, setting: Setting, *, as_json: bool) -> None:
    with directory.writing():
        session = Session(
            plan=setting.plan,
            phones=_phones_of(run, setting.phones),
            server=setting.server,
            subjects={
                m.artifact.sha256: Subject(artifact=m.artifact, reference=m.reference) for m in setting.models
            },
            journal=directory.append,
            evaluations=_lacking_evaluations(directory, run, setting),
            journal_evaluation=_kept(directory),
        )
        try:
            _run_session(session, run, directory.launches())
        except Interrupted as error:
            page = _report(directory, run, as_json=as_json)
            raise _interrupted(directory, f"what was measured is kept, the page so far is {page}") from error
        _report(directory, run, as_json=as_json)
    _require_complete(directory, run, session, setting)


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


def _interrupted(directory: RunDirectory, state: str) -> Interrupted:
    return Interrupted(f"interrupted; {state}", remedy=f"continue with: {_resume_command(directory)}")


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


def _report(directory: RunDirectory, run: Run, *, as_json: bool) -> Path:
    from reports.json_summary import summarise_run
    from reports.page import render
    from reports.terminal import render_table

    launches, evaluations = directory.launches(), directory.evaluations()
    page = directory.write_report(render(run, launches, evaluations))
    if as_json:
        show_json(
            summarise_run(run, launches, evaluations) | {"directory": str(directory.path), "page": str(page)}
        )
    else:
        show(render_table(run, launches, evaluations))
        show(f"Page: {page}")
    return page


def _require_complete(directory: RunDirectory, run: Run, session: Session, setting: Setting) -> None:
    measured = _measured_ids(directory.launches())
    lacking = sum(request.launch_id not in measured for request in run.schedule)
    planned = plan_evaluations(run, setting.examinations, directory.evaluations(), 1)
    unanswered = [one.request.model for lane in planned.values() for one in lane]
    said = [f"{lacking} of {len(run.schedule)} launches were not measured"] if lacking else []
    said += [f"there is no accuracy of {', '.join(dict.fromkeys(unanswered))}"] if unanswered else []
    if not said:
        return
    models = {facts.phone_id: facts.model or "phone" for facts in run.phones}
    reasons = "; ".join(
        f"{models[phone_id]} ({phone_id}) was set aside: {why}" for phone_id, why in session.set_aside.items()
    )
    raise LaunchesFailed(
        f"{' and '.join(said)}{f' ({reasons})' if reasons else ''}",
        remedy=f"see their evidence on the page, then try them again with: {_resume_command(directory)}",
    )


def _resume_command(directory: RunDirectory) -> str:
    return quoted("elbench", "run", "--resume", str(directory.path))


def _name(phone: ReadyPhone) -> str:
    facts = phone.facts
    label = " (virtual)" if facts.is_virtual else ""
    return f"{facts.name}{label}"
