"""What a reader learns of how the run went: in words, in the readiness table, and as repeated attempts."""

from dataclasses import replace

from reports.course import course, readiness_table
from reports.digest import PhoneDigest, digest_run
from reports.json_summary import summarise_run
from reports.page import render
from reports.shown import DASH
from reports.terminal import render_table
from tests.reports.runs import UNREADY, fail, make_run, measure, watched

RUN = make_run(models=("elnet_1.0", "mobilenet_v3_small"), launches=5)
LAUNCHES = tuple(measure(request) for request in RUN.schedule)


def digested(*launches: object) -> PhoneDigest:
    (phone,) = digest_run(RUN, launches).phones  # type: ignore[arg-type]
    return phone


def test_a_run_that_went_as_planned_says_nothing() -> None:
    assert course(digested(*LAUNCHES)) == ()
    assert "As planned: no launch was repeated" in render(RUN, LAUNCHES)


def test_a_repeated_launch_is_no_failed_one_and_keeps_its_evidence() -> None:
    first, *rest = LAUNCHES
    records = [fail(first, "Fatal signal 11 (SIGSEGV)"), replace(first, attempt=2), *rest]
    phone = digested(*records)
    assert course(phone) == ("1 of 10 launches needed a second attempt.",)
    assert sum(cell.failed for cell in phone.cells) == 0
    page = render(RUN, records)
    assert "Launches left out" not in page
    assert "Attempts that were repeated" in page
    assert "Fatal signal 11 (SIGSEGV)" in page
    assert "1 of 10 launches needed a second attempt." in render_table(RUN, records)
    launch = next(one for one in summarise_run(RUN, records)["launches"] if one["index"] == 0)
    assert launch["attempt"] == 2
    assert launch["earlier_attempts"] == [{"outcome": "crashed", "evidence": "Fatal signal 11 (SIGSEGV)"}]


def test_recovered_and_unready_launches_are_counted() -> None:
    records = [replace(LAUNCHES[0], recovered=True), watched(LAUNCHES[1], readiness=UNREADY), *LAUNCHES[2:]]
    said = course(digested(*records))
    assert said[0].startswith("1 of 10 launches broke off on the way to this computer")
    assert said[1] == "1 of 10 launches began though the phone was not ready (screen); they are marked."
    assert said[2] == "Before 1 launch the run waited for the phone, 41.0 s in all."


def test_a_check_that_is_not_waited_for_any_more_is_no_wait() -> None:
    at_once = replace(UNREADY, waited_ns=20_000_000)
    records = [
        watched(LAUNCHES[0], readiness=UNREADY),
        watched(LAUNCHES[1], readiness=at_once),
        *LAUNCHES[2:],
    ]
    said = course(digested(*records))
    assert "2 of 10 launches began though the phone was not ready (screen); they are marked." in said
    assert "Before 1 launch the run waited for the phone, 41.0 s in all." in said


def test_a_refused_launch_did_not_begin() -> None:
    refused = replace(fail(watched(LAUNCHES[0], readiness=UNREADY)), outcome="not_ready")
    said = course(digested(refused, *LAUNCHES[1:]))
    assert said[0] == "1 of 10 launches was refused, as the phone was not ready (screen)."
    assert not any("began though" in line for line in said)


def test_a_cluster_that_was_held_back_is_named_with_its_lowest_cap() -> None:
    records = [watched(launch) for launch in LAUNCHES[:8]]
    records += [watched(LAUNCHES[8], cap_khz=1_800_000), watched(LAUNCHES[9], cap_khz=2_100_000)]
    assert "cpu4 was held back in 2 of 10 launches, down to 1.80 of 2.85 GHz." in course(digested(*records))


def test_a_phone_that_was_set_aside_is_said_to_be() -> None:
    lost = replace(fail(LAUNCHES[3]), outcome="disconnected")
    assert course(digested(*LAUNCHES[:3], lost)) == (
        "The phone was set aside, as the connection was lost: "
        "6 launches did not run; continue with --resume.",
    )
    failed = [fail(launch) for launch in LAUNCHES[2:5]]
    assert course(digested(*LAUNCHES[:2], *failed))[0].startswith(
        "The phone was set aside, as 3 launches failed in a row: 5 launches did not run"
    )
    assert course(digested(*LAUNCHES[:2], fail(LAUNCHES[2]))) == ()


def test_each_check_of_the_gate_is_a_row_with_its_reason() -> None:
    table = readiness_table(
        [watched(LAUNCHES[0]), watched(LAUNCHES[1]), watched(LAUNCHES[2], readiness=UNREADY)]
    )
    rows = {row[0].text: [shown.text for shown in row[1:]] for row in table.rows}
    assert rows["battery level"] == ["2", DASH, DASH, DASH, "battery at 96 %, at least 25 % wanted"]
    assert rows["clock caps"] == [DASH, "2", DASH, DASH, "cpu4 capped at 1.80 of 2.85 GHz"]
    assert rows["thermal status"] == [DASH, DASH, DASH, "2", "dumpsys thermalservice is denied"]
    assert rows["screen"] == [DASH, DASH, "1", DASH, "the screen is locked by a PIN"]


def test_launches_without_a_gate_have_no_table() -> None:
    assert readiness_table(LAUNCHES).rows == ()
