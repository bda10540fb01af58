"""The compressions of file transfer: brotli, lz4 and zstd, in the frames that adb uses.

A codec whose library is not installed is not offered. However much a small input unpacks to, it is handed on
in pieces as it comes.
Source: packages/modules/adb/compression_utils.h and file_sync_protocol.h (AOSP).
"""

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from typing import Any, Protocol

BROTLI, LZ4, ZSTD = 1, 2, 4
LIBRARIES = {BROTLI: "brotli", LZ4: "lz4.frame", ZSTD: "zstandard"}
FEATURES = {
    "sendrecv_v2_brotli": BROTLI,
    "sendrecv_v2_lz4": LZ4,
    "sendrecv_v2_zstd": ZSTD,
}
PIECE_BYTES = 64 << 10
BROTLI_QUALITY = 1
"""As adbd uses it: speed counts more than size on a cable."""
SLICE_BYTES = 1 << 10
"""Of zstd at a time: a block of 4 bytes can stand for 128 KiB, so this unpacks to 32 MiB at most."""
Write = Callable[[bytes], object]


class DamagedData(ValueError):
    """Bytes that do not unpack."""


class Unpacker(Protocol):
    """Turns compressed bytes into plain ones."""

    def feed(self, data: bytes) -> None:
        """Take more bytes.

        Raises:
            DamagedData: they do not unpack.
        """

    def finish(self) -> None:
        """Nothing more will come.

        Raises:
            DamagedData: the compressed data are not whole.
        """


def is_installed(flag: int) -> bool:
    """Whether the library of a codec is there."""
    package = LIBRARIES[flag].partition(".")[0]
    return importlib.util.find_spec(package) is not None


def missing_features() -> frozenset[str]:
    """The features that cannot be offered here, for want of a library."""
    return frozenset(name for name, flag in FEATURES.items() if not is_installed(flag))


def unpacker(flag: int, write: Write) -> Unpacker:
    """What unpacks a file that arrives; `write` is given the plain bytes in pieces."""
    library = importlib.import_module(LIBRARIES[flag])
    kinds: dict[int, Callable[[Any, Write], Unpacker]] = {
        BROTLI: _BrotliUnpacker,
        LZ4: _Lz4Unpacker,
        ZSTD: _ZstdUnpacker,
    }
    return kinds[flag](library, write)


def packed(flag: int, content: bytes) -> Iterator[bytes]:
    """A file as it travels compressed, in pieces of at most PIECE_BYTES."""
    library = importlib.import_module(LIBRARIES[flag])
    for block in _blocks(flag, library, content):
        yield from (block[at : at + PIECE_BYTES] for at in range(0, len(block), PIECE_BYTES))


def _blocks(flag: int, library: Any, content: bytes) -> Iterator[bytes]:  # noqa: ANN401  # no types upstream
    pieces = (content[at : at + PIECE_BYTES] for at in range(0, len(content), PIECE_BYTES))
    if flag == BROTLI:
        compressor = library.Compressor(quality=BROTLI_QUALITY)
        yield from (compressor.process(piece) for piece in pieces)
        yield compressor.finish()
    elif flag == LZ4:
        compressor = library.LZ4FrameCompressor()
        yield compressor.begin()
        yield from (compressor.compress(piece) for piece in pieces)
        yield compressor.flush()
    else:
        compressor = library.ZstdCompressor().compressobj()
        yield from (compressor.compress(piece) for piece in pieces)
        yield compressor.flush()


class _BrotliUnpacker:
    def __init__(self, library: Any, write: Write) -> None:  # noqa: ANN401
        self._decoder = library.Decompressor()
        self._problem = library.error
        self._write = write

    def feed(self, data: bytes) -> None:
        try:
            plain = self._decoder.process(data, output_buffer_limit=PIECE_BYTES)
            while plain or not self._decoder.can_accept_more_data():
                self._write(plain)
                plain = self._decoder.process(b"", output_buffer_limit=PIECE_BYTES)
        except self._problem as error:
            raise DamagedData from error

    def finish(self) -> None:
        if not self._decoder.is_finished():
            raise DamagedData


class _Lz4Unpacker:
    def __init__(self, library: Any, write: Write) -> None:  # noqa: ANN401
        self._decoder = library.LZ4FrameDecompressor()
        self._write = write

    def feed(self, data: bytes) -> None:
        try:
            self._write(self._decoder.decompress(data, max_length=PIECE_BYTES))
            while not self._decoder.needs_input and not self._decoder.eof:
                self._write(self._decoder.decompress(b"", max_length=PIECE_BYTES))
        except (RuntimeError, EOFError, ValueError) as error:
            raise DamagedData from error

    def finish(self) -> None:
        if not self._decoder.eof:
            raise DamagedData


class _ZstdUnpacker:
    """Tells the library's errors from those of `write`, which pass through it."""

    def __init__(self, library: Any, write: Write) -> None:  # noqa: ANN401
        self._problem = library.ZstdError
        self._decoder = library.ZstdDecompressor().decompressobj(write_size=PIECE_BYTES)
        self._write = write

    def feed(self, data: bytes) -> None:
        # This library cannot be told to stop after so much output.
        for at in range(0, len(data), SLICE_BYTES):
            try:
                plain = self._decoder.decompress(data[at : at + SLICE_BYTES])
            except (self._problem, EOFError) as error:
                raise DamagedData from error
            self._write(plain)

    def finish(self) -> None:
        if not self._decoder.eof:
            raise DamagedData
