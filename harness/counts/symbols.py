"""Which code of a library lies where, as far as a stripped library tells.

Exported functions have names. PyTorch's CPU kernels are not exported, but each is entered through a dispatch
stub that is: a pointer to the kernel, filled in by a relocation, whose name says which kernel it is. What
lies between two known places was compiled from the same source file as one of them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from numpy.typing import NDArray

from harness.errors import SetupIncomplete

_SYMBOL = np.dtype(
    [("name", "<u4"), ("info", "u1"), ("other", "u1"), ("section", "<u2"), ("value", "<u8"), ("size", "<u8")]
)
_RELOCATION = np.dtype([("offset", "<u8"), ("info", "<u8"), ("addend", "<i8")])
_OBJECT, _FUNCTIONS = 1, (2, 10)
"""Kinds of symbols; 10 is a function that is chosen when the library is loaded."""
_R_AARCH64_RELATIVE = 1027
_KERNEL = "7DEFAULTE"
"""End of the mangled name of `at::native::DispatchStub<…>::DEFAULT`, the kernel for every processor."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A known piece of code."""

    start: int
    """From where the library is loaded."""
    size_bytes: int
    """0 where it is not known."""
    name: str
    """Mangled; a kernel has the name of its stub."""


def known_places(library: Path) -> list[Place]:
    """Every piece of an arm64 library's code that has a name, lowest first, one a start.

    Raises:
        SetupIncomplete: the file is no such library.
    """
    try:
        with library.open("rb") as opened:
            elf = ELFFile(opened)
            places = {place.start: place for place in [*_kernels(elf), *_functions(elf)]}
    except (OSError, ELFError, ValueError, AttributeError) as error:
        raise SetupIncomplete(
            f"its symbols cannot be read ({error})", remedy="run `make arm64`", where=str(library)
        ) from error
    return sorted(places.values())


def _functions(elf: ELFFile) -> list[Place]:
    symbols, texts = _symbols(elf)
    functions = symbols[np.isin(symbols["info"] & 15, _FUNCTIONS)]
    return [
        Place(int(symbol["value"]), int(symbol["size"]), _text(texts, symbol["name"])) for symbol in functions
    ]


def _kernels(elf: ELFFile) -> list[Place]:
    symbols, texts = _symbols(elf)
    rows = np.frombuffer(_content(elf, ".rela.dyn"), _RELOCATION)
    rows = rows[rows["info"] == _R_AARCH64_RELATIVE]
    pointed = dict(zip(rows["offset"].tolist(), rows["addend"].tolist(), strict=True))
    objects = symbols[(symbols["info"] & 15) == _OBJECT]
    stubs = {int(symbol["value"]): _text(texts, symbol["name"]) for symbol in objects}
    return [
        Place(pointed[at], 0, name) for at, name in stubs.items() if at in pointed and name.endswith(_KERNEL)
    ]


def _symbols(elf: ELFFile) -> tuple[NDArray[np.void], bytes]:
    """What the library defines, and the text that holds its names."""
    symbols = np.frombuffer(_content(elf, ".dynsym"), _SYMBOL)
    return symbols[symbols["section"] != 0], _content(elf, ".dynstr")


def _content(elf: ELFFile, name: str) -> bytes:
    """Bytes of a section; none where there is no such section."""
    section = elf.get_section_by_name(name)
    content: bytes = section.data() if section else b""
    return content


def _text(texts: bytes, start: int) -> str:
    return texts[start : texts.index(b"\0", start)].decode("utf-8", "replace")
