from dataclasses import replace

from harness.results.records import Finding
from reports.findings import group_findings, left_out
from reports.json_summary import summarise_run
from reports.page import render
from reports.terminal import render_table
from tests.reports.runs import NO_THERMAL, NOT_CONVERGED, WRONG_OUTPUT, fail, make_run, measure

LAUNCHES = tuple(measure(request) for request in make_run(launches=1).schedule)


def test_findings_are_grouped_and_counted_with_the_worst_first() -> None:
    first, second, third, *_ = LAUNCHES
    groups = group_findings(
        [
            replace(first, findings=(NO_THERMAL,)),
            replace(second, findings=(NO_THERMAL, NOT_CONVERGED)),
            replace(third, findings=(NO_THERMAL, WRONG_OUTPUT)),
        ]
    )
    assert [(group.severity, group.code, group.launches) for group in groups] == [
        ("invalid", "wrong_output", 1),
        ("warning", "not_converged", 1),
        ("note", "thermal_unreadable", 3),
    ]
    assert groups[0].models == (third.request.model,)
    assert groups[0].messages == (WRONG_OUTPUT.message,)


def test_many_wordings_of_one_finding_are_cut_and_the_rest_counted() -> None:
    launches = [
        replace(
            launch, findings=(Finding(code="hot", severity="warning", message=f"{degrees} °C; let it cool."),)
        )
        for degrees, launch in enumerate(LAUNCHES, start=40)
    ]
    (group,) = group_findings(launches)
    assert (len(group.messages), group.more_messages) == (3, 2)


def test_a_failed_launch_keeps_its_evidence() -> None:
    (lost,) = left_out([LAUNCHES[0], fail(LAUNCHES[1], "signal 11")])
    assert (lost.launch, lost.reason, lost.evidence) == (2, "The app crashed", "signal 11")


def test_an_output_that_changes_from_launch_to_launch_is_told_everywhere() -> None:
    run = make_run(models=("net",), launches=3)
    launches = tuple(map(measure, run.schedule))
    assert launches[0].output
    other = replace(launches[0], output=replace(launches[0].output, sha256="cd" * 32))
    summary = summarise_run(run, (other, *launches[1:]))
    for launch in summary["launches"]:
        assert "nondeterministic_output" in {finding["code"] for finding in launch["findings"]}
    assert "<b>nondeterministic_output</b>" in render(run, (other, *launches[1:]))
    table = render_table(run, (other, *launches[1:]))
    assert table.count("nondeterministic_output: net gives 2 different outputs") == 1
    assert "nondeterministic_output" not in render_table(run, launches)
