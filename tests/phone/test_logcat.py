"""How an app ended, as the logs of real phones say it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.phone.logcat import parse_end

SAMPLES = Path(__file__).parent / "samples" / "logcat_lmk"
RUNNER = "io.elbench.runner"


def log(name: str) -> str:
    """A sample without its source line."""
    return (SAMPLES / name).read_text(encoding="utf-8").partition("\n")[2]


@pytest.mark.parametrize(
    ("name", "package", "pid"),
    [
        ("kernel_lmk_android5_8.txt", "com.android.play.games.ui", 2613),
        ("kernel_lmk_linux310.txt", "com.sec.networkupgrade", 6924),
        ("lmkd_android15_crdroid.txt", "com.google.android.gms.unstable", 17933),
        ("lmkd_litert_llm_4GB_kill.txt", "com.tcs.vehicleassistant", 17757),
    ],
)
def test_every_generation_of_the_low_memory_killer_is_recognised(name: str, package: str, pid: int) -> None:
    end = parse_end(log(name), mark="no mark", package=package, pid=pid)
    assert end.end == "killed_by_lmk"
    assert f"({pid})" in end.line
    assert parse_end(log(name), mark="no mark", package=package, pid=pid + 1).end is None


@pytest.mark.parametrize("name", sorted(file.name for file in SAMPLES.iterdir()))
def test_the_death_of_another_app_is_not_this_ones(name: str) -> None:
    end = parse_end(log(name), mark="no mark", package=RUNNER, pid=None)
    assert (end.end, end.line, end.excerpt) == (None, "", "")


def test_without_a_process_id_the_name_decides_even_cut_to_its_last_15_characters() -> None:
    killed = "<6>lowmemorykiller: Killing '.elbench.runner' (2613), adj 0,"
    assert parse_end(killed, mark="no mark", package=RUNNER, pid=None).end == "killed_by_lmk"
    longer = "I lowmemorykiller: Kill 'io.elbench.runner2' (2613), uid 10217"
    assert parse_end(longer, mark="no mark", package=RUNNER, pid=None).end is None


def test_what_stands_before_the_mark_belongs_to_an_earlier_launch() -> None:
    text = (
        "11-25 10:00:00.000   710   710 I lowmemorykiller: Kill 'io.elbench.runner' (50), uid 10217\n"
        "11-25 10:00:01.000  2000  2000 I elbench : run-7\n"
        "11-25 10:00:02.000    60    60 E AndroidRuntime: FATAL EXCEPTION: main\n"
        "11-25 10:00:02.000    60    60 E AndroidRuntime: Process: io.elbench.runner, PID: 60\n"
    )
    end = parse_end(text, mark="run-7", package=RUNNER, pid=60)
    assert end.end == "crashed"
    assert "FATAL EXCEPTION" in end.line
    assert "lowmemorykiller" not in end.excerpt


def test_an_anr_is_told_from_a_crash() -> None:
    text = (
        "11-25 10:00:02.000  1234  1300 E ActivityManager: ANR in io.elbench.runner\n"
        "11-25 10:00:02.100  1234  1300 I ActivityManager: Process io.elbench.runner (pid 60) has died\n"
    )
    end = parse_end(text, mark="no mark", package=RUNNER, pid=60)
    assert end.end == "anr"
    assert (
        parse_end(
            text.replace("ANR in io.elbench.runner", "ANR in io.other"),
            mark="no mark",
            package=RUNNER,
            pid=60,
        ).end
        == "crashed"
    )


@given(st.text(), st.one_of(st.none(), st.integers(1, 2**31)))
def test_any_text_is_a_log(text: str, pid: int | None) -> None:
    end = parse_end(text, mark="launch", package=RUNNER, pid=pid)
    assert len(end.excerpt.splitlines()) <= 60 * 8
