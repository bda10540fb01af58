"""The engine of a virtual phone, as a user chooses it and as the run records it."""

import json

import pytest

from harness.results.rundir import RunDirectory
from tests.e2e.conftest import Elbench, journal


def test_a_run_in_androids_own_libraries_records_them(elbench: Elbench) -> None:
    elbench.measure("--virtual", "--engine", "android", "--launches", "1", "--out", "run")
    run = RunDirectory(elbench.folder / "run").run()
    assert run.plan["engine"] == "android"
    assert run.phones[0].engine == "android"
    (launch,) = journal(elbench.folder / "run")
    assert launch["outcome"] == "ok"
    assert "Android x86_64 libraries" in json.dumps(launch["runner"])


def test_a_run_on_a_phones_own_code_ends_well_and_records_it(counting: Elbench) -> None:
    counting.measure("--virtual", "--engine", "arm64", "--launches", "1", "--out", "run")
    run = RunDirectory(counting.folder / "run").run()
    assert (run.plan["engine"], run.phones[0].engine) == ("arm64", "arm64")
    assert run.phones[0].abis == ("arm64-v8a",)
    (launch,) = journal(counting.folder / "run")
    assert launch["outcome"] == "ok"
    assert "Android arm64-v8a libraries" in json.dumps(launch["runner"])
    assert "emulated by qemu" in json.dumps(launch["runner"])


def test_the_default_is_android_and_a_machine_without_java_says_so(elbench: Elbench) -> None:
    ran = elbench.measure("--virtual", "--launches", "1", "--out", "run")
    assert "engine lite" not in ran.stderr
    without_java = elbench.with_environment(PATH="/nowhere")
    ran = without_java.measure("--virtual", "--launches", "1", "--out", "lite")
    assert "Models run in the engine lite, not in Android's own libraries" in ran.stderr
    engines = [RunDirectory(elbench.folder / name).run().plan["engine"] for name in ("run", "lite")]
    assert engines == ["android", "lite"]


def test_a_wanted_engine_without_its_tools_is_refused(elbench: Elbench) -> None:
    ran = elbench.with_environment(PATH="/nowhere")("run", "--virtual", "--engine", "android")
    assert ran.returncode == 2
    assert "java and cc and readelf cannot be found. Run: apt-get install" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("options", [(), ("--device", "R58M")])
def test_an_engine_is_refused_for_real_phones(elbench: Elbench, options: tuple[str, ...]) -> None:
    ran = elbench("run", "--engine", "lite", *options)
    assert ran.returncode == 2
    assert "engine lite is for a virtual phone" in ran.stderr
