"""Pickles of others, read without letting them run anything: arrays of bytes, lists, dictionaries, no more.

A pickle names functions to call. Here three names are known, those with which numpy stores an array, and each
stands for a small function of ours that only looks at its arguments; every other name is refused.
"""

import io
import pickle
from typing import Any

import numpy as np
from numpy.typing import NDArray


class UnsafePickle(ValueError):
    """The pickle is damaged, or asks for more than arrays of bytes."""


def load_arrays(content: bytes) -> Any:  # noqa: ANN401  whatever is pickled, to be looked at by the caller
    """Read a pickle of Python 2 or 3; text of Python 2 comes as bytes.

    Raises:
        UnsafePickle: it is damaged, or holds more than numbers, bytes, text, lists, dictionaries and arrays
            of unsigned bytes.
    """
    try:
        found = _Unpickler(io.BytesIO(content), encoding="bytes").load()
        return _made(found)
    except UnsafePickle:
        raise
    except Exception as error:  # a damaged pickle raises whatever its bytes happen to ask for
        raise UnsafePickle(f"it is no pickle of arrays ({type(error).__name__})") from error


class _Array:
    """What an array is in a pickle: first an empty one, then its state."""

    def __init__(self, *_arguments: object) -> None:
        self.state: tuple[Any, ...] = ()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.state = state


class _ElementType:
    """What the type of an array's elements is in a pickle: its code, `u1`."""

    def __init__(self, code: object, *_arguments: object) -> None:
        self.code = code.decode("ascii") if isinstance(code, bytes) else code

    def __setstate__(self, state: object) -> None:
        """Byte order and alignment, which a byte has not."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401  pickle's own signature
        known = _KNOWN.get((module, name))
        if known is None:
            raise UnsafePickle(f"it asks for {module}.{name}, which no array needs")
        return known


def _encoded(text: str, encoding: str) -> bytes:
    """What Python 3 calls to bring bytes back from a pickle of protocol 2."""
    if encoding != "latin1":
        raise UnsafePickle(f"it encodes bytes as {encoding}")
    return text.encode("latin-1")


_KNOWN: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _ElementType,
    ("_codecs", "encode"): _encoded,
}


def _made(found: Any) -> Any:  # noqa: ANN401  see load_arrays
    """The top level with arrays in place of what stood for them."""
    if isinstance(found, dict):
        return {key: _array(value) if isinstance(value, _Array) else value for key, value in found.items()}
    return _array(found) if isinstance(found, _Array) else found


def _array(stored: _Array) -> NDArray[np.uint8]:
    _version, shape, element_type, is_fortran, content = stored.state
    if not isinstance(element_type, _ElementType) or element_type.code != "u1":
        raise UnsafePickle("its array is not of bytes")
    return np.frombuffer(content, dtype=np.uint8).reshape(shape, order="F" if is_fortran else "C")
