"""A process' files read back: whole, or not at all."""

from pathlib import Path

import numpy as np
import pytest

from harness.counts.measurement import Report, Span, read_measurement, read_output, read_report
from harness.counts.parts import PARTS, Attribution
from harness.errors import SetupIncomplete

NOWHERE = Attribution({}, {})
"""Puts everything down to `other`."""
KINDS = [Span.LOAD, Span.FIRST, Span.STEADY, Span.BETWEEN_OPERATORS, Span.OPERATOR, Span.BETWEEN_OPERATORS]


def written(folder: Path) -> Path:
    """Two blocks; span n runs the first n + 1 times and the second once."""
    np.array([[0x1000, 3, 8, 0], [0x2000, 5, 0, 16]], "<u8").tofile(folder / "blocks")
    runs = [row for span in range(len(KINDS)) for row in ([span, 0, span + 1], [span, 1, 1])]
    np.array(runs, "<u8").tofile(folder / "runs")
    np.array(KINDS, "<u8").tofile(folder / "spans")
    return folder


def test_instructions_and_bytes_are_weighed_with_how_often_a_block_ran(tmp_path: Path) -> None:
    measured = read_measurement(written(tmp_path), NOWHERE, operators=1)
    (steady,) = measured.of(Span.STEADY)
    assert dict(zip(PARTS, steady.tolist(), strict=True))["other"] == 3 * 3 + 5
    assert measured.bytes_loaded.tolist() == [8 * (span + 1) for span in range(len(KINDS))]
    assert measured.bytes_stored.tolist() == [16] * len(KINDS)


@pytest.mark.parametrize("name", ["blocks", "runs", "spans"])
def test_a_file_that_ends_early_is_no_count(tmp_path: Path, name: str) -> None:
    whole = (written(tmp_path) / name).read_bytes()
    last = 24 if name == "runs" else 8  # without it the files agree; the plugin's exit code tells then
    for length in range(0, len(whole) - last, 8):
        (tmp_path / name).write_bytes(whole[:length])
        with pytest.raises(SetupIncomplete):
            read_measurement(tmp_path, NOWHERE, operators=1)
    (tmp_path / name).unlink()
    with pytest.raises(SetupIncomplete):
        read_measurement(tmp_path, NOWHERE, operators=1)


def test_calls_that_were_not_noted_are_no_count(tmp_path: Path) -> None:
    with pytest.raises(SetupIncomplete, match="not whole"):
        read_measurement(written(tmp_path), NOWHERE, operators=2)


def test_a_report_is_read_line_by_line_and_an_output_in_its_shape(tmp_path: Path) -> None:
    file = tmp_path / "report"
    file.write_text(
        "library 5500000000 lib/a library.so\nfunction 55000010 memcpy\noutput 1x3\n"
        "operator aten::add 1x3 scalar\noperator aten::size\n"
    )
    report = read_report(file)
    assert report == Report(
        {0x5500000000: "lib/a library.so"},
        {"memcpy": 0x55000010},
        (1, 3),
        [("aten::add", ((1, 3), ())), ("aten::size", ())],
    )
    np.array([1, 2, 3], "<f4").tofile(tmp_path / "output")
    assert read_output(tmp_path / "output", report).shape == (1, 3)
    np.array([1, 2], "<f4").tofile(tmp_path / "output")
    with pytest.raises(SetupIncomplete):
        read_output(tmp_path / "output", report)


@pytest.mark.parametrize(
    "text", ["library x y", "library", "output 1xa", "output", "function 10", "operator a 1x"]
)
def test_a_report_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "report").write_text(text)
    with pytest.raises(SetupIncomplete):
        read_report(tmp_path / "report")


def test_code_of_an_unknown_library_is_other() -> None:
    parts = Attribution({0x1000: None}, {"memcpy": 0x1010}).parts_of(np.array([0x1010, 0x5000], np.uint64))
    assert [PARTS[part] for part in parts] == ["other", "other"]
