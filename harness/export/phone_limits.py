"""What the phone's runtime, PyTorch Mobile lite 1.12.2, loads at all: file versions and operators.

The versions are those of torch 1.12's caffe2/serialize/versions.h. The operators were asked of the library
itself: `tests/export/registered_operators.py` has it load one small program for each operator that torch or
the library's own text names, and keeps those that it does not miss. The runtime names only the first
operator that it misses, this list all of them.
"""

from collections.abc import Iterable
from pathlib import Path

RUNTIME = "PyTorch Mobile lite 1.12.2"
BYTECODE_VERSIONS = range(4, 10)
NEWEST_FILE_FORMAT = 10
OPERATORS_FILE = Path(__file__).with_name("operators_1_12_2.txt")


def registered_operators() -> frozenset[str]:
    """Names as in `aten::add.Tensor`."""
    return frozenset(OPERATORS_FILE.read_text(encoding="ascii").split())


def missing_operators(used: Iterable[str]) -> tuple[str, ...]:
    """Those of the operators that the runtime does not have, in their order."""
    known = registered_operators()
    return tuple(operator for operator in used if operator not in known)
