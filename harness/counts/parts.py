"""What instructions were spent on, by the code that they belong to.

The names of parts are those of `Count.parts`. docs/explanation/counts.md says how each is found and how far
it can be trusted.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.counts.symbols import Place, known_places

PARTS = ("xnnpack", "layout_copies", "other_aten", "allocator", "libm", "interpreter", "other")
"""XNNPACK's kernels with the loops that call them; data moved from one place or layout to another; the rest
of ATen, with its other kernel libraries; the allocator; the C library's mathematics; loading, dispatching
and running the program; everything else, such as the C library's locks."""

_WHOLE_LIBRARIES = {"libm.so.6": "libm", "ld-linux-aarch64.so.1": "other"}
_UNNAMED = {"libpytorch_jni_lite.so": "interpreter", "libc++_shared.so": "interpreter"}
"""Part of the functions whose names say nothing; `other` elsewhere."""
_BY_NAME = tuple(
    (re.compile(pattern), part)
    for pattern, part in (
        (r"xnn_|pthreadpool_", "xnnpack"),
        (r".*9copy_stubEE7DEFAULTE$|mem(cpy|move)$", "layout_copies"),
        (r"(__libc_)?(malloc|c?free|calloc|realloc|memalign|valloc)$|(posix_mem|aligned_)al", "allocator"),
        (r"_Zn[wa]|_Zd[la]|_ZNK?3c10(9alloc_cpu|8free_cpu|\d+Default\w*CPUAllocator)", "allocator"),
        (r"_ZNK?2at(14RecordFunction|16getStepCallbacks|\d+\w*[cC]allback)", "interpreter"),
        (r"_ZNK?2at|pytorch_q|qnnpack|nnp_", "other_aten"),
    )
)
_GROUPED = ("xnnpack", "allocator")
"""Hidden code beside one of their functions is theirs: their files lie together, and export little."""


class Attribution:
    """Finds the part of every address of one process.

    Args:
        libraries: file of each loaded library, by the address at which it was loaded; None: it is unknown,
            and all of it `other`.
        functions: address of functions that the process itself looked up, by name.

    Raises:
        SetupIncomplete: a library cannot be read.
    """

    def __init__(self, libraries: Mapping[int, Path | None], functions: Mapping[str, int]) -> None:
        borders = [
            border
            for base, end in pairwise([*sorted(libraries), 1 << 64])
            for border in _borders(libraries[base], base, end, functions)
        ]
        self._starts = np.array([start for start, _ in borders], np.uint64)
        self._parts = np.array([PARTS.index("other"), *(PARTS.index(part) for _, part in borders)])

    def parts_of(self, addresses: NDArray[np.uint64]) -> NDArray[np.intp]:
        """The place in PARTS of each address."""
        found: NDArray[np.intp] = self._parts[np.searchsorted(self._starts, addresses, "right")]
        return found


def _borders(
    file: Path | None, base: int, end: int, functions: Mapping[str, int]
) -> Iterator[tuple[int, str]]:
    """Where in a library code of which part begins, lowest first."""
    if file is None or file.name in _WHOLE_LIBRARIES:
        yield base, _WHOLE_LIBRARIES[file.name] if file else "other"
        return
    yield base, "other"  # below the first function lie the jumps to other libraries
    unnamed = _UNNAMED.get(file.name, "other")
    looked_up = [Place(at - base, 0, name) for name, at in functions.items() if base <= at < end]
    places = sorted([*known_places(file), *looked_up])
    yield from ((base + start, part) for start, part in _split(places, unnamed))


def _split(places: Sequence[Place], unnamed: str) -> Iterator[tuple[int, str]]:
    """Each place's part from its start on, and what its hidden neighbours above belong to."""
    parts = [_part(place.name, unnamed) for place in places]
    for number, place in enumerate(places):
        yield place.start, parts[number]
        above = parts[number + 1] if number + 1 < len(places) else unnamed
        if place.size_bytes and above in _GROUPED:
            yield place.start + place.size_bytes, above


def _part(name: str, unnamed: str) -> str:
    return next((part for pattern, part in _BY_NAME if pattern.match(name)), unnamed)
