"""Writes a recorded phone as a profile folder, whole or not at all. Its form: docs/reference/profile.md."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import OutputFolderUnusable
from harness.phone.recording import Recording


def require_free(folder: Path) -> None:
    """That a profile can be written there.

    Raises:
        OutputFolderUnusable: something is there already.
    """
    if folder.is_symlink() or (folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))):
        raise OutputFolderUnusable(
            "is there already and not an empty folder", remedy="choose another --out", where=str(folder)
        )


def write_profile(recording: Recording, folder: Path, *, name: str, source: str) -> None:
    """Write the folder; until it is whole it has another name, and after an error or Ctrl-C it is gone.

    Raises:
        OutputFolderUnusable: something is there already, or it cannot be written.
    """
    require_free(folder)
    try:
        with _becoming(folder.absolute()) as unfinished:
            index = _write_outputs(recording, unfinished, name=name, source=source)
            (unfinished / "profile.toml").write_text(index, encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutputFolderUnusable(
            f"cannot be written ({error.strerror})", remedy="choose another --out", where=str(folder)
        ) from error


@contextmanager
def _becoming(folder: Path) -> Iterator[Path]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield unfinished
        unfinished.chmod(0o755)
        os.replace(unfinished, folder)  # noqa: PTH105  onto an empty folder too
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _write_outputs(recording: Recording, folder: Path, *, name: str, source: str) -> str:
    """Write every output to a file of its own; returns the index."""
    lines = ["[phone]", f"name = {_text(name)}", f"source = {_text(source)}", "", "[commands]"]
    for command, answer in recording.commands.items():
        file = f"commands/{re.sub(r'[^a-z0-9]+', '-', command.lower()).strip('-')[:80]}.txt"
        _write(folder / file, answer.output)
        status = f"{{ file = {_text(file)}, status = {answer.status} }}" if answer.status else _text(file)
        lines.append(f"{_text(command)} = {status}")
    lines += ["", "[files]"]
    for path, content in recording.files.items():
        file = f"files{path}"
        _write(folder / file, content)
        lines.append(f"{_text(path)} = {_text(file)}")
    lines += [f"{_text(path)} = {{ denied = true }}" for path in recording.denied]
    return "\n".join(lines) + "\n"


def _write(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8", newline="")


def _text(value: str) -> str:
    """A TOML string."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
