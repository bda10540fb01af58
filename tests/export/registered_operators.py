"""Asks Android's PyTorch library itself which operators and bytecode versions it loads.

`python -m tests.export.registered_operators` writes the list that elbench ships. The library registers
operators when it is loaded and has no way to list them, but its loader says of a program whether it misses
one of them: so it is given one program for each operator that torch names or that the library's own text
names.
"""

import pickle
import re
import struct
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

import torch

from android_runner.host.libraries import RUNTIME
from android_runner.host.runtime import HostRuntime, shipped_runtime
from android_runner.host.shim import SHIM
from harness.export.phone_limits import OPERATORS_FILE

_PROBE = Path(__file__).with_name("OperatorProbe.java")
_MISSES = "Following ops cannot be found"
_SCHEMA = re.compile(rb"(?:(\w+)::)?(\w+)(?:\.(\w+))?\([\x20-\x7e]*->")
_BARE = re.compile(rb"(?<![\w:])(\w+)::(\w+)(?:\.(\w+))?\x00")
_NAMESPACES = ("aten", "prim", "prepacked", "quantized", "_quantized", "sparse")


def registered_operators(runtime: HostRuntime) -> list[str]:
    """Sorted names of all that the library has, as in `aten::add.Tensor`."""
    names = sorted(_named_by_torch() | _named_in(runtime.folder / RUNTIME))
    answers = loader_answers(runtime, (empty_program([name]) for name in names))
    return [name for name, said in zip(names, answers, strict=True) if not said.startswith(_MISSES)]


def empty_program(operators: Sequence[str], *, bytecode_version: int = 8, file_format: int = 3) -> bytes:
    """A program that does nothing and says that it calls these operators."""
    pairs = tuple((name, overload) for name, _, overload in (name.partition(".") for name in operators))
    body = (
        ("instructions", (("MOVE", 2, 0), ("RET", 0, 0))),
        ("operators", pairs),
        ("constants", ()),
        ("types", ()),
        ("register_size", 2),
    )
    arguments = tuple(
        (("name", name), ("type", kind), ("default_value", None))
        for name, kind in (("self", "__torch__.M"), ("x", "Tensor"))
    )
    returned = ((("name", ""), ("type", "Tensor"), ("default_value", None)),)
    schema = (("arguments", arguments), ("returns", returned))
    records = {
        "bytecode.pkl": pickle.dumps((bytecode_version, ("__torch__.M.forward", body, schema)), protocol=2),
        "constants.pkl": pickle.dumps((), protocol=2),
        "data.pkl": b"\x80\x02c__torch__\nM\n)\x81}(X\x08\x00\x00\x00training\x89ub.",
        "version": f"{file_format}\n".encode(),
    }
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in records.items():
            archive.writestr(f"archive/{name}", content)
    return buffer.getvalue()


def loader_answers(runtime: HostRuntime, programs: Iterable[bytes]) -> list[str]:
    """What the loader says of each program: `loaded`, or the first line of its refusal."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["javac", "-cp", runtime.jar, "-d", folder, _PROBE], check=True)
        command = [
            runtime.java,
            f"-Djava.library.path={runtime.folder}",
            "-cp",
            f"{runtime.jar}:{folder}",
            "OperatorProbe",
            runtime.folder / SHIM,
            Path(folder, "program.ptl"),
        ]
        asked = b"".join(_framed(programs))
        said = subprocess.run(
            command, input=asked, env=dict(runtime.environment), stdout=subprocess.PIPE, check=True
        )
    return said.stdout.decode().splitlines()


def _framed(programs: Iterable[bytes]) -> Iterator[bytes]:
    for program in programs:
        yield struct.pack(">I", len(program)) + program
    yield struct.pack(">I", 0)


def _named_by_torch() -> set[str]:
    schemas = {(schema.name, schema.overload_name) for schema in torch._C._jit_get_all_schemas()}
    return set(torch._C._dispatch_get_all_op_names()) | {_full_name(*schema) for schema in schemas}


def _named_in(library: Path) -> set[str]:
    """Schemas stand in the library as text, mostly without their namespace."""
    text = library.read_bytes()
    names = set()
    for namespace, name, overload in _SCHEMA.findall(text) + _BARE.findall(text):
        spaces = (namespace.decode(),) if namespace else _NAMESPACES
        names |= {_full_name(f"{space}::{name.decode()}", overload.decode()) for space in spaces}
    return names


def _full_name(name: str, overload: str) -> str:
    return f"{name}.{overload}" if overload else name


if __name__ == "__main__":
    OPERATORS_FILE.write_text("\n".join(registered_operators(shipped_runtime())) + "\n", encoding="ascii")
