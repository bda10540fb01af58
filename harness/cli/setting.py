"""What a run measures with: phones found and made ready, models exported, the record that begins it.

How it is then measured is `measuring`'s.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.cli.comparing import require_comparable
from harness.cli.examining import Examine, named_data
from harness.cli.phones import choose_phones, install_runners, those_able, virtual_phone
from harness.cli.restore import RESTORE_JOURNALS
from harness.cli.sole_use import PHONES_IN_USE, sole_use
from harness.cli.talk import say
from harness.errors import BadPlan
from harness.export.artifact import ExportedModel
from harness.measure.examination import Examination
from harness.measure.plan import Plan
from harness.measure.preparation import ReadyPhone, prepare
from harness.measure.schedule import Cell, make_schedule
from harness.phone.reconnection import await_phone
from harness.phone.server import AdbServer
from harness.phone.settings import WantedSettings, changed
from harness.results.noise_store import known_noise
from harness.results.provenance import git_commit, host_description, tool_versions
from harness.results.records import Artifact, Count, PhoneFacts, PhoneNoise, Run
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
            _require_pair(plan, models)
            require_comparable(plan, models)
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


def _require_pair(plan: Plan, models: Sequence[ExportedModel]) -> None:
    if plan.duet and len(models) != 2:
        raise BadPlan("a duet measures two different models", remedy="name two, or measure without duet")


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
            duet=setting.plan.duet,
        ),
        counts=setting.counts,
        noise=_noise(setting, artifacts),
        missing={} if commit else {"git_commit": no_commit},
    )


def _noise(setting: Setting, artifacts: Sequence[Artifact]) -> tuple[PhoneNoise, ...]:
    """What decides the margins of a comparison; what is known of launches says nothing of a duet."""
    if setting.plan.compare is None or setting.plan.duet:
        return ()
    found = (
        known_noise(
            phone.facts.phone_id,
            engine=phone.facts.engine,
            threads=threads,
            mode=setting.plan.mode,
            model=artifacts[0].model,
        )
        for phone in setting.phones
        for threads in setting.plan.threads
    )
    return tuple(noise for noise in found if noise)


def _publishable(plan: Plan, artifacts: Sequence[Artifact]) -> dict[str, object]:
    """The plan without what is only this machine's: serial numbers, and the folders that files came from."""
    names = list(dict.fromkeys(artifact.model for artifact in artifacts))
    data = {"evaluate": named_data(plan.evaluate), "calibrate": named_data(plan.calibrate)}
    return plan.model_dump(mode="json", exclude={"devices"}) | {"models": names} | data


def _name(phone: ReadyPhone) -> str:
    facts = phone.facts
    label = " (virtual)" if facts.is_virtual else ""
    return f"{facts.name}{label}"
