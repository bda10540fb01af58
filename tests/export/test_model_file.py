"""Files that are no model: each told apart in one line, without loading anything from it."""

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from harness.errors import UnreadableModel
from harness.export.model_file import looks_like_file, read_model_file, require_model
from tests.export.conftest import script, tiny_module, tiny_program


class Trap:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return (print, ("a model file ran code",))


def weights() -> bytes:
    buffer = io.BytesIO()
    torch.save({"weight": torch.zeros(2), "trap": Trap()}, buffer)
    return buffer.getvalue()


def any_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "no model")
    return buffer.getvalue()


def flipped() -> bytes:
    program = bytearray(tiny_program())
    middle = program.index(b"PK\x01\x02") // 2
    program[middle] ^= 0xFF
    return bytes(program)


def damaged_deflated(at: int) -> bytes:
    """A compressed archive, as other programs write them, with one wrong byte."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m/bytecode.pkl", bytes(range(256)) * 4)
    data = bytearray(buffer.getvalue())
    data[at] ^= 0xFF
    return bytes(data)


BAD_FILES = {
    "empty": (lambda: b"", "is empty"),
    "text": (lambda: b"hello, I am a model\n", "is no model"),
    "old pickle": (lambda: pickle.dumps({"weight": 1, "trap": Trap()}), "is a pickle"),
    "state dict": (weights, "holds pickled weights, not a program"),
    "zip": (any_zip, "is a zip archive, but no model"),
    "truncated": (lambda: tiny_program()[:-100], "is damaged or cut short"),
    "flipped": (flipped, "a record does not match its checksum"),
    "deflated and damaged": (lambda: damaged_deflated(52), "is damaged or cut short"),
    "misplaced directory": (lambda: damaged_deflated(-4), "is damaged or cut short"),
    "flatbuffer": (lambda: b"\x00\x00\x00\x00PTMF" + b"\x00" * 50, "flatbuffer form"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_each_kind_of_wrong_file_is_told_apart(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make, told = BAD_FILES[kind]
    file = tmp_path / "model.ptl"
    file.write_bytes(make())
    with pytest.raises(UnreadableModel) as refused:
        read_model_file(file)
    message = str(refused.value)
    assert told in message
    assert message.startswith(f"{file}: ")
    assert "\n" not in message
    assert capsys.readouterr().out == ""


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UnreadableModel, match="there is no such file"):
        read_model_file(tmp_path / "absent.ptl")
    with pytest.raises(UnreadableModel, match="is a folder"):
        read_model_file(tmp_path)


def test_a_device_is_not_read_for_ever() -> None:
    with pytest.raises(UnreadableModel, match="is not a regular file"):
        read_model_file(Path("/dev/zero"))


def test_a_path_that_no_file_system_takes_is_refused() -> None:
    with pytest.raises(UnreadableModel, match="cannot be read"):
        read_model_file(Path("a\0b.ptl"))


def test_a_name_longer_than_any_file_name_is_no_file() -> None:
    assert not looks_like_file("x" * 5000)


def test_a_whole_program_passes(tiny_file: Path) -> None:
    assert read_model_file(tiny_file) == ("lite", tiny_file.read_bytes())


def test_torchscript_is_told_from_a_phones_program_and_no_phone_runs_it(tmp_path: Path) -> None:
    file = tmp_path / "net.pt"
    file.write_bytes(script(tiny_module()).save_to_buffer())
    kind, data = read_model_file(file)
    assert (kind, data) == ("torchscript", file.read_bytes())
    with pytest.raises(UnreadableModel, match="is TorchScript without the bytecode that phones run"):
        require_model(file, data)


def test_an_executorch_program_is_known_by_its_bytes_and_is_none_for_pytorch_mobile(tmp_path: Path) -> None:
    file = tmp_path / "model.pte"
    file.write_bytes(b"\x00\x00\x00\x00ET12" + b"\x00" * 50)
    assert read_model_file(file) == ("executorch", file.read_bytes())
    with pytest.raises(UnreadableModel, match="is an ExecuTorch program"):
        require_model(file, file.read_bytes())
