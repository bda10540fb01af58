"""The main job from outside: from models to a page, and what a stop in the middle leaves."""

import json
import shutil
import signal
from pathlib import Path

import pytest

from tests.browser.chromium import chromium, open_report
from tests.conftest import PrivateAdb
from tests.e2e.conftest import JOURNAL, MODEL, Elbench, in_environment, journal, stop_after


@pytest.fixture(scope="module")
def measured(adb: PrivateAdb, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Elbench:
    """The command in a folder with a whole run on a virtual phone, which no test changes."""
    elbench = in_environment(adb, cache, tmp_path_factory.mktemp("measured"))
    elbench.measure("--virtual", "--out", "run")
    return elbench


def test_a_virtual_run_proves_every_output_and_prints_json_alone_on_stdout(elbench: Elbench) -> None:
    ran = elbench.measure("--virtual", "--model", MODEL, "--model", "squeezenet1_1", "--json", "--out", "run")
    result = json.loads(ran.stdout)
    assert result["virtual"] is True
    assert result["complete"] is True
    errors = [launch["output_error"] for launch in result["launches"]]
    assert len(errors) == 4
    assert all(error <= 1e-5 for error in errors)
    assert {cell["model"] for cell in result["cells"]} == {MODEL, "squeezenet1_1"}
    assert all(cell["latency_ns"]["value"] > 0 for cell in result["cells"])


def test_every_launch_is_a_fresh_process_with_all_its_numbers(measured: Elbench) -> None:
    launches = journal(measured.folder / "run")
    assert len({launch["runner"]["pid"] for launch in launches}) == len(launches) == 2
    for launch in launches:
        assert launch["outcome"] == "ok"
        assert launch["load_ns"] > 0
        assert launch["first_ns"] > 0
        assert len(launch["warmup_ns"]) >= 3
        assert len(launch["duration_ns"]) >= 10
        assert {sample["phase"] for sample in launch["memory"]} >= {"start", "loaded"}
        assert launch["before"]["battery_percent"] is not None


def test_the_page_is_made_again_byte_for_byte(measured: Elbench) -> None:
    page = (measured.folder / "run" / "report.html").read_bytes()
    assert measured("report", "run", "--out", "again.html").returncode == 0
    assert (measured.folder / "again.html").read_bytes() == page
    assert b"virtual" in page
    assert measured("report", "run", "--out", ".").returncode == 2


def test_the_page_opens_in_chromium_without_a_complaint_or_a_request(measured: Elbench) -> None:
    page = measured.folder / "run" / "report.html"
    with chromium() as browser:
        opened = open_report(browser, page)
        text = opened.page.inner_text("body")
    assert MODEL in text
    assert "virtual" in text.lower()
    assert opened.complaints == []
    assert opened.requests == [page.as_uri()]


def test_a_file_of_ones_own_is_measured_like_a_catalogue_model_and_nothing_of_this_machine_is_left_behind(
    elbench: Elbench,
) -> None:
    elbench("export", MODEL, "--out", "models")
    own = str(elbench.folder / "models" / f"{MODEL}.ptl")
    result = json.loads(elbench.measure("--virtual", "--model", own, "--json", "--out", "run").stdout)
    assert all(launch["output_error"] <= 1e-5 for launch in result["launches"])
    assert [cell["model"] for cell in result["cells"]] == [MODEL]
    run = (elbench.folder / "run" / "run.json").read_text()
    page = (elbench.folder / "run" / "report.html").read_text()
    for text in (run, page):
        assert "127.0.0.1" not in text
        assert str(elbench.folder) not in text
    assert elbench("devices", "--json").stdout.strip() == "[]"


def test_a_kill_in_the_middle_loses_no_finished_launch_and_resume_completes(elbench: Elbench) -> None:
    with elbench.measuring(6, "--virtual") as run:
        stop_after(run, "2 of 6 launches", signal.SIGKILL)
    before = (elbench.folder / "run" / JOURNAL).read_bytes()
    finished = before[: before.rfind(b"\n") + 1]
    assert finished.count(b"\n") in (2, 3, 4)

    resumed = elbench("run", "--resume", "run", "--json")
    assert resumed.returncode == 0, resumed.stderr
    assert (elbench.folder / "run" / JOURNAL).read_bytes().startswith(finished)
    assert json.loads(resumed.stdout)["measured_launches"] == 6
    assert len({launch["request"]["launch_id"] for launch in journal(elbench.folder / "run")}) == 6
    page = (elbench.folder / "run" / "report.html").read_bytes()
    assert elbench("report", "run").returncode == 0
    assert (elbench.folder / "run" / "report.html").read_bytes() == page


def test_ctrl_c_keeps_what_was_measured_and_names_the_command_that_goes_on(elbench: Elbench) -> None:
    with elbench.measuring(50, "--virtual") as run:
        _, said = stop_after(run, "2 of 50 launches", signal.SIGINT)
        assert run.returncode == 130
    assert said.splitlines()[-1].endswith("elbench run --resume run.")
    assert "Traceback" not in said
    measured = journal(elbench.folder / "run")
    assert len(measured) >= 2
    assert all(launch["outcome"] == "ok" for launch in measured)
    assert (elbench.folder / "run" / "report.html").exists()


def test_sigterm_ends_a_run_as_ctrl_c_does(elbench: Elbench) -> None:
    with elbench.measuring(50, "--virtual") as run:
        stop_after(run, "1 of 50 launches", signal.SIGTERM)
        assert run.returncode == 130


def test_a_second_ctrl_c_still_names_the_command_that_goes_on(elbench: Elbench) -> None:
    with elbench.measuring(50, "--virtual") as run:
        assert run.stderr
        assert any("1 of 50 launches" in line for line in run.stderr)
        run.send_signal(signal.SIGINT)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert said.splitlines()[-1].endswith("elbench run --resume run.")
    assert "Traceback" not in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_before_the_first_launch_leaves_nothing_and_says_so(
    elbench: Elbench, tmp_path: Path, number: signal.Signals
) -> None:
    cold = elbench.with_environment(ELBENCH_CACHE=str(tmp_path / "cold"), TMPDIR=str(tmp_path))
    with cold.measuring(2, "--virtual") as run:
        out, said = stop_after(run, f"exporting {MODEL}", number)
    assert run.returncode == 130
    assert (out, said) == ("", "elbench: interrupted. Run the same command again.\n")
    assert not (elbench.folder / "run").exists()
    assert list(tmp_path.glob("elbench-phone-*")) == []


def test_resuming_a_complete_run_measures_nothing_again(measured: Elbench) -> None:
    before = (measured.folder / "run" / JOURNAL).read_bytes()
    assert measured("run", "--resume", "run").returncode == 0
    assert (measured.folder / "run" / JOURNAL).read_bytes() == before


def test_a_run_folder_that_takes_no_files_is_refused_before_a_phone_is_touched(
    elbench: Elbench, measured: Elbench
) -> None:
    shutil.copytree(measured.folder / "run", elbench.folder / "run")
    (elbench.folder / "run" / ".probe").mkdir()
    resumed = elbench("run", "--resume", "run")
    assert resumed.returncode == 2
    assert resumed.stderr.count("\n") == 1
    assert "run: cannot be written" in resumed.stderr


@pytest.mark.usefixtures("measured")
def test_an_unchanged_model_is_not_exported_twice(elbench: Elbench) -> None:
    assert "exporting" not in elbench.measure("--virtual", "--out", "run").stderr


def test_a_dry_run_says_what_it_would_do_and_does_nothing(elbench: Elbench) -> None:
    what = ("--model", MODEL, "--threads", "1,2", "--launches", "3")
    ran = elbench("run", "--or-virtual", "--dry-run", "--json", *what)
    planned = json.loads(ran.stdout)
    assert planned["launches"] == 6
    assert planned["phones"] == ["a virtual phone"]
    assert sorted(path.name for path in elbench.folder.iterdir()) == ["plan.toml"]


def test_exported_files_lie_in_the_folder_with_their_records(elbench: Elbench) -> None:
    ran = elbench("export", MODEL, "--out", "models", "--json")
    [record] = json.loads(ran.stdout)
    file = elbench.folder / record["path"]
    assert file.stat().st_size == record["file_bytes"]
    assert file.parent == elbench.folder / "models"
    assert record["export_error"] <= 1e-5


def test_copies_of_one_file_are_measured_once_and_it_is_said(elbench: Elbench) -> None:
    elbench("export", MODEL, "--out", "models")
    shutil.copy(elbench.folder / "models" / f"{MODEL}.ptl", elbench.folder / "copy.ptl")
    ran = elbench.measure("--virtual", "--model", MODEL, "--model", "copy.ptl", "--json", "--out", "run")
    result = json.loads(ran.stdout)
    assert f"copy is the same file as {MODEL} and measured once" in ran.stderr
    assert [cell["model"] for cell in result["cells"]] == [MODEL]
    assert result["measured_launches"] == result["planned_launches"] == 2
