"""Plans: what people write, and what they are told when it is wrong."""

from pathlib import Path
from typing import get_args

import pytest

from android_runner.arm64.cores import CORES
from harness.errors import BadPlan
from harness.measure.plan import QUICK, Core, Plan, make_plan, read_plan


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
        ('engine = "lite"\ndevices = ["R58M"]', "engine lite is for a virtual phone; the phone 'R58M' has"),
        ('virtual = true\ndevices = ["R58M"]', "a virtual phone and the phone 'R58M'"),
        ("input_shape = [1, 3, 100000, 100000]", "input_shape holds more than"),
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
    assert other.warmup.min_iterations == 30


def test_a_section_that_is_no_table_is_named_as_one(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text("ready = 3\n", encoding="utf-8")
    with pytest.raises(BadPlan, match=r"ready is no table\. Write \[ready\] and its keys below it"):
        make_plan(file, quick=False, overrides={})
