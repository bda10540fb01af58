"""Which data a run says that it evaluated on, and what a continued run needs to know again."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.examining import evaluated_models, examine_again, named_data
from harness.errors import BadPlan, UsageError
from harness.measure.plan import Plan
from harness.models.catalogue import entry
from harness.results.records import Run
from harness.results.rundir import RunDirectory
from tests.results.records import PHONE, run
from tests.results.test_evaluations import DONE

SMALL = entry("elnet_0.5@input=32,classes=10")


def test_a_run_directory_says_which_data_and_not_where_they_lie(tmp_path: Path) -> None:
    assert [named_data(name) for name in ("auto", "none", "digits")] == ["auto", "none", "digits"]
    assert named_data("cifar10:/home/somebody/data") == "cifar10"
    (tmp_path / "flowers").mkdir()
    assert named_data(str(tmp_path / "flowers")) == "flowers"


def test_a_dry_run_names_the_models_that_are_evaluated() -> None:
    assert evaluated_models(Plan(evaluate="digits"), [SMALL]) == (f"{SMALL.name} on digits",)
    assert evaluated_models(Plan(), [SMALL, entry("elnet_1.0@weights=digits")]) == (
        "elnet_1.0@weights=digits on digits",
    )
    assert evaluated_models(Plan(evaluate="none"), [entry("elnet_1.0@weights=digits")]) == ()
    with pytest.raises(UsageError, match="has 1000 classes and digits has 10"):
        evaluated_models(Plan(evaluate="digits"), [SMALL, entry("squeezenet1_1")])


@pytest.fixture
def directory(tmp_path: Path) -> RunDirectory:
    return RunDirectory.create(tmp_path, run())


def again(directory: RunDirectory, evaluate: str, given: str | None, stored: Run | None = None) -> None:
    examine_again(
        directory,
        stored or run(),
        Plan(evaluate=evaluate),
        given,
        folder=directory.path,
        cache_root=directory.path,
    )


def test_data_of_a_folder_have_to_be_given_again_while_an_answer_lacks(directory: RunDirectory) -> None:
    with pytest.raises(BadPlan, match="the images of flowers are needed again") as refusal:
        again(directory, "flowers", None)
    assert "Add --evaluate" in str(refusal.value)
    directory.append_evaluation(DONE)
    again(directory, "flowers", None)


def test_other_data_than_the_run_began_with_are_refused(directory: RunDirectory) -> None:
    with pytest.raises(BadPlan, match="the run began with the data auto, not digits"):
        again(directory, "auto", "digits")
    again(directory, "cifar10", "cifar10:/anywhere")


def test_a_model_that_one_of_two_phones_has_not_evaluated_lacks_an_answer(directory: RunDirectory) -> None:
    directory.append_evaluation(DONE)
    two = replace(run(), phones=(PHONE, replace(PHONE, phone_id="another")))
    with pytest.raises(BadPlan, match="are needed again"):
        again(directory, "flowers", None, two)
