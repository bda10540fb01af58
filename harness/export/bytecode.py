"""What a `.ptl` archive says of itself before anything is loaded: versions, and the operators that it calls.

Its pickled bytecode is read by an interpreter that builds nothing but plain values: no name in it is looked
up.
"""

import io
import pickle
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from harness.errors import UnreadableModel

PREPACKED_OPERATORS = (
    "prepacked::conv2d_clamp_run",
    "prepacked::conv2d_transpose_clamp_run",
    "prepacked::linear_clamp_run",
)
"""XNNPACK's operators, whose weights are no inputs of theirs."""

LARGEST_BYTECODE_BYTES = 64 << 20
"""That of ELNet's 44 convolutions has 10 kB; weights lie elsewhere. Only a bomb has as much."""


@dataclass(frozen=True, slots=True)
class Bytecode:
    """The facts by which a runtime accepts or refuses a program."""

    version: int
    """Of the bytecode."""
    file_format: int
    """Of the archive."""
    operators: tuple[str, ...]
    """Called by any of its functions, sorted, as in `aten::add.Tensor`."""


def read_bytecode(program: bytes, *, where: str) -> Bytecode:
    """Read a whole archive that has bytecode.

    Raises:
        UnreadableModel: it is not bytecode as torch writes it.
    """
    try:
        pickled, file_format = _records(program)
        version, *functions = _Reader(io.BytesIO(pickled)).load()
        operators = sorted({operator for function in functions for operator in _operators(function)})
        return Bytecode(_small(version), _small(int(file_format)), tuple(operators))
    except _NOT_BYTECODE as error:
        raise UnreadableModel(
            f"is damaged: its bytecode cannot be read ({type(error).__name__})",
            remedy="copy or export it again",
            where=where,
        ) from error


_NOT_BYTECODE = (
    pickle.UnpicklingError,
    ArithmeticError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    TypeError,
    ValueError,
)
"""What unpickling raises for bytes that are no pickle, or one of something else."""


def _records(program: bytes) -> tuple[bytes, bytes]:
    """The bytecode, and the version of the archive's format."""
    with zipfile.ZipFile(io.BytesIO(program)) as archive:
        records = {entry.filename.partition("/")[2]: entry for entry in archive.infolist()}
        bytecode, version = records["bytecode.pkl"], records["version"]
        if bytecode.file_size + version.file_size > LARGEST_BYTECODE_BYTES:
            raise ValueError("no program has so much bytecode")
        return archive.read(bytecode), archive.read(version)


def _small(version: object) -> int:
    if not isinstance(version, int) or not 0 <= version < 1 << 31:
        raise ValueError("a version is a small number")
    return version


def _operators(function: Iterable[Any]) -> Iterator[str]:
    """A function is its name, its body as pairs of name and value, and its schema."""
    _, body, *_ = function
    (operators,) = (value for key, value in body if key == "operators")
    for name, overload, *_ in operators:
        if not (isinstance(name, str) and isinstance(overload, str)):
            raise TypeError("an operator and its overload are text")
        yield f"{name}.{overload}" if overload else name


class _Anything:
    """Stands for every class and function; takes whatever is done to it and does nothing."""

    def __new__(cls, *_: object) -> Self:
        return super().__new__(cls)

    def __setstate__(self, state: object) -> None: ...

    def __setitem__(self, key: object, value: object) -> None: ...

    def append(self, value: object) -> None: ...

    def add(self, value: object) -> None: ...


def _push_empty(reader: Any) -> None:  # noqa: ANN401  its stubs lack the stack
    reader.append(_Anything())


def _push_filled(reader: Any) -> None:  # noqa: ANN401
    reader.pop_mark()
    reader.append(_Anything())


class _Reader(pickle._Unpickler):
    """The interpreter in Python: unlike the one in C, no number in the file makes it ask for memory.

    It makes no dictionaries and sets either, which would hash what the file holds: Python hashes tuples in
    tuples without a limit, until its stack is used up and the process dies.
    """

    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = {
        **pickle._Unpickler.dispatch,
        pickle.EMPTY_DICT[0]: _push_empty,
        pickle.EMPTY_SET[0]: _push_empty,
        pickle.DICT[0]: _push_filled,
        pickle.FROZENSET[0]: _push_filled,
    }

    def find_class(self, _module: str, _name: str, /) -> type[_Anything]:
        return _Anything

    def persistent_load(self, _pid: object) -> _Anything:
        return _Anything()
