"""A profile on disk: a folder with `profile.toml` and one phone's outputs, as docs/reference/profile.md says.

Anybody may have written it, so nothing that it names lies outside the folder, and everything is bounded.
What a replayed phone makes of it is `replay`'s business.
"""

import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal, get_args

from harness.errors import UsageError

INDEX = "profile.toml"
LARGEST_INDEX_BYTES = 4 << 20
LARGEST_OUTPUT_BYTES = 8 << 20
LARGEST_PROFILE_BYTES = 64 << 20
LONGEST_PATH_BYTES = 1024
SHIPPED = Path(__file__).parent / "profiles"

State = Literal["device", "unauthorized", "offline", "recovery", "rescue", "sideload", "bootloader"]
KEYS: dict[str, frozenset[str]] = {
    "phone": frozenset({"name", "source", "state", "features"}),
    "commands": frozenset(),
    "files": frozenset(),
    "sources": frozenset(),
}
"""The sections, each with the keys that it knows; those without hold names of the writer's own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed, and its exit status."""

    output: bytes
    status: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPhone:
    """Everything that a profile folder says."""

    name: str
    source: str
    """Where the outputs are from, in words; may be empty."""
    state: State
    features: frozenset[str] | None
    """Of its adbd; None: those of its Android version."""
    commands: Mapping[str, Answer]
    """Answers by command, in the form that `shlex.join` gives to its words."""
    files: Mapping[str, bytes]
    """Contents by path on the phone."""
    denied: frozenset[str]
    """Paths that its shell may not read, files or folders with everything in them."""


class _Mistake(Exception):
    """What is wrong in a profile, in words."""


def shipped_profiles() -> dict[str, Path]:
    """The folders of the profiles that elbench comes with, by name."""
    return {index.parent.name: index.parent for index in sorted(SHIPPED.glob(f"*/{INDEX}"))}


def find_profile(wanted: Path | str) -> Path:
    """The folder of a profile: one that is shipped, by its name, or one of the caller's own.

    Raises:
        UsageError: there is none.
    """
    shipped = shipped_profiles()
    if str(wanted) in shipped:
        return shipped[str(wanted)]
    folder = Path(wanted)
    if (folder / INDEX).is_file():
        return folder
    raise UsageError(
        f"is neither a folder with a {INDEX} nor the name of a profile that elbench comes with",
        remedy="`elbench phone profiles` lists the names, `elbench phone record` makes a folder",
        where=str(wanted),
    )


def read_profile(folder: Path) -> RecordedPhone:
    """Read and check a whole profile folder.

    Raises:
        UsageError: something in it is missing, too large, outside the folder, or not understood.
    """
    try:
        tables = _tables(folder)
        phone = tables["phone"]
        reader = _Reader(folder.resolve())
        commands = {_command(key): _answer(key, value, reader) for key, value in tables["commands"].items()}
        files, denied = _files(tables["files"], reader)
        return RecordedPhone(
            name=_text(phone, "name") or folder.resolve().name,
            source=_text(phone, "source"),
            state=_state(phone),
            features=_features(phone),
            commands=commands,
            files=files,
            denied=denied,
        )
    except (_Mistake, OSError, ValueError, RecursionError) as error:
        words = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
        raise UsageError(
            f"the profile is not understood: {words}",
            remedy="see docs/reference/profile.md for its form",
            where=str(folder / INDEX),
        ) from error


def _tables(folder: Path) -> dict[str, dict[str, Any]]:
    with (folder / INDEX).open("rb") as opened:
        content = opened.read(LARGEST_INDEX_BYTES + 1)
    if len(content) > LARGEST_INDEX_BYTES:
        raise _Mistake(f"it is larger than {LARGEST_INDEX_BYTES} bytes")
    tables = tomllib.loads(content.decode())
    for section, table in tables.items():
        if section not in KEYS or not isinstance(table, dict):
            raise _Mistake(f"unknown key {section}; known here: {', '.join(KEYS)}")
        if unknown := KEYS[section] and table.keys() - KEYS[section]:
            raise _Mistake(f"unknown key {section}.{min(unknown)}; known there: {_listed(KEYS[section])}")
    if not tables.get("commands") and not tables.get("files"):
        raise _Mistake("it records nothing: write [commands] or [files]")
    return {section: tables.get(section, {}) for section in KEYS}


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


def _text(phone: Mapping[str, Any], key: str) -> str:
    value = phone.get(key, "")
    if not isinstance(value, str) or len(value) > 1000 or not value.isprintable():
        raise _Mistake(f"phone.{key} must be one line of text")
    return value.strip()


def _state(phone: Mapping[str, Any]) -> State:
    state: State = phone.get("state", "device")
    if state not in get_args(State):
        raise _Mistake(f"phone.state is {state!r}, it must be one of {', '.join(get_args(State))}")
    return state


def _features(phone: Mapping[str, Any]) -> frozenset[str] | None:
    names = phone.get("features")
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(n, str) and n.isidentifier() for n in names):
        raise _Mistake("phone.features must be a list of adbd's features, such as shell_v2")
    return frozenset(names)


def _command(key: str) -> str:
    """A command as `shlex.join` writes it; what is no simple command stays as it is."""
    try:
        words = shlex.split(key)
    except ValueError as error:
        raise _Mistake(f"commands: {key!r} is no shell command ({error})") from error
    if not words:
        raise _Mistake("commands: a name is empty")
    is_simple = not any(mark in key for mark in "|;&<>$`*?")
    return shlex.join(words) if is_simple else key.strip()


def _answer(key: str, value: object, reader: "_Reader") -> Answer:
    match value:
        case {"status": int() as status, **rest} if 0 <= status <= 255 and not isinstance(status, bool):
            return Answer(reader.content(key, rest), status)
        case {"status": _}:
            raise _Mistake(f"{key!r}: status must be a number from 0 to 255")
    return Answer(reader.content(key, value))


def _files(table: Mapping[str, Any], reader: "_Reader") -> tuple[dict[str, bytes], frozenset[str]]:
    contents: dict[str, bytes] = {}
    denied = set()
    for path, value in table.items():
        _check_phone_path(path)
        if value == {"denied": True}:
            denied.add(path)
        else:
            contents[path] = reader.content(path, value)
    _check_apart(contents, denied)
    return contents, frozenset(denied)


def _check_phone_path(path: str) -> None:
    parts = path.split("/")[1:]
    is_plain = path.startswith("/") and parts and not {"", ".", ".."} & set(parts) and "\0" not in path
    if not is_plain or len(path.encode()) > LONGEST_PATH_BYTES or max(len(p.encode()) for p in parts) > 255:
        raise _Mistake(f"files: {path[:200]!r} is no plain absolute path on a phone")


def _check_apart(contents: Mapping[str, bytes], denied: set[str]) -> None:
    """No path is a file and a folder at once, or lies in a denied folder."""
    paths = {*contents, *denied}
    for path in paths:
        for parent in PurePosixPath(path).parents:
            if str(parent) in paths:
                raise _Mistake(f"files: {path!r} lies in {str(parent)!r}, which is a file or denied")


class _Reader:
    """Reads a profile's outputs, as many bytes in all as a profile may have.

    Args:
        folder: the profile's, resolved.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bytes_left = LARGEST_PROFILE_BYTES

    def content(self, key: str, value: object) -> bytes:
        """What a key's value stands for: a file's name, or a text itself."""
        match value:
            case str() as name if name:
                content = self._file(key, name)
            case {"file": str() as name, **rest} if name and not rest:
                content = self._file(key, name)
            case {"text": str() as text, **rest} if not rest:
                content = text.encode()
            case _:
                raise _Mistake(
                    f"{key!r} must be a file's name, {{ text = … }}, or for a path {{ denied = true }}"
                )
        self._bytes_left -= len(content)
        if self._bytes_left < 0:
            raise _Mistake(f"its outputs are larger than {LARGEST_PROFILE_BYTES} bytes together")
        return content

    def _file(self, key: str, name: str) -> bytes:
        path = self._folder / name
        # `..` and links, also on the way, resolve to something else; an absolute name lies elsewhere.
        if "\0" in name or path.resolve() != path or not path.is_relative_to(self._folder):
            raise _Mistake(f"{key!r}: {name!r} is no plain file within the folder")
        if not path.is_file():
            raise _Mistake(f"{key!r}: there is no file {name!r}")
        with path.open("rb") as opened:
            content = opened.read(LARGEST_OUTPUT_BYTES + 1)
        if len(content) > LARGEST_OUTPUT_BYTES:
            raise _Mistake(f"{key!r}: {name!r} is larger than {LARGEST_OUTPUT_BYTES} bytes")
        return content
