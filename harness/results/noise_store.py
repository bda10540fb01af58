"""What is known of phones' noise, kept from run to run: one JSON file a phone, described in
docs/how-to/calibrate.md.

It was measured on phones that may be elsewhere by now, so it is no cache: nothing here is ever thrown away
but for a newer entry of the same engine, threads, mode and model. Measuring it is `stats.noise`'s business.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from harness.durable import write_durably
from harness.errors import UsageError
from harness.places import data_folder, locked
from harness.results.records import PhoneNoise
from harness.results.rundir import unusable

FORMAT_VERSION = 1
_FILE = TypeAdapter(dict[str, Any])
_ENTRIES = TypeAdapter(tuple[PhoneNoise, ...])


def noise_folder() -> Path:
    """Where it is kept: `noise` in elbench's data folder."""
    return data_folder(os.environ) / "noise"


def known_noise(
    phone_id: str,
    *,
    engine: str | None,
    threads: int,
    mode: str,
    model: str | None = None,
    folder: Path | None = None,
) -> PhoneNoise | None:
    """The newest noise of this model on the phone, else the newest of any model; None: never calibrated.

    Noise of another engine, thread count or mode says nothing here and is not given.

    Args:
        engine: what runs the models on a virtual phone; None of a real one.
        mode: `burst`, `sparse`, `sustained`.
        folder: default: `noise_folder()`.

    Raises:
        UsageError: the phone's file cannot be read.
    """
    entries = _read(_file(folder or noise_folder(), phone_id))
    fitting = [one for one in entries if (one.engine, one.threads, one.mode) == (engine, threads, mode)]
    return max(fitting, key=lambda one: (one.model == model, one.measured_at), default=None)


def all_noise(folder: Path | None = None) -> tuple[PhoneNoise, ...]:
    """Everything that is known, phone by phone.

    Raises:
        UsageError: a phone's file cannot be read.
    """
    return tuple(one for file in sorted((folder or noise_folder()).glob("*.json")) for one in _read(file))


def keep_noise(noise: PhoneNoise, folder: Path | None = None) -> Path:
    """Keep an entry in place of an older one of the same engine, threads, mode and model; returns the file.

    Raises:
        UsageError: the phone's file cannot be read, so that writing it would lose what it holds.
        OutputFolderUnusable: it cannot be written.
    """
    file = _file(folder or noise_folder(), noise.phone_id)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with locked(file.with_suffix(".lock")):
            entries = (*(one for one in _read(file) if _key(one) != _key(noise)), noise)
            content = {"format": FORMAT_VERSION, "noise": _ENTRIES.dump_python(entries, mode="json")}
            write_durably(file, _FILE.dump_json(content, indent=1) + b"\n")
    except OSError as error:
        raise unusable(file.parent, error) from error
    return file


def _key(noise: PhoneNoise) -> tuple[object, ...]:
    return noise.engine, noise.threads, noise.mode, noise.model


def _file(folder: Path, phone_id: str) -> Path:
    return folder / f"{quote(phone_id, safe='')}.json"


def _read(file: Path) -> tuple[PhoneNoise, ...]:
    try:
        content = _FILE.validate_json(file.read_bytes())
        if content.get("format") != FORMAT_VERSION:
            raise _unreadable(file, f"its format is {content.get('format')!r}, not {FORMAT_VERSION}")
        return _ENTRIES.validate_python(content.get("noise"))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _unreadable(file, error.strerror or str(error)) from error
    except ValidationError as error:
        raise _unreadable(file, str(error.errors(include_url=False)[0]["msg"])) from error


def _unreadable(file: Path, why: str) -> UsageError:
    return UsageError(
        f"what is known of a phone's noise cannot be read ({why})",
        remedy="move the file away and calibrate the phone again",
        where=str(file),
    )
