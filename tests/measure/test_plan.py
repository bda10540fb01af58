"""Plans: what people write, and what they are told when it is wrong."""

from pathlib import Path
from typing import get_args

import pytest

from android_runner.arm64.cores import CORES
from harness.errors import BadPlan
from harness.measure.plan import Core, Plan
from harness.measure.plan_file import QUICK, make_plan, read_plan


def written(folder: Path, text: str) -> Path:
    file = folder / "plan.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_anything_the_plan_is_the_default() -> None:
    assert make_plan(None, quick=False, overrides={}) == Plan()


def test_the_command_line_goes_before_quick_and_quick_before_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "launches = 7\nseed = 3\n[measure]\nmin_iterations = 99\npause_ms = 5\n")
    plan = make_plan(file, quick=True, overrides={"launches": 2})
    assert plan.launches == 2
    assert plan.measure.min_iterations == QUICK["measure"]["min_iterations"]
    assert plan.measure.pause_ms == 5
    assert plan.seed == 3


def test_the_documented_example_is_a_valid_plan(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "plan.md"
    example = page.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    plan = make_plan(written(tmp_path, example), quick=False, overrides={})
    assert plan.model_dump(exclude={"models"}) == Plan().model_dump(exclude={"models"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("launchs = 3", "unknown key launchs. Did you mean launches"),
        ("[warmup]\nmin_second = 1", "unknown key warmup.min_second. Did you mean min_seconds"),
        ("[wormhole]\nx = 1", "unknown key wormhole"),
        ("launches = 0", "launches: input should be greater than or equal to 1, got 0"),
        ('launches = "many"', "launches"),
        ("models = []", "models"),
        ("threads = [0]", "threads.0"),
        ("[memory]\nperiod_ms = 20", "faster than 100 ms disturbs"),
        ("[measure]\nmin_iterations = 10\nmax_iterations = 5", "min_iterations 10 > max_iterations 5"),
        ("[measure]\nmax_iterations = 1000001", "measure.max_iterations: input should be less than"),
        ("[warmup]\nmin_iterations = 3000000000", "warmup.min_iterations: input should be less than"),
        ("[measure]\nmin_seconds = nan", "measure.min_seconds"),
        ("[limits]\nlaunch_seconds = inf", "limits.launch_seconds"),
        ('count = ["a99"]', "count.0: input should be 'a53', 'a55'"),
        ('count = "a76"', "count: input should be a valid tuple"),
        ('count = ["a76", "a55", "a76"]', "count names a76 twice"),
        ("threads = [1, 2, 1]", "threads names 1 twice"),
        ("launches = ", "is not TOML"),
        ('recipe = "slow"', "recipe"),
        ("[warmup]\nmin_seconds = 9\nmax_seconds = 2", "min_seconds 9.0 > max_seconds 2.0"),
        ('engine = "fast"', "engine"),
        ('duet = true\nmodels = ["a"]', "a duet measures two models in turn, the plan has 1"),
        ('duet = true\nmodels = ["a", "b", "c"]', "a duet measures two models in turn, the plan has 3"),
        ('duet = true\nmodels = ["a", "b"]\nsustained_minutes = 5', "a duet is measured in bursts, and the"),
        ("duet_block = 0", "duet_block: input should be greater than or equal to 1, got 0"),
        ('engine = "lite"\ndevices = ["R58M"]', "engine lite is for a virtual phone; the phone 'R58M' has"),
        ('virtual = true\ndevices = ["R58M"]', "a virtual phone and the phone 'R58M'"),
        ("input_shape = [1, 3, 100000, 100000]", "input_shape holds more than"),
        ('mode = "sustained"', "mode sustained and sustained_minutes belong together"),
        ('mode = "burst"\nsustained_minutes = 5', "mode sustained and sustained_minutes belong together"),
        ("sustained_minutes = nan", "sustained_minutes: input should be"),
        ("sustained_minutes = 61", "sustained_minutes: input should be less than or equal to 60"),
        ("sustained_minutes = 5\n[measure]\nmax_seconds = 400", "mode sustained measures for 5 minutes"),
        (
            "sustained_minutes = 5\n[measure]\npause_ms = 9",
            "pause_ms 9 is for mode sparse, and the mode is sus",
        ),
        ('mode = "burst"\n[measure]\npause_ms = 9', "pause_ms 9 is for mode sparse, and the mode is burst"),
        ('mode = "sparse"\n[measure]\npause_ms = 0', "mode sparse needs a pause: measure.pause_ms is 0"),
        ("[measure]\npause_ms = 60001", "measure.pause_ms: input should be less than or equal to 60000"),
        (
            "sustained_minutes = 3\n[limits]\nlaunch_seconds = 180",
            "limits.launch_seconds 180 ends a launch that measures for 180 s",
        ),
        (
            "[measure]\npause_ms = 8000\n[limits]\nsilence_seconds = 120",
            "limits.silence_seconds 120 ends a launch that measures for 160 s",
        ),
        (f"seed = {10**30}", "seed: input should be less than"),
        (f"seed = {'9' * 5000}", "is not TOML"),
        (f"models = {'[' * 50_000}{']' * 50_000}", "is not TOML"),
        (f"# {'x' * (1 << 20)}", "it is larger than 1048576 bytes"),
    ],
)
def test_a_broken_plan_is_answered_in_one_line_with_key_and_remedy(
    tmp_path: Path, text: str, said: str
) -> None:
    file = written(tmp_path, text)
    with pytest.raises(BadPlan) as caught:
        make_plan(file, quick=False, overrides={})
    line = str(caught.value)
    assert said in line
    assert str(file) in line
    assert "\n" not in line


def test_a_plan_that_is_not_there_is_answered_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(BadPlan, match="No such file"):
        make_plan(tmp_path / "none.toml", quick=False, overrides={})


def test_a_plan_that_is_not_text_is_answered_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_bytes(bytes(range(256)))
    with pytest.raises(BadPlan, match="is not TOML"):
        make_plan(file, quick=False, overrides={})


def test_a_device_that_never_ends_is_no_plan() -> None:
    with pytest.raises(BadPlan, match="larger than"):
        make_plan(Path("/dev/zero"), quick=False, overrides={})


def test_every_core_that_can_be_counted_can_be_planned() -> None:
    assert get_args(Core) == tuple(CORES)


def test_a_wrong_option_is_said_to_come_from_the_command_line() -> None:
    with pytest.raises(BadPlan, match=r"^command line: launches"):
        make_plan(None, quick=False, overrides={"launches": 0})


def test_a_stored_plan_is_read_back_equal() -> None:
    plan = Plan(threads=(1, 2), seed=7, count=("a55", "a76"), engine="arm64")
    assert read_plan(plan.model_dump(mode="json"), where="run") == plan


def test_a_stored_plan_that_was_edited_to_nonsense_is_refused_with_its_place() -> None:
    with pytest.raises(BadPlan, match=r"^run: unknown key nonsense"):
        read_plan({"nonsense": 1}, where="run")


def test_an_engine_without_times_measures_as_little_as_there_is(tmp_path: Path) -> None:
    plain = make_plan(None, quick=False, overrides={"engine": "arm64"})
    assert (plain.launches, plain.warmup.min_iterations, plain.measure.min_iterations) == (2, 1, 1)
    assert make_plan(None, quick=True, overrides={"engine": "arm64"}) == plain

    file = tmp_path / "plan.toml"
    file.write_text('engine = "arm64"\nlaunches = 5\n[measure]\nmin_iterations = 3\n')
    written = make_plan(file, quick=True, overrides={})
    assert (written.launches, written.warmup.min_iterations, written.measure.min_iterations) == (5, 1, 3)
    other = make_plan(file, quick=False, overrides={"engine": "lite"})
    assert other.warmup == Plan().warmup


def test_a_section_that_is_no_table_is_named_as_one(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text("ready = 3\n", encoding="utf-8")
    with pytest.raises(BadPlan, match=r"ready is no table\. Write \[ready\] and its keys below it"):
        make_plan(file, quick=False, overrides={})


@pytest.mark.parametrize("minutes", [0.1, 5, 60])
def test_a_sustained_plan_measures_for_its_minutes_and_has_the_limits_for_it(minutes: float) -> None:
    plan = make_plan(None, quick=False, overrides={"sustained_minutes": minutes})
    assert (plan.mode, plan.launches) == ("sustained", 3)
    assert plan.measure.min_seconds == plan.measure.max_seconds == 60 * minutes
    assert plan.limits.launch_seconds >= 60 * minutes + Plan().limits.launch_seconds
    assert plan.limits.silence_seconds >= 60 * minutes + Plan().limits.silence_seconds
    # Room for a model of a millisecond, as long as the app can hold its times.
    assert plan.measure.max_iterations >= min(1_000_000, 60_000 * minutes)
    assert read_plan(plan.model_dump(mode="json"), where="run") == plan


def test_what_is_written_goes_before_the_defaults_of_the_mode(tmp_path: Path) -> None:
    text = "launches = 7\nsustained_minutes = 1\n[memory]\nperiod_ms = 0\n[limits]\nsilence_seconds = 500\n"
    plan = make_plan(written(tmp_path, text), quick=False, overrides={"launches": 2})
    assert (plan.launches, plan.memory.period_ms, plan.limits.silence_seconds) == (2, 0, 500)


@pytest.mark.parametrize("pause_ms", [1, 200, 60_000])
def test_a_sparse_plan_has_time_for_its_pauses(pause_ms: int) -> None:
    plan = make_plan(None, quick=False, overrides={"measure": {"pause_ms": pause_ms}})
    assert plan.mode == "sparse"
    pauses_s = plan.measure.min_iterations * pause_ms / 1000
    assert plan.measure.max_seconds > pauses_s
    assert plan.limits.silence_seconds > plan.measure.max_seconds
    assert plan.limits.launch_seconds > plan.measure.max_seconds
    assert make_plan(None, quick=False, overrides={"mode": "sparse"}).measure.pause_ms == 1000


def test_a_quick_look_can_be_sparse_and_not_sustained() -> None:
    assert make_plan(None, quick=True, overrides={"measure": {"pause_ms": 20}}).measure.min_iterations == 20
    with pytest.raises(BadPlan, match="--quick"):
        make_plan(None, quick=True, overrides={"sustained_minutes": 5})
