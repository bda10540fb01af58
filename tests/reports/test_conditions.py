from dataclasses import replace

from reports.phone_tables import conditions_by_launch, conditions_table, facts_table
from reports.shown import DASH, Shown, Table
from tests.reports.runs import fail, make_phone, make_run, measure

LAUNCHES = tuple(measure(request) for request in make_run().schedule)


def row(table: Table, label: str) -> tuple[Shown, ...]:
    return next(row for row in table.rows if row[0].text == label)


def test_the_range_of_a_condition_is_from_its_lowest_to_its_highest() -> None:
    _, first, before, after, last = row(conditions_table(LAUNCHES), "Battery temperature")
    assert first.text == "30.0 °C"
    assert before.text == "30.0 °C – 32.9 °C"
    assert after.text == "30.1 °C – 33.0 °C"
    assert last.text == "33.0 °C"


def test_an_unread_condition_is_a_dash_with_its_reason() -> None:
    for shown in row(conditions_table(LAUNCHES), "Thermal status")[1:]:
        assert shown == Shown(DASH, "dumpsys thermalservice is denied")


def test_a_cap_below_the_maximum_can_be_seen() -> None:
    table = conditions_table(LAUNCHES)
    assert row(table, "Clock cap from core 4, MHz of 2850")[1].text == "2500"
    assert row(table, "Clock from core 4, MHz of 2850")[1].text == DASH


def test_a_crashed_launch_shows_its_state_before_and_why_there_is_none_after() -> None:
    table = conditions_by_launch([fail(LAUNCHES[0])])
    assert table.rows[0][3].text == f"96 → {DASH}"
    assert table.rows[0][3].note == "the app crashed before it came to this"


def test_no_launches_leave_dashes_with_a_reason() -> None:
    for shown in row(conditions_table([]), "Charging")[1:]:
        assert shown == Shown(DASH, "no launch was measured")


def test_facts_name_the_clusters_and_explain_what_is_unknown() -> None:
    table = facts_table(make_phone(), [])
    assert row(table, "Clusters")[1].text == (
        "4 × Cortex-A55, 0.30 to 1.80 GHz; 2 × Cortex-A76, 0.50 to 2.85 GHz"
    )
    assert row(table, "Cores switched off")[1].text == "none"
    assert row(table, "Vendor's system")[1] == Shown(DASH, "no property of this phone names one")
    assert row(table, "System on chip")[1] == Shown(DASH, "ro.soc.model is empty on this phone")
    assert row(table, "Runtime")[1] == Shown(DASH, "no launch was measured")


def test_facts_name_every_runtime_that_measured() -> None:
    one = LAUNCHES[0]
    assert one.runner
    other = replace(one, runner=replace(one.runner, runtime="pytorch_mobile 1.12.2 (elsewhere)"))
    table = facts_table(make_phone(), [one, other, fail(one), one])
    assert row(table, "Runtime")[1].text == f"{one.runner.runtime}; pytorch_mobile 1.12.2 (elsewhere)"
    assert row(table, "Runner")[1].text == one.runner.version
