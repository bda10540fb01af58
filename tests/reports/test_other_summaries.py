import json
from dataclasses import replace

import pytest

from harness.results.records import OutputProof
from reports.json_summary import summarise_run
from reports.names import artifact_labels, phone_name, phone_names
from reports.page import render
from reports.terminal import render_table
from tests.reports.runs import (
    SERIAL,
    fail,
    make_artifact,
    make_phone,
    make_run,
    measure,
    measure_all,
)


def test_json_holds_every_cell_and_launch_and_survives_a_round_trip() -> None:
    run = make_run(phones=(make_phone(1), make_phone(2, is_virtual=True)), threads=(1, 2), launches=2)
    summary = summarise_run(run, measure_all(run, samples=20))
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert len(summary["cells"]) == 20
    assert len(summary["launches"]) == 40
    virtual = {phone["phone_id"]: phone["is_virtual"] for phone in summary["phones"]}
    for entry in (*summary["cells"], *summary["launches"]):
        assert entry["virtual"] is virtual[entry["phone_id"]]
    assert SERIAL not in json.dumps(summary)


def test_json_gives_the_output_error_of_every_launch_or_why_there_is_none() -> None:
    run = make_run(models=("net",), launches=3)
    first, second, third = (measure(request) for request in run.schedule)
    broken = OutputProof(sha256="00" * 32, shape=(1, 10), argmax=0, relative_error=float("inf"))
    entries = summarise_run(run, [first, fail(second), replace(third, output=broken)])["launches"]
    assert [entry["output_error"] for entry in entries] == [4.2e-7, None, None]
    assert [entry["missing"].get("output_error") for entry in entries] == [
        None,
        "the app crashed before it came to this",
        "the output is not finite (inf)",
    ]


def test_a_run_is_complete_only_when_every_planned_launch_ran_to_its_end() -> None:
    run = make_run(models=("net",), launches=2)
    first, second = (measure(request) for request in run.schedule)
    assert summarise_run(run, [first, second])["complete"]
    assert not summarise_run(run, [first])["complete"]
    assert not summarise_run(run, [first, fail(second)])["complete"]
    assert summarise_run(run, [first, fail(second), second])["complete"]


def test_terminal_page_and_json_give_the_same_figures() -> None:
    run = make_run()
    launches = measure_all(run)
    cell = next(c for c in summarise_run(run, launches)["cells"] if c["model"] == "elnet_1.0")
    latency_ms = f"{cell['latency_ns']['value'] / 1e6:.2f}"
    assert f"  {latency_ms} (" in render_table(run, launches)
    assert f">{latency_ms}<" in render(run, launches)


def test_the_terminal_table_is_aligned_and_says_what_is_virtual() -> None:
    run = make_run(phones=(make_phone(is_virtual=True),))
    title, head, *rows = render_table(run, measure_all(run)).splitlines()
    assert title == "elbench Virtual Phone 1 (virtual, engine lite)"
    assert {len(line) for line in (head, *rows[:5])} == {len(head)}
    assert "on this virtual phone" in rows[-1]


def test_a_name_cannot_send_escape_sequences_to_the_terminal() -> None:
    run = make_run(models=("\x1b[2Jgone",), launches=1)
    text = render_table(run, [measure(run.schedule[0])])
    assert "\x1b" not in text
    assert "\ufffd[2Jgone" in text


@pytest.mark.parametrize(
    ("manufacturer", "model", "name"),
    [
        ("Google", "Pixel 7", "Google Pixel 7"),
        ("OnePlus", "ONEPLUS A6013", "ONEPLUS A6013"),
        (None, "X", "X"),
        (None, None, "Phone 01a1b2c3"),
    ],
)
def test_phones_are_called_what_people_call_them(
    manufacturer: str | None, model: str | None, name: str
) -> None:
    phone = make_phone()
    names = {"manufacturer": manufacturer, "model": model}
    reasons = {**phone.missing, **{key: "no property" for key, value in names.items() if value is None}}
    assert phone_name(replace(phone, manufacturer=manufacturer, model=model, missing=reasons)) == name


def test_two_files_of_one_model_are_told_apart() -> None:
    labels = artifact_labels([make_artifact(0, "net"), make_artifact(1, "net"), make_artifact(2, "other")])
    assert len(set(labels.values())) == 3
    assert labels["02" * 32] == "other"


def test_phones_of_the_same_name_are_told_apart_everywhere() -> None:
    phones = tuple(replace(make_phone(number), model="Pixel 8") for number in (1, 2))
    first, second = phone_names(phones).values()
    assert first != second
    run = make_run(phones=phones, launches=2)
    launches = measure_all(run, samples=20)
    for text in (render_table(run, launches), render(run, launches)):
        assert first in text
        assert second in text


def test_invented_times_are_not_called_measured() -> None:
    phone = make_phone(is_virtual=True)
    invented, computed = (
        render(make_run(phones=(replace(phone, engine=engine),)), ()) for engine in ("modelled", "lite")
    )
    assert "number here was invented" in invented
    assert "number here was measured" in computed
