import json
from dataclasses import replace

from harness.results.records import OutputProof, Run
from reports.digest import digest_run
from reports.exact_tables import comparisons_within, exact_json, exact_table
from reports.shown import DASH
from tests.reports.runs import make_phone, make_run, measure


def twice_the_same_network(run: Run) -> Run:
    first, second = run.artifacts
    return replace(run, artifacts=(first, replace(second, model=first.model, recipe="documented")))


PHONE = make_phone(is_virtual=True)
RUN = twice_the_same_network(make_run(models=("net", "other"), phones=(PHONE,), launches=2))
LAUNCHES = [measure(request, samples=5) for request in RUN.schedule]


def test_two_files_of_one_network_in_a_run_are_compared() -> None:
    (comparison,) = comparisons_within(digest_run(RUN, LAUNCHES))
    table = exact_table(comparison, RUN.phones)
    rows = {row[0].text: row for row in table.rows}
    assert table.caption == "net (documented, 010101) against net (fast, 000000), exactly"
    assert [one.text for one in rows["File, bytes"]] == ["File, bytes", "2,811,904", "3,511,904", "larger"]
    assert rows["File, bytes"][3].note == "file is 700,000 bytes larger (+25 %)"
    assert rows["Output, digest"][3].text == "equal"
    assert rows["Output, digest"][1].text == "efefefefefef"
    assert [one.text for one in rows["Operators, different ones"]][1:] == ["2", "2", "equal"]
    missing = rows["Allocated by one forward on the host, bytes"]
    assert (missing[1].text, missing[3].text) == (DASH, "not comparable")
    assert "did not measure it" in missing[1].note


def test_networks_with_different_names_are_not_compared() -> None:
    run = make_run(models=("net", "other"), launches=1)
    assert comparisons_within(digest_run(run, [])) == ()


def test_what_a_virtual_phone_computed_says_so_in_the_table_and_in_json() -> None:
    (comparison,) = comparisons_within(digest_run(RUN, LAUNCHES))
    (row,) = (row for row in exact_table(comparison, RUN.phones).rows if row[0].text == "Output, digest")
    assert "virtual" in row[0].note
    assert row[0].note.endswith("1 thread")
    changes = json.loads(json.dumps(exact_json(comparison, RUN.phones)))["changes"]
    assert {change["metric"] for change in changes if change["virtual"]} == {"output"}
    by_metric = {change["metric"]: change for change in changes}
    assert by_metric["file_bytes"]["changed"]
    assert not by_metric["output"]["changed"]
    assert by_metric["allocated_bytes"]["missing"].keys() == {"baseline", "candidate"}


def test_an_output_that_is_not_deterministic_shows_how_many_there_are() -> None:
    other = OutputProof(sha256="cd" * 32, shape=(1, 1000), argmax=17, relative_error=4.2e-7)
    random = [replace(one, output=other) if one.request.index == 0 else one for one in LAUNCHES]
    (comparison,) = comparisons_within(digest_run(RUN, random))
    (row,) = (row for row in exact_table(comparison, RUN.phones).rows if row[0].text == "Output, digest")
    assert "2 different" in (row[1].text, row[2].text)
    assert row[3].text == "different"
