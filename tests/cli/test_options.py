import pytest

from harness.cli.main import run_command
from harness.cli.options import written


def test_options_that_were_not_given_are_not_named_and_a_zero_is() -> None:
    given = {"max_pairs": 3, "seed": 0, "strict": True, "duet": False, "out": None}
    assert written(given) == "--max-pairs, --seed, --strict"


@pytest.mark.parametrize("option", [["--model", "a"], ["--device", "S"], ["--sustained", "3"]])
def test_a_continued_run_names_the_option_that_cannot_change_it(
    option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["run", "--resume", "full", *option]) == 2
    assert f"--resume cannot be changed by {option[0]}. " in capsys.readouterr().err
