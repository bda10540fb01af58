"""One module, one sequence of bytes: what torch writes into an archive besides the module is kept out.

Left alone, torch's archives differ by what the process exported before (numbered type names) and by where
Python and the caller's files lie (source paths in `.debug_pkl` records, which then travel to the phone).
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.jit._state


@contextmanager
def fresh_type_names() -> Iterator[None]:
    """Number TorchScript's generated type names from zero inside; the process's own stay as they are."""
    state = torch.jit._state
    process_unit = state._python_cu
    state._python_cu = torch._C.CompilationUnit()
    try:
        yield
    finally:
        state._python_cu = process_unit


def without_debug_records(archive: bytes) -> bytes:
    """The same program without the records that no interpreter needs to run it."""
    reader = torch._C.PyTorchFileReader(io.BytesIO(archive))
    buffer = io.BytesIO()
    writer = torch._C.PyTorchFileWriter(buffer)
    records = reader.get_all_records()
    version = next(name for name in _VERSIONS if name in records)
    writer.set_min_version(int(reader.get_record(version)))
    for name in records:
        if not (name.endswith(".debug_pkl") or name in _WRITTEN_BY_TORCH):
            record = reader.get_record(name)
            writer.write_record(name, record, len(record))
    writer.write_end_of_file()
    return buffer.getvalue()


_VERSIONS = (".data/version", "version")
"""Where torch keeps the file format's number: the first for programs whose operators need format 6 or newer,
such as GELU."""
_WRITTEN_BY_TORCH = (*_VERSIONS, "byteorder", ".data/serialization_id")
