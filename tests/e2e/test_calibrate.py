"""A phone compared with itself: its noise is found, kept, and planned with."""

import json
from pathlib import Path

import pytest

from tests.conftest import PrivateAdb
from tests.e2e.conftest import FAST_PLAN, MODEL, Elbench, connected_phones

LAUNCH_SD = 0.03
TIMING = f"""
[default]
launch_sd = {LAUNCH_SD}
iteration_sd = 0.001
drift = 0
warmup_excess = 0
"""
PAIRS = 12


def test_the_noise_of_a_modelled_phone_is_found_again_and_planned_with(
    elbench: Elbench, adb: PrivateAdb, tmp_path: Path
) -> None:
    plan, timing = tmp_path / "plan.toml", tmp_path / "timing.toml"
    plan.write_text(f"{FAST_PLAN}[ready]\npoll_seconds = 0.1\n[telemetry]\nhertz = 0\n")
    timing.write_text(TIMING)
    with connected_phones(adb, 1, timing=timing) as (serial,):
        options = ("--model", MODEL, "--on", serial, "--pairs", str(PAIRS), "--plan", str(plan))
        calibrated = elbench("calibrate", *options, "--out", "run", "--json")
        planned = elbench("plan", "--detect", "10%", "--on", serial, "--max-pairs", "20", "--json")
    assert calibrated.returncode == 0, calibrated.stderr
    said = json.loads(calibrated.stdout)
    (phone,) = said["phones"]
    noise = phone["noise"]
    assert (noise["engine"], noise["pairs"], phone["is_virtual"]) == ("modelled", PAIRS, True)
    steady = next(one for one in noise["metrics"] if one["metric"] == "steady")
    # The phone's seed is fixed; 99 of 100 spreads of 12 pairs lie so near to the true one.
    assert steady["pair_log_sd"] == pytest.approx(LAUNCH_SD * 2**0.5, rel=0.5)
    kept = tmp_path / ".local" / "share" / "elbench" / "noise" / f"{noise['phone_id']}.json"
    assert Path(phone["file"]) == kept
    assert json.loads(kept.read_text())["noise"] == [noise]
    assert (tmp_path / said["page"]).is_file()
    assert planned.returncode == 0, planned.stderr
    (answer,) = json.loads(planned.stdout)["phones"]
    assert answer["noise"] == noise
    assert answer["cells"][0]["pair_log_sd"] == steady["pair_log_sd"]
