import json
from dataclasses import replace

import numpy as np
import pytest

from harness.results.records import LaunchRecord, Run
from reports.digest import digest_run
from reports.json_summary import summarise_run
from reports.page import render
from reports.steady_tables import steady_table
from tests.reports.runs import fail, make_phone, make_run, measure
from tests.stats.steady_launches import launch, quiet


@pytest.fixture(scope="module")
def run() -> Run:
    return make_run(models=("net",), launches=3)


@pytest.fixture(scope="module")
def launches(run: Run) -> tuple[LaunchRecord, ...]:
    """A quiet one, one that becomes slower with two slow iterations, one that failed."""
    changed = quiet()
    changed[600:] *= 1.12
    changed[[100, 300]] *= 2
    first, second, third = run.schedule
    return (
        replace(launch(quiet()), request=first),
        replace(launch(changed), request=second),
        fail(measure(third)),
    )


def test_the_table_counts_changes_and_outliers_by_cause(run: Run, launches: tuple[LaunchRecord, ...]) -> None:
    digest = digest_run(run, launches)
    table = steady_table(digest.phones[0], digest)
    assert table is not None
    (row,) = table.rows
    shown = dict(zip((heading.label for heading in table.headings), row, strict=True))
    assert [shown[name].text for name in ("Launches", "Level changed", "Drifted")] == ["2", "1", "0"]
    assert shown["Largest change"].text == "11.9"
    assert (shown["Outliers"].text, shown["Outliers"].note) == ("0.1", "2 of 2000")
    assert shown["Causes of outliers"].text == "2 unexplained"


def test_page_and_json_tell_the_finding_and_the_journals_own(
    run: Run, launches: tuple[LaunchRecord, ...]
) -> None:
    page = render(run, launches)
    assert "<b>level_changed</b>" in page
    assert "Within the steady phase" in page
    assert "A ring stands where a launch changed its level." in page
    summary = summarise_run(run, launches)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    quiet_one, changed, failed = summary["launches"]
    assert [finding["code"] for finding in changed["findings"]] == ["level_changed"]
    assert [change["index"] for change in changed["steady"]["course"]["changes"]] == [600]
    assert changed["steady"]["outliers"]["causes"] == {"unexplained": 2}
    assert quiet_one["findings"] == []
    assert quiet_one["steady"]["course"]["shape"] == "steady"
    assert failed["steady"] is None
    assert failed["missing"]["steady"]
    assert summary["cells"][0]["steady"]["changed"] == 1


def test_a_page_of_quiet_launches_has_no_ring(run: Run) -> None:
    records = [replace(launch(quiet(place)), request=request) for place, request in enumerate(run.schedule)]
    page = render(run, records)
    assert "A ring stands" not in page
    assert "level_changed" not in page


def test_an_emulated_phone_has_no_steady_phase_to_show() -> None:
    run = make_run(models=("net",), launches=1, phones=(make_phone(is_virtual=True, engine="arm64"),))
    slower = np.concatenate([quiet()[:500], 1.5 * quiet()[500:]])
    records = [replace(launch(slower), request=run.schedule[0])]
    assert "Within the steady phase" not in render(run, records)
    (told,) = summarise_run(run, records)["launches"]
    assert told["steady"] is None
    assert told["findings"] == []
