"""The sampling loop in a real shell over files that come, go and lie, and its lines read back."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.phone.telemetry_format import (
    Column,
    Pace,
    battery_columns,
    clock_columns,
    parse_sample,
    sampling_command,
    zone_columns,
)
from harness.results.records import ClusterClock, Temperature

BIG = ClusterClock(first_cpu=4, current_khz=2_400_000, cap_khz=2_800_000, max_khz=2_800_000)
LITTLE = ClusterClock(first_cpu=0, current_khz=1_800_000, cap_khz=1_800_000, max_khz=1_800_000)
ZONES = """\
/sys/class/thermal/thermal_zone0|vbat
/sys/class/thermal/thermal_zone1|cpu-0-0-usr
/sys/class/thermal/thermal_zone2|cpu-1-3-usr
/sys/class/thermal/thermal_zone3|cpu-1-3-usr
/sys/class/thermal/thermal_zone4|
/sys/class/thermal/thermal_zone5|xo-therm
/sys/class/thermal/thermal_zone6|quiet-therm-adc
/sys/class/thermal/thermal_zone10|gpuss-0-usr
/sys/class/thermal/thermal_zone11|cpu-0-1-usr
"""


def clock(name: str, *paths: Path) -> Column:
    return Column(name=name, quantity="clock_khz", paths=tuple(map(str, paths)))


def run(columns: tuple[Column, ...], *, pace: Pace = "sleep", samples: int = 2) -> list[str]:
    command = sampling_command(columns, period_s=0.01, samples=samples, pace=pace)
    ran = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=20)
    assert ran.stderr == ""
    return ran.stdout.splitlines()


def test_denied_missing_and_empty_files_leave_their_own_field_empty(tmp_path: Path) -> None:
    there, empty, unended = tmp_path / "there", tmp_path / "empty", tmp_path / "without end"
    there.write_text("1804800\n")
    empty.write_text("")
    unended.write_text("300000")
    columns = (
        clock("a", tmp_path / "none"),
        clock("b", there),
        clock("c", empty),
        clock("d", tmp_path),
        clock("e", unended),
        clock("f", tmp_path / "none", there),
    )
    lines = run(columns)
    assert len(lines) == 2
    for line in lines:
        sample = parse_sample(line, columns)
        assert sample
        assert sample[1] == (None, 1_804_800, None, None, 300_000, 1_804_800)


def test_a_file_that_vanishes_does_not_keep_its_last_value(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("5\n")
    command = sampling_command((clock("a", file),), period_s=0.01, samples=2, pace="sleep")
    removing = command.replace("sleep", f"rm -f '{file}'; sleep")
    ran = subprocess.run(["/bin/sh", "-c", removing], capture_output=True, text=True, timeout=20)
    assert [line.partition("|")[2] for line in ran.stdout.splitlines()] == ["5", ""]


def test_the_loop_ends_after_its_samples_and_when_nobody_listens(tmp_path: Path) -> None:
    columns = (clock("a", tmp_path / "none"),)
    assert len(run(columns, samples=5)) == 5
    command = sampling_command(columns, period_s=0.01, samples=100_000, pace="sleep")
    with subprocess.Popen(["/bin/sh", "-c", command], stdout=subprocess.PIPE) as loop:
        assert loop.stdout
        loop.stdout.readline()
        loop.stdout.close()
        loop.wait(timeout=20)


@pytest.mark.parametrize(
    ("line", "sample"),
    [
        ("12345.67|1804800|31", (12_345_670_000_000, (1_804_800, 31))),
        ("12345.67||", (12_345_670_000_000, (None, None))),
        ("12345.67|0|101", (12_345_670_000_000, (None, None))),
        ("12345.67|<unsupported>|-1", (12_345_670_000_000, (None, None))),
        ("12345.67|1804800", None),
        ("12345.67|1|2|3", None),
        ("|1804800|31", None),
        ("12345|1804800|31", None),
        ("sh: read: -t: unknown option", None),
        ("", None),
    ],
)
def test_a_line_is_a_sample_or_nothing(line: str, sample: object) -> None:
    columns = (*clock_columns([LITTLE])[:1], battery_columns()[0])
    assert parse_sample(line, columns) == sample


@given(st.text("0123456789.|- cpu\n\0é", max_size=60))
def test_no_line_breaks_the_parser(line: str) -> None:
    sample = parse_sample(line, clock_columns([LITTLE, BIG]))
    assert sample is None or all(value is None or value > 0 for value in sample[1])


@pytest.mark.parametrize(
    ("name", "text", "millicelsius"),
    [
        ("cpu-1-3-usr", "61200", 61_200),
        ("mtktscpu", "61", 61_000),
        ("quiet_therm", "-40000", None),
        ("quiet_therm", "0", None),
    ],
)
def test_zone_readings_are_temperatures_or_nothing(name: str, text: str, millicelsius: int | None) -> None:
    column = Column(name=name, quantity="temperature_millicelsius", paths=("/sys/class/thermal/z/temp",))
    assert parse_sample(f"1.00|{text}", (column,)) == (1_000_000_000, (millicelsius,))


def test_battery_temperatures_are_tenths_of_a_degree() -> None:
    assert parse_sample("1.00|83|312", battery_columns()) == (1_000_000_000, (83, 31_200))


def test_a_cluster_is_read_at_its_first_core_then_its_policy_then_its_other_cores() -> None:
    little, _, big, _ = clock_columns([LITTLE, BIG])
    assert little.paths == tuple(
        f"/sys/devices/system/cpu/{folder}/scaling_cur_freq"
        for folder in ("cpu0/cpufreq", "cpufreq/policy0", "cpu1/cpufreq", "cpu2/cpufreq")
    )
    assert [path.split("/")[5] for path in big.paths] == ["cpu4", "cpufreq"]


def test_what_the_phone_denied_just_before_is_not_tried_again() -> None:
    denied = ClusterClock(first_cpu=4, current_khz=None, cap_khz=2_000_000, max_khz=2_800_000)
    assert [(c.name, c.quantity) for c in clock_columns([denied])] == [("cpu4", "cap_khz")]


def test_the_hottest_zones_of_the_kinds_that_matter_are_chosen() -> None:
    now = [
        Temperature(name="cpu-1-3-usr", kind="cpu", millicelsius=52_000, source="thermal_zone"),
        Temperature(name="cpu-0-1-usr", kind="cpu", millicelsius=48_000, source="thermal_zone"),
        Temperature(name="cpu-0-0-usr", kind="cpu", millicelsius=44_000, source="thermal_zone"),
    ]
    columns = zone_columns(ZONES, now)
    assert [column.name for column in columns] == [
        "quiet-therm-adc",
        "cpu-1-3-usr",
        "cpu-0-1-usr",
        "gpuss-0-usr",
    ]
    assert columns[1].paths == ("/sys/class/thermal/thermal_zone2/temp",)


def test_a_phone_that_denies_its_zones_has_none() -> None:
    assert zone_columns("/sys/class/thermal/thermal_zone*|\n", []) == ()
    assert zone_columns("", []) == ()
