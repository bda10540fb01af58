"""What one emulated process counted, as its files have it; who started it is `counter`'s business.

`host.cpp` and `plugin.c` of android_runner/counting write these files and describe them.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.counts.parts import PARTS, Attribution
from harness.errors import SetupIncomplete

BLOCKS, RUNS, SPANS, TRAFFIC = "blocks", "runs", "spans", "traffic"


class Span(IntEnum):
    """What ran between two marks."""

    LOAD = 1
    FIRST = 2
    STEADY = 3
    OPERATOR = 4
    BETWEEN_OPERATORS = 5


@dataclass(slots=True)
class Report:
    """What the process said of itself."""

    libraries: dict[int, str] = field(default_factory=dict)
    """Path of each loaded library, by the address at which it was loaded."""
    functions: dict[str, int] = field(default_factory=dict)
    """Addresses of some functions of the C library."""
    output_shape: tuple[int, ...] = ()
    operators: list[tuple[str, tuple[tuple[int, ...], ...]]] = field(default_factory=list)
    """Name and tensor shapes of every operator call, in order."""


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """Instructions by span and part."""

    kinds: NDArray[np.uint64]
    """Kind of each span, in order."""
    instructions: NDArray[np.uint64]
    """Spans × parts."""
    bytes_loaded: NDArray[np.uint64]
    """By span."""
    bytes_stored: NDArray[np.uint64]
    """By span."""

    def of(self, span: Span) -> NDArray[np.uint64]:
        """The spans of one kind × parts, in order."""
        found: NDArray[np.uint64] = self.instructions[self.kinds == span]
        return found


def read_report(file: Path) -> Report:
    """Read the process' own words.

    Raises:
        SetupIncomplete: they are not as host.cpp writes them.
    """
    report = Report()
    try:
        for line in file.read_text(encoding="utf-8").splitlines():
            _take(line.split(" "), report)
    except (OSError, ValueError) as error:
        raise _unreadable(error, file) from error
    return report


def _take(words: list[str], report: Report) -> None:
    kind, *rest = words
    if kind == "library":
        base, *path = rest
        report.libraries[int(base, 16)] = " ".join(path)
    elif kind == "function":
        address, name = rest
        report.functions[name] = int(address, 16)
    elif kind == "output":
        (sizes,) = rest
        report.output_shape = _shape(sizes)
    elif kind == "operator":
        name, *shapes = rest
        report.operators.append((name, tuple(map(_shape, shapes))))


def _shape(text: str) -> tuple[int, ...]:
    return () if text == "scalar" else tuple(int(size) for size in text.split("x"))


def read_output(file: Path, report: Report) -> NDArray[np.float32]:
    """Read the last output.

    Raises:
        SetupIncomplete: it has not the shape that the process stated.
    """
    try:
        return np.fromfile(file, "<f4").reshape(report.output_shape)
    except (OSError, ValueError) as error:
        raise _unreadable(error, file) from error


def read_measurement(folder: Path, attribution: Attribution, *, operators: int) -> Measurement:
    """Read what the plugin wrote into a folder.

    Args:
        folder: with its files.
        attribution: of the process' addresses.
        operators: how many calls the process noted.

    Raises:
        SetupIncomplete: the files are not as plugin.c writes them.
    """
    try:
        blocks = np.fromfile(folder / BLOCKS, "<u8").reshape(-1, 4)
        spans, blocks_run, runs = np.fromfile(folder / RUNS, "<u8").reshape(-1, 3).T
        kinds = np.fromfile(folder / SPANS, "<u8")
        address, instructions, loaded, stored = blocks[blocks_run].T
        _require_every_span(kinds, spans, operators)
    except (OSError, ValueError, IndexError) as error:
        raise _unreadable(error, folder) from error
    cells = spans * np.uint64(len(PARTS)) + attribution.parts_of(address).astype(np.uint64)
    shape = (kinds.size, len(PARTS))
    return Measurement(
        kinds=kinds,
        instructions=_sums(cells, runs * instructions, shape[0] * shape[1]).reshape(shape),
        bytes_loaded=_sums(spans, runs * loaded, kinds.size),
        bytes_stored=_sums(spans, runs * stored, kinds.size),
    )


def _require_every_span(kinds: NDArray[np.uint64], spans: NDArray[np.uint64], operators: int) -> None:
    """Half of a process' counts must never pass for all of them."""
    expected = [Span.LOAD, Span.FIRST, Span.STEADY]
    split = [Span.BETWEEN_OPERATORS, *([Span.OPERATOR, Span.BETWEEN_OPERATORS] * operators)]
    if kinds.tolist() != expected + split or not np.array_equal(np.unique(spans), np.arange(kinds.size)):
        raise ValueError("it is not whole")


def _sums(groups: NDArray[np.uint64], values: NDArray[np.uint64], count: int) -> NDArray[np.uint64]:
    """The sum of the values of each group, exactly."""
    sums = np.zeros(count, np.uint64)
    np.add.at(sums, groups, values)
    return sums


def _unreadable(error: Exception, where: Path) -> SetupIncomplete:
    return SetupIncomplete(
        f"what the counting process wrote cannot be read ({error})",
        remedy="run `make arm64` again; if it stays, report a bug",
        where=str(where),
    )
