"""`elbench preflight`: words, JSON and exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.main import run_command
from tests.export.conftest import tiny_program
from tests.export.networks import WITH_BATCH_NORM, careless, seeded


@pytest.fixture(autouse=True)
def no_tools(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By lists alone: Android's libraries have tests of their own."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.chdir(tmp_path)


def test_a_good_file_is_said_to_be_fine_in_a_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.ptl").write_bytes(tiny_program())
    assert run_command(["preflight", "net.ptl"]) == 0
    output = capsys.readouterr().out.splitlines()
    assert output[0] == "net.ptl for PyTorch Mobile lite 1.12.2"
    assert output[-1] == "fine as far as this machine can tell: see the line `phone`"
    assert len(output) == 8


def test_a_careless_export_ends_with_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.ptl").write_bytes(careless(seeded(WITH_BATCH_NORM["plain"])))
    assert run_command(["preflight", "net.ptl", "--input-shape", "1x3x16x16"]) == 1
    captured = capsys.readouterr()
    assert captured.out.splitlines()[-1].startswith("suspect: ")
    assert captured.err == ""


def test_json_has_the_same_with_stable_keys(capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.ptl").write_bytes(b"garbage")
    assert run_command(["preflight", "net.ptl", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {
        "file",
        "sha256",
        "runtime",
        "ran_in",
        "abi",
        "input_shape",
        "checks",
        "verdict",
        "certain",
    }
    assert found["verdict"] == "fails"
    assert set(found["checks"][0]) == {"name", "answer", "message"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["absent.ptl"],
        ["."],
        ["net.ptl", "--reference", "absent.pt"],
        ["net.ptl", "--input-shape", "1x3xwide"],
        ["net.ptl", "--input-shape", "1x0x4x4"],
        ["net.ptl", "--input-shape", "1x3x99999999x99999999"],
        ["net.ptl", "--input-shape", "1x3x224x224"],
    ],
)
def test_a_slip_ends_with_exit_code_2_in_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("net.ptl").write_bytes(tiny_program())
    assert run_command(["preflight", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1


def test_neither_help_nor_a_refused_file_loads_torch() -> None:
    file = Path("net.ptl").absolute()
    file.write_bytes(b"garbage")
    for arguments in (["preflight", "--help"], ["preflight", str(file)]):
        code = (
            "import sys; from harness.cli.main import run_command;"
            f" run_command({arguments}); sys.exit('torch' in sys.modules)"
        )
        root = Path(__file__).parents[2]
        ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
