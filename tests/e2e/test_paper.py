"""`elbench paper` from outside: what it would measure, and the verdicts on a run that was measured."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.results.records import Evaluation, Run
from harness.results.rundir import RunDirectory
from harness.stats.claims import BASELINES, SUBJECT
from reports.page import render
from tests.e2e.conftest import Elbench
from tests.reports.paper_runs import paper_run
from tests.reports.runs import make_phone, make_run
from tests.reports.test_accuracy import measured


@pytest.fixture
def run(elbench: Elbench) -> Path:
    """A directory of a run of ELNet and two baselines on a virtual phone, with its page."""
    made, evaluations = paper_run(
        make_phone(is_virtual=True), baselines=("mobilenet_v3_small", "squeezenet1_1")
    )
    directory = stored(elbench.folder / "run", made, evaluations)
    directory.write_report(render(made, directory.launches(), evaluations))
    return directory.path


def stored(path: Path, made: Run, evaluations: Sequence[Evaluation] = ()) -> RunDirectory:
    path.mkdir()
    directory = RunDirectory.create(path, made)
    for launch in measured(made):
        directory.append(launch)
    for evaluation in evaluations:
        directory.append_evaluation(evaluation)
    return directory


def test_it_measures_elnet_and_every_baseline_by_one_plan(elbench: Elbench) -> None:
    ran = elbench("paper", "--or-virtual", "--dry-run", "--json", "--launches", "3")
    assert ran.returncode == 0, ran.stderr
    models = json.loads(ran.stdout)["plan"]["models"]
    assert models[:11] == [SUBJECT, *BASELINES]
    assert all(name.endswith("@weights=digits") for name in models[11:])


def test_models_that_were_trained_are_measured_with_these_weights_too(elbench: Elbench) -> None:
    trained = Path(elbench.environment["ELBENCH_CACHE"]) / "checkpoints" / "ghostnet-digits.pt"
    trained.parent.mkdir(exist_ok=True)
    trained.write_bytes(b"")
    try:
        ran = elbench("paper", "--or-virtual", "--dry-run", "--json")
    finally:
        trained.unlink()
    assert "ghostnet@weights=digits" in json.loads(ran.stdout)["plan"]["models"][11:]


def test_a_measured_run_is_judged_and_its_page_stays_as_it_is(elbench: Elbench, run: Path) -> None:
    before = (run / "report.html").read_bytes()
    judged = elbench("paper", "--from", "run")
    assert judged.returncode == 0, judged.stderr
    title, *lines, page = judged.stdout.splitlines()
    assert title.startswith("The paper's claims (a reconstruction")
    assert page == "Page: run/paper.html"
    assert "Fewer parameters        holds [the models, on any phone, input 224×224]" in lines
    assert lines[-1].startswith("On Android phones       not measured (a virtual phone is no Android phone)")
    assert "The paper's claims" in (run / "paper.html").read_text()
    assert (run / "report.html").read_bytes() == before


def test_json_has_the_verdicts_and_their_figures(elbench: Elbench, run: Path) -> None:
    summary = json.loads(elbench("paper", "--from", "run", "--json").stdout)
    assert summary["page"] == str(run.relative_to(elbench.folder) / "paper.html")
    accuracy = next(claim for claim in summary["claims"] if claim["key"] == "accuracy")
    # 489 of 500 right, against 470 and 481.
    assert [one["value"] for one in accuracy["comparisons"]] == [
        pytest.approx(0.038),
        pytest.approx(0.016),
    ]
    assert (accuracy["data"], accuracy["virtual"]) == ("digits", True)


def test_a_run_without_elnet_is_refused_with_the_command_that_measures_it(elbench: Elbench) -> None:
    stored(elbench.folder / "run", make_run(models=("mobilenet_v2",), launches=1))
    refused = elbench("paper", "--from", "run")
    assert refused.returncode == 2
    assert refused.stderr == (
        f"elbench: run: the run did not measure {SUBJECT}, which the paper's claims are about. "
        "Measure it with its baselines: elbench paper.\n"
    )


def test_a_measured_run_cannot_be_changed(elbench: Elbench) -> None:
    refused = elbench("paper", "--from", "run", "--virtual", "--launches", "3")
    assert refused.returncode == 2
    assert "--from cannot be changed by --virtual, --launches" in refused.stderr
