"""Every fault early, in the middle and late in a run of some phones: nothing is lost, nothing is left.

`campaign` holds what must be so whatever happened; each test adds the outcome that its fault must have.
"""

import re

import pytest

from android_runner.contract import PACKAGE
from tests.e2e.faults.campaign import (
    UNLUCKY,
    WHENS,
    Campaign,
    check_every_launch_is_measured,
    check_nothing_is_lost_or_left,
    fault,
    findings,
    summary,
)


@pytest.mark.parametrize(
    ("kind", "outcome", "evidence"),
    [
        ("crash", "crashed", r"Fatal signal 11 \(SIGSEGV\)"),
        ("crash_java", "crashed", r"FATAL EXCEPTION[\s\S]*IllegalStateException: a fault on purpose"),
        ("lmk", "killed_by_lmk", rf"lowmemorykiller: Kill '{PACKAGE}'"),
        ("anr", "anr", rf"ANR in {PACKAGE}"),
        ("hang", "timed_out", r"nothing arrived for 3 s; the app.s process \d+ is still there"),
    ],
    ids=["crash", "crash_java", "lmk", "anr", "hang"],
)
def test_an_app_that_ends_badly_is_named_and_measured_again(
    campaign: Campaign, kind: str, outcome: str, evidence: str
) -> None:
    for seen in campaign.after_each(kind).values():
        assert [one["outcome"] for one in seen.failed] == [outcome], summary(seen)
        assert re.search(evidence, seen.failed[0]["evidence"]), seen.failed[0]["evidence"]
        check_every_launch_is_measured(seen)


def test_a_pulled_cable_loses_no_launch_that_the_app_finishes(campaign: Campaign) -> None:
    for seen in campaign.after_each("disconnect", "for_seconds = 0.5").values():
        assert seen.failed == [], summary(seen)
        assert [one["recovered"] for one in seen.unlucky].count(True) == 1
        assert findings(seen.unlucky) == ["recovered"]
        check_every_launch_is_measured(seen)


def test_an_app_that_still_measures_as_the_cable_is_back_is_waited_for(campaign: Campaign) -> None:
    faults = fault("disconnect", "middle") + fault("hang", "middle", "for_seconds = 1.5")
    seen = campaign.after(faults)
    assert seen.failed == [], summary(seen)
    assert [one["recovered"] for one in seen.unlucky].count(True) == 1
    check_every_launch_is_measured(seen)


def test_a_cable_that_is_pulled_again_while_the_app_is_waited_for_loses_nothing(campaign: Campaign) -> None:
    faults = fault("disconnect", "middle", "for_seconds = 0.5") + fault("hang", "middle", "for_seconds = 2")
    faults += f'[[fault]]\nphone = {UNLUCKY}\nkind = "disconnect"\ncommand = "pidof"\nfor_seconds = 0.3\n'
    seen = campaign.after(faults)
    assert seen.failed == [], summary(seen)
    assert [one["recovered"] for one in seen.unlucky].count(True) == 1
    check_every_launch_is_measured(seen)


def test_a_phone_that_restarts_measures_that_launch_again(campaign: Campaign) -> None:
    for seen in campaign.after_each("reboot", "for_seconds = 0.5").values():
        assert [one["outcome"] for one in seen.failed] == ["disconnected"], summary(seen)
        assert "it had restarted" in seen.failed[0]["evidence"]
        check_every_launch_is_measured(seen)


def test_a_phone_that_stays_away_is_set_aside_and_put_right_when_it_is_seen_again(campaign: Campaign) -> None:
    with campaign.phones(fault("disconnect", "middle", "for_seconds = 8")) as phones:
        seen = campaign.run(phones)
        assert [one["outcome"] for one in seen.failed] == ["disconnected"], summary(seen)
        assert "did not come back within 6 s" in seen.ran.stderr
        assert seen.ran.returncode == 5
        assert len(seen.unlucky) == 2
        restored = campaign.elbench("restore")
        assert restored.returncode == 0, restored.stderr
        assert phones.settings(UNLUCKY) == seen.settings_before[UNLUCKY]
        resumed = campaign.run(phones, resume=True)
    assert resumed.ran.returncode == 0, resumed.ran.stderr
    assert [one["recovered"] for one in resumed.unlucky].count(True) == 1
    check_nothing_is_lost_or_left(resumed)


@pytest.mark.parametrize("when", WHENS)
def test_an_adb_server_that_is_ended_costs_no_launch(campaign: Campaign, when: str) -> None:
    def end_server() -> None:
        phones.await_launch(UNLUCKY, WHENS[when][0])
        assert campaign.adb.run("kill-server").returncode == 0

    with campaign.phones(fault("hang", when, "for_seconds = 2")) as phones:
        seen = campaign.run(phones, meanwhile=end_server)
    check_nothing_is_lost_or_left(seen, all_may_fail=True)
    assert seen.failed == [], summary(seen)
    assert [one["recovered"] for one in seen.unlucky].count(True) == 1, summary(seen)
    assert {one["outcome"] for one in seen.records} <= {"ok", "disconnected"}, summary(seen)
    check_every_launch_is_measured(seen)


def test_a_screen_that_goes_off_spoils_that_launch_alone(campaign: Campaign) -> None:
    for seen in campaign.after_each("lock_screen").values():
        assert [one["outcome"] for one in seen.failed] == ["rejected"], summary(seen)
        assert findings(seen.failed) == ["screen_off"]
        assert findings([one for one in seen.unlucky if one["outcome"] == "ok"]) == []
        check_every_launch_is_measured(seen)


def test_a_clock_that_jumps_is_noted_and_changes_no_duration(campaign: Campaign) -> None:
    for seen in campaign.after_each("clock_jump", "jump_seconds = -86400").values():
        assert seen.failed == [], summary(seen)
        assert findings(seen.unlucky) == ["clock_jumped"]
        [jumped] = [one for one in seen.unlucky if findings([one])]
        assert 0 < jumped["wall_ns"] < 20e9
        check_every_launch_is_measured(seen)


def test_a_phone_that_lowers_its_clocks_is_waited_for_and_marked(campaign: Campaign) -> None:
    seen = campaign.after(fault("throttle", "middle", "share = 0.6\nfor_seconds = 0.8"))
    assert seen.failed == [], summary(seen)
    assert findings(seen.unlucky) == ["throttled"]
    check_every_launch_is_measured(seen)


def test_a_phone_without_room_keeps_what_it_measured(campaign: Campaign) -> None:
    outcomes = {
        "early": ["ok", "rejected", "rejected"],
        "middle": ["ok", "ok", "rejected"],
        "late": ["ok"] * 3,
    }
    for when, seen in campaign.after_each("fill_storage").items():
        assert [one["outcome"] for one in seen.unlucky] == outcomes[when], summary(seen)
        assert all("No space left on device" in one["evidence"] for one in seen.failed), summary(seen)


@pytest.mark.parametrize(
    "reason",
    [
        "INSTALL_FAILED_USER_RESTRICTED: Install canceled by user",
        "INSTALL_FAILED_INSUFFICIENT_STORAGE",
        "INSTALL_FAILED_VERIFICATION_FAILURE: Package Verification Result",
    ],
    ids=["user_restricted", "no_storage", "verification"],
)
def test_a_phone_that_refuses_the_runner_is_left_out_and_the_others_go_on(
    campaign: Campaign, reason: str
) -> None:
    refuses = (
        f'[[fault]]\nphone = {UNLUCKY}\nkind = "install_refused"\nafter_bytes = 0\nmessage = "{reason}"\n'
    )
    with campaign.phones(refuses) as phones:
        phones.shell(UNLUCKY, f"pm uninstall {PACKAGE}")
        seen = campaign.run(phones, all_phones=True)
    check_nothing_is_lost_or_left(seen)
    assert seen.unlucky == []
    assert reason.partition(":")[0] in seen.ran.stderr
    assert "Measuring without this phone." in seen.ran.stderr


@pytest.mark.parametrize("nth", [1, 3])
def test_a_cable_that_is_pulled_as_a_launch_is_tidied_up_leaves_no_file(campaign: Campaign, nth: int) -> None:
    pulled = f'[[fault]]\nphone = {UNLUCKY}\nkind = "disconnect"\ncommand = "rm -rf"\nnth = {nth}\n'
    seen = campaign.after(pulled)
    check_every_launch_is_measured(seen)
