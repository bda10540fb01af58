"""`elbench count` as a check of continuous integration calls it."""

import json
from typing import Any

import pytest

from tests.e2e.conftest import MODEL, Elbench


def counted(elbench: Elbench, *arguments: str) -> list[dict[str, Any]]:
    ran = elbench("count", "--core", "a76", *arguments, "--json")
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)["counts"]


def test_a_gate_passes_what_is_unchanged_and_names_the_operator_that_grew(counting: Elbench) -> None:
    folder = counting.folder
    baseline = folder / "baseline.json"
    baseline.write_text(counting("count", MODEL, "--core", "a76", "--json").stdout)

    again = counting("count", MODEL, "--core", "a76", "--fresh", "--baseline", "baseline.json")
    assert again.returncode == 0, again.stderr
    assert f"{MODEL} on a76: unchanged" in again.stderr

    documented = ("--core", "a76", "--recipe", "documented", "--json", "--baseline", "baseline.json")
    slower = counting("count", MODEL, *documented)
    assert slower.returncode == 1
    assert f"{MODEL} on a76: grew by" in slower.stderr
    assert "×1 conv " in slower.stderr

    old = json.loads(baseline.read_text())
    (before,) = old["counts"]
    (now,) = json.loads(slower.stdout)["counts"]
    assert now["instructions"] > before["instructions"]
    assert now["parts"]["layout_copies"] > 5 * before["parts"]["layout_copies"]
    assert (before["recipe"], now["recipe"]) == ("fast", "documented")
    assert before["artifact_sha256"] != now["artifact_sha256"]

    before["instructions"] += 1
    baseline.write_text(json.dumps(old))
    fewer = counting("count", MODEL, "--core", "a76", "--baseline", "baseline.json")
    assert (fewer.returncode, "fell by 1 instructions" in fewer.stderr) == (0, True)

    before["runtime"] = "PyTorch Mobile 1.13.1"
    baseline.write_text(json.dumps(old))
    other = counting("count", MODEL, "--core", "a76", "--baseline", "baseline.json")
    assert other.returncode == 3
    assert "not compared: the baseline was counted in PyTorch Mobile 1.13.1" in other.stderr

    before["core"] = "a55"
    baseline.write_text(json.dumps(old))
    unknown = counting("count", MODEL, "--core", "a76", "--baseline", "baseline.json")
    assert unknown.returncode == 3
    assert "the baseline has no such model and core" in unknown.stderr


def test_people_get_a_table_and_each_operator_when_they_ask(counting: Elbench) -> None:
    table = counting("count", MODEL, "--core", "a55,a76,a55")
    assert table.returncode == 0, table.stderr
    heading, a55, a76, note, said, by = table.stdout.splitlines()
    assert max(map(len, (heading, a55, a76))) <= 80
    assert heading.split()[:4] == ["model", "recipe", "core", "Minstr"]
    assert [a55.split()[2], a76.split()[2]] == ["a55", "a76"]
    assert note.startswith(f"{MODEL}: reconstruction")
    assert "no latency" in said
    assert "executed by qemu" in by

    listed = counting("count", MODEL, "--core", "a76", "--by-operator").stdout.splitlines()
    (count,) = counted(counting, MODEL)
    assert len(listed) == len(table.stdout.splitlines()) - 1 + len(count["operators"])
    assert "aten::channel_shuffle" in listed[3]  # of the image: its planes interleaved are channels-last
    assert "3×3 conv 3 → " in "\n".join(listed)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "nothing"),
        ([MODEL, "--core", "m1"], "Choose among a53, a55"),
        ([MODEL, "--core", ""], "Choose among a53, a55"),
        ([MODEL, "--baseline", "nowhere.json"], "cannot be read"),
        ([MODEL, "--input-shape", "1x3"], "does not take an input of shape 1x3"),
    ],
)
def test_a_careless_call_is_told_what_to_do_and_ends_with_2(
    counting: Elbench, arguments: list[str], said: str
) -> None:
    ran = counting("count", *arguments)
    assert ran.returncode == 2, ran.stderr
    assert said in ran.stderr.splitlines()[-1]
    assert "Traceback" not in ran.stderr
