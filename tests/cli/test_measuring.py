"""A run made ready: what happens in which order, and what the run then records."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.cli.setting import Setting, new_run, ready
from harness.errors import BadPlan, SetupIncomplete
from harness.export.artifact import ExportedModel, sha256_of
from harness.measure.plan import Plan
from harness.measure.preparation import ReadyPhone
from harness.phone.server import AdbServer
from harness.phone.transport import Transport
from harness.results.records import Count
from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb
from tests.results.records import ARTIFACT, PHONE, count

SERVER = AdbServer(host="127.0.0.1", port=1, adb_path=Path("adb"))
TRANSPORT = SERVER.transport("no such phone")


@pytest.fixture(scope="module")
def serial(adb: PrivateAdb) -> Iterator[str]:
    with VirtualPhones.start(engine="modelled") as phones:
        (address,) = phones.addresses
        adb.run("connect", address)
        yield address
        adb.run("disconnect", address)


@pytest.fixture
def transport(adb: PrivateAdb, serial: str, monkeypatch: pytest.MonkeyPatch) -> Transport:
    for name in ("ANDROID_ADB_SERVER_PORT", "HOME"):
        monkeypatch.setenv(name, adb.environment[name])
    return AdbServer.from_environment(adb.environment).transport(serial)


@pytest.fixture
def model(tmp_path: Path) -> ExportedModel:
    program, image = b"a model", b"an image"
    (tmp_path / "net.ptl").write_bytes(program)
    (tmp_path / "input.bin").write_bytes(image)
    artifact = replace(ARTIFACT, sha256=sha256_of(program), input_sha256=sha256_of(image))
    return ExportedModel(artifact, tmp_path / "net.ptl", tmp_path / "input.bin", np.zeros((1, 3)))


def models_on(transport: Transport) -> list[str]:
    return transport.shell("ls /data/local/tmp/elbench/models", deadline_s=10).stdout.split()


def test_models_are_counted_between_their_export_and_the_phones_preparation(
    transport: Transport, model: ExportedModel, tmp_path: Path
) -> None:
    steps = []

    def export() -> tuple[ExportedModel, ...]:
        steps.append("export")
        return model, model

    def counting(models: Sequence[ExportedModel]) -> tuple[Count, ...]:
        assert [one.artifact.sha256 for one in models] == [model.artifact.sha256]
        steps.append("counted, models on the phone:")
        steps.extend(models_on(transport))
        return (count("a55"),)

    with ready(
        Plan(devices=(transport.serial,)), export, count=counting, run_id="R", cache_root=tmp_path
    ) as setting:
        assert setting.counts == (count("a55"),)
        assert models_on(transport) == [f"{model.artifact.sha256}.ptl"]
    assert steps == ["export", "counted, models on the phone:"]


def test_without_a_wish_nothing_is_counted(
    transport: Transport, model: ExportedModel, tmp_path: Path
) -> None:
    with ready(
        Plan(devices=(transport.serial,)), lambda: (model,), run_id="R", cache_root=tmp_path
    ) as setting:
        assert setting.counts == ()


def test_a_count_that_fails_ends_the_run_before_anything_is_measured(
    transport: Transport, model: ExportedModel, tmp_path: Path
) -> None:
    def failing(_: Sequence[ExportedModel]) -> tuple[Count, ...]:
        raise SetupIncomplete("there is no emulator", remedy="run `make arm64`")

    with (
        pytest.raises(SetupIncomplete, match="no emulator"),
        ready(
            Plan(devices=(transport.serial,)),
            lambda: (model,),
            count=failing,
            run_id="R",
            cache_root=tmp_path,
        ),
    ):
        pytest.fail("the run began")


def test_the_run_records_its_counts_and_the_cores_that_were_wanted(model: ExportedModel) -> None:
    plan = Plan(count=("a55", "a76"))
    counts = (count("a55"), count("a76"))
    run = new_run(
        "01JDK3V5Q8ZT7W2M4N6P8R9S0A",
        Setting(plan=plan, server=SERVER, phones=(), models=(model,), counts=counts),
    )
    assert run.counts == counts
    assert run.plan["count"] == ["a55", "a76"]


def test_a_run_of_duets_plans_both_models_of_a_process_beside_each_other(model: ExportedModel) -> None:
    other = replace(model, artifact=replace(model.artifact, sha256="12" * 32, model="other"))
    plan = Plan(models=("net", "other"), duet=True, launches=2)
    setting = Setting(
        plan=plan,
        server=SERVER,
        phones=(ReadyPhone(transport=TRANSPORT, facts=PHONE, sent_bytes=0),),
        models=(model, other),
    )
    schedule = new_run("01JDK3V5Q8ZT7W2M4N6P8R9S0A", setting).schedule
    assert {(one.model, one.beside_model) for one in schedule} == {("net", "other"), ("other", "net")}
    alone = replace(setting, plan=plan.model_copy(update={"duet": False}))
    assert {one.beside for one in new_run("01JDK3V5Q8ZT7W2M4N6P8R9S0A", alone).schedule} == {""}


def test_a_duet_of_a_model_and_its_copy_is_refused_before_anything_is_measured(
    transport: Transport, model: ExportedModel, tmp_path: Path
) -> None:
    plan = Plan(models=("net", "copy"), duet=True, devices=(transport.serial,))
    with (
        pytest.raises(BadPlan, match="a duet measures two different models"),
        ready(plan, lambda: (model, model), run_id="R", cache_root=tmp_path),
    ):
        pytest.fail("the run began")
