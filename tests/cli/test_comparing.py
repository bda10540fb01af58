"""Comparisons at the command line: when a phone is done, what the exit code says, what is refused."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from harness.cli.comparing import Standing, exit_by, require_comparable
from harness.cli.main import run_command
from harness.cli.numbers import read_share
from harness.cli.setting import Setting, new_run
from harness.errors import BadPlan
from harness.export.artifact import ExportedModel
from harness.measure.plan import Plan
from harness.measure.plan_file import read_plan
from harness.measure.plan_sections import Compare
from harness.measure.preparation import ReadyPhone
from harness.phone.server import AdbServer
from harness.results.noise_store import keep_noise
from harness.results.records import MetricNoise, PhoneNoise, Run, TensorSpec
from harness.results.rundir import RunDirectory
from harness.stats.comparison import compare
from harness.stats.lacking import lacking
from tests.reports.comparisons import BASELINE, CANDIDATE, make_comparison, measure_pairs
from tests.reports.runs import make_phone, make_run, measure
from tests.results.noise import NOISE

RUN = make_comparison()
PHONE = RUN.phones[0].phone_id


def still_lacking(run: Run, pairs: int, **how: Any) -> set[int]:
    launches = measure_pairs(run, pairs, **how)
    return {one.block for one in lacking(run, launches, compare(run, launches))}


def test_a_phone_is_done_at_the_first_planned_look_that_decides_and_it_is_said() -> None:
    said: list[str] = []
    launches = measure_pairs(RUN, 6, slower=1.1)
    standing = Standing(RUN, launches[:4], said.append)
    for pairs in range(2, 6):
        assert not standing.is_over(PHONE, pairs)
        standing.observe(*launches[2 * pairs : 2 * pairs + 2])
    assert said == []
    assert standing.is_over(PHONE, 6)
    assert said == [f"{RUN.phones[0].name}: decided after 6 of at most 40 pairs"]


def test_no_phone_is_done_early_in_a_run_that_compares_nothing() -> None:
    run = make_run(models=("a", "b"), launches=8)
    launches = [measure(request, samples=20) for request in run.schedule]
    assert not Standing(run, launches, pytest.fail).is_over(run.phones[0].phone_id, 8)


def test_after_so_many_minutes_no_block_begins_and_a_failed_one_is_tried_again() -> None:
    run = make_comparison(max_minutes=0.35)  # a launch takes 3 s
    launches = measure_pairs(run, 4, failed=[1])
    standing = Standing(run, measure_pairs(run, 3), lambda _: None)
    assert not standing.is_over(PHONE, 3)
    standing.observe(*launches[6:])
    assert standing.is_over(PHONE, 4)
    assert not Standing(run, launches, pytest.fail).is_over(PHONE, 1)


def test_launches_of_a_begun_block_are_no_reason_to_leave_it_unfinished() -> None:
    run = make_comparison(max_minutes=0.35)
    begun = measure_pairs(run, 4)[:7]
    assert not Standing(run, begun, pytest.fail).is_over(PHONE, 3)


def test_what_a_comparison_lacks_is_what_its_verdict_needs() -> None:
    assert still_lacking(RUN, 6, slower=1.1) == set()
    assert still_lacking(RUN, 9, slower=1.1, failed=[3]) == set()
    assert still_lacking(RUN, 3) == set(range(3, 40))
    assert still_lacking(make_comparison(max_minutes=0.1), 3) == set()
    assert still_lacking(make_comparison(max_minutes=0.1), 3, failed=[1]) == {1}
    every = measure_pairs(RUN, 7, failed=range(7))
    (never,) = compare(RUN, every)
    assert never.verdicts[0].reason == "no block holds a usable launch of both"
    assert {one.model for one in lacking(RUN, every, (never,)) if one.block < 7} == {CANDIDATE}


@pytest.mark.parametrize(
    ("slower", "pairs", "required", "code"),
    [(1.1, 6, True, 1), (1.1, 6, False, 1), (1.0, 3, True, 3), (1.0, 3, False, None), (0.9, 6, True, None)],
)
def test_the_exit_code_says_regressed_before_inconclusive(
    slower: float, pairs: int, required: bool, code: int | None
) -> None:
    (found,) = compare(RUN, measure_pairs(RUN, pairs, slower=slower))
    if code is None:
        exit_by(found.verdicts, require_verdict=required)
        return
    with pytest.raises(typer.Exit) as ended:
        exit_by(found.verdicts, require_verdict=required)
    assert ended.value.exit_code == code


def exported(run: Run, **change: Any) -> list[ExportedModel]:
    first, second = run.artifacts
    artifacts = (first, replace(second, **change))
    return [ExportedModel(one, Path("m"), Path("i"), np.zeros(1)) for one in artifacts]


def test_models_that_were_made_ready_differently_are_refused_with_the_difference() -> None:
    plan = Plan(models=(BASELINE, CANDIDATE), compare=Compare())
    require_comparable(plan, exported(RUN))
    small = exported(RUN, inputs=(TensorSpec(shape=(1, 3, 32, 32)),), precision="int8")
    with pytest.raises(BadPlan, match="old_net: input 224×224, float32; new_net: input 32×32, int8"):
        require_comparable(plan, small)
    require_comparable(plan.model_copy(update={"compare": None}), small)


def test_recipes_may_differ_only_where_they_are_compared() -> None:
    other = exported(RUN, recipe="documented", model=BASELINE)
    require_comparable(Plan(models=("net",), compare=Compare(recipes=("fast", "documented"))), other)
    with pytest.raises(BadPlan, match="old_net: recipe fast; old_net: recipe documented"):
        require_comparable(Plan(models=("net", "other"), compare=Compare()), other)


def test_a_file_against_itself_is_refused_with_what_to_use_instead() -> None:
    with pytest.raises(BadPlan, match="a file is equal to itself") as refused:
        require_comparable(Plan(models=("a", "b"), compare=Compare()), exported(RUN)[:1])
    assert "`elbench calibrate` says" in str(refused.value)


@pytest.mark.parametrize(("text", "share"), [("3%", 0.03), ("0.03", 0.03), (" 2.5 % ", 0.025), (None, None)])
def test_shares_are_written_as_percent_or_as_a_fraction(text: str | None, share: float | None) -> None:
    assert read_share("--margin", text) == pytest.approx(share)


def test_a_number_that_may_be_a_share_or_a_percentage_is_neither() -> None:
    with pytest.raises(BadPlan, match="--detect is '5'"):
        read_share("--detect", "5")
    assert read_share("--detect", "500%") == 5


MISTAKES = [
    (["elnet_0.5"], "elnet_0.5 is compared with nothing"),
    ([], "there is nothing to compare"),
    (["a", "b", "--margin", "three"], "--margin is 'three'. Write a share as in 3%"),
    (["a", "b", "--margin", "90%"], "compare.margin"),
    (["a", "b", "--metric", "speed"], "compare.metrics.0"),
    (["elnet_0.5", "--recipes", "fast"], "recipes are compared with each other, got fast"),
    (["a", "b", "--recipes", "fast,documented"], "compare.recipes are of one model"),
    (["a", "b", "--engine", "lite"], "engine lite is for a virtual phone"),
    (["--resume", "run", "--strict", "--on", "S"], "--resume cannot be changed by --strict, --on"),
    (["--resume", "run", "--seed", "0"], "--resume cannot be changed by --seed"),
    (["--resume", "run", "a"], "--resume run has its models, and a stands beside it"),
    ([".", "elnet_0.5"], "not two run directories"),
    ([".", ".", "--max-pairs", "3"], "two runs that were measured are not changed by --max-pairs"),
    ([".", "../" + Path.cwd().name], "are one run directory"),
]


@pytest.mark.parametrize(("arguments", "said"), MISTAKES)
def test_a_mistake_is_answered_in_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["compare", *arguments]) == 2
    line = capsys.readouterr().err
    assert said in line
    assert line.count("\n") == 1


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Writes a run of one model to disk and gives its folder."""
    monkeypatch.setenv("ELBENCH_DATA", str(tmp_path / "data"))

    def store(name: str, *, slower: float = 1.0, launches: int = 10, run: Run | None = None) -> str:
        whole = make_comparison(models=("net",), max_pairs=launches) if run is None else run
        plan = {"models": ["net"], "launches": launches, **(run.plan if run else {})}
        plain = replace(whole, run_id=name, plan=plan)
        (tmp_path / name).mkdir()
        directory = RunDirectory.create(tmp_path / name, plain)
        for one in measure_pairs(whole, launches):
            durations = tuple(round(value * slower) for value in one.duration_ns)
            directory.append(replace(one, duration_ns=durations))
        return str(tmp_path / name)

    return store


def test_two_runs_of_one_model_are_compared_and_called_not_interleaved(
    stored: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    before, same, slower = stored("before"), stored("same"), stored("slower", slower=1.1)
    assert run_command(["compare", before, same, "--metric", "steady"]) == 0
    said = capsys.readouterr().out
    assert "1 thread, net: equivalent: steady median (95 % interval" in said
    assert "not_interleaved: The runs were measured one after the other" in said
    assert "Exactly, net in the second run against net in the first run: nothing changed." in said
    assert run_command(["compare", before, slower, "--metric", "steady"]) == 1
    assert "regressed: steady median 10.0 % slower" in capsys.readouterr().out


def noise_of(phone_id: str, floor: float, *, engine: str | None = None) -> PhoneNoise:
    return replace(
        NOISE,
        phone_id=phone_id,
        engine=engine,
        metrics=(MetricNoise(metric="steady", pair_log_sd=0.3, floor=floor),),
        missing={} if engine else NOISE.missing,
    )


def test_what_is_known_of_a_phones_noise_is_the_margin_of_two_runs(
    stored: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    before, slower = stored("before"), stored("slower", slower=1.1)
    keep_noise(noise_of(PHONE, 0.2))
    assert run_command(["compare", before, slower, "--metric", "steady"]) == 0
    assert "equivalent: steady median 10.0 % slower (95 % interval" in capsys.readouterr().out


def test_a_comparison_records_the_noise_of_its_own_phone_and_engine_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELBENCH_DATA", str(tmp_path))
    own, other = noise_of(PHONE, 0.04), noise_of(PHONE, 0.4, engine="lite")
    for one in (own, other, noise_of("another phone", 0.4)):
        keep_noise(one)
    server = AdbServer(host="127.0.0.1", port=1, adb_path=Path("adb"))
    phone = ReadyPhone(transport=server.transport("none"), facts=RUN.phones[0], sent_bytes=0)
    plan = Plan(models=("net", CANDIDATE), compare=Compare(max_pairs=7), launches=7)
    setting = Setting(plan=plan, server=server, phones=(phone,), models=tuple(exported(RUN)))
    run = new_run("01JDK3V5Q8ZT7W2M4N6P8R9S0A", setting)
    assert run.noise == (own,)
    assert [one.block for one in run.schedule] == [block for block in range(7) for _ in range(2)]
    alone = replace(setting, plan=plan.model_copy(update={"compare": None}))
    assert new_run("01JDK3V5Q8ZT7W2M4N6P8R9S0A", alone).noise == ()


def test_a_comparison_of_recipes_can_be_read_again_to_be_continued() -> None:
    server = AdbServer(host="127.0.0.1", port=1, adb_path=Path("adb"))
    phone = ReadyPhone(transport=server.transport("none"), facts=RUN.phones[0], sent_bytes=0)
    plan = Plan(models=(BASELINE,), compare=Compare(recipes=("fast", "documented")))
    models = tuple(exported(RUN, recipe="documented", model=BASELINE))
    run = new_run(
        "01JDK3V5Q8ZT7W2M4N6P8R9S0A", Setting(plan=plan, server=server, phones=(phone,), models=models)
    )
    assert read_plan(run.plan, where="run").recipes == ("fast", "documented")


def test_runs_that_are_not_alike_are_refused_with_every_difference(
    stored: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(models=("net",), launches=6)
    other = replace(
        run,
        plan={"warmup": {"min_iterations": 77}, "foreground": False},
        artifacts=(replace(run.artifacts[0], precision="int8"),),
    )
    assert run_command(["compare", stored("before"), stored("other", launches=6, run=other)]) == 2
    said = capsys.readouterr().err
    assert "foreground is True and False" in said
    assert "warmup.min_iterations is 10 and 77" in said
    assert "net has float32 and int8" in said
    assert said.count("\n") == 1


def test_runs_without_a_common_phone_are_refused(
    stored: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    other = make_run(models=("net",), launches=6, phones=(make_phone(2),))
    assert run_command(["compare", stored("before"), stored("other", launches=6, run=other)]) == 2
    assert "no phone is in both: Google Pixel 7 (01a1b2c3d4e5) and" in capsys.readouterr().err
