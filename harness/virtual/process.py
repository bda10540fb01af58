"""Virtual phones in a process of their own, for whoever needs some for a while.

    with VirtualPhones.start(engine="modelled", count=2) as phones:
        connect(phones.addresses)

The process ends with the `with` block, and also when its caller dies in whatever way.
"""

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from harness.errors import PhoneError, SetupIncomplete
from harness.virtual.profile import EngineName

END_DEADLINE_S = 10


class VirtualPhones:
    """Running virtual phones; `start` makes them.

    Attributes:
        addresses: where each listens, as `adb connect` takes it.
        pid: the serving process.
        engine: what runs the models.
    """

    def __init__(
        self, process: "subprocess.Popen[bytes]", addresses: Sequence[str], engine: EngineName
    ) -> None:
        self._process = process
        self.addresses = tuple(addresses)
        self.engine = engine
        self.pid = process.pid

    @classmethod
    def start(
        cls,
        *,
        engine: EngineName = "lite",
        count: int = 1,
        seed: int = 0,
        timing: Path | None = None,
        faults: Path | None = None,
        profiles: Sequence[Path | str] = (),
        deadline_s: float = 120,
    ) -> Self:
        """Start phones and wait until they can be connected to.

        Args:
            engine: what runs the models.
            count: how many phones; with profiles, how many of each.
            seed: which phones.
            timing: timing file of the modelled engine.
            faults: what goes wrong on purpose.
            profiles: recorded phones to replay, folders or names of shipped ones.
            deadline_s: for their start.

        Raises:
            SetupIncomplete: they end before they are ready; the message has their last words.
            PhoneError: they are not ready in time.
        """
        options = ["--engine", engine, "--count", str(count), "--seed", str(seed), "--until-eof"]
        for name, file in (("--timing", timing), ("--faults", faults)):
            options += [name, str(file)] if file else []
        options += [f"--profile={profile}" for profile in profiles]
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "harness.virtual", *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                process_group=0,  # Ctrl-C in a terminal is for the caller, who still needs the phone
            )
            try:
                ready = _wait_until_ready(process, errors, deadline_s)
            except BaseException:
                _end(process)
                raise
        return cls(process, json.loads(ready)["addresses"], engine)

    def stop(self) -> None:
        """Switch the phones off and wait until their process has ended."""
        _end(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _wait_until_ready(process: "subprocess.Popen[bytes]", errors: IO[bytes], deadline_s: float) -> bytes:
    """The line that says that the phones are ready, and where."""
    assert process.stdout
    line = b""
    until = time.monotonic() + deadline_s
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not line.endswith(b"\n"):
            if not selector.select(max(0.0, until - time.monotonic())):
                raise PhoneError(
                    f"the virtual phone is not ready after {deadline_s:g} s",
                    remedy="try again on a less busy machine, or use the engine `modelled`",
                    where="virtual phone",
                )
            data = os.read(process.stdout.fileno(), 65536)
            if not data:
                raise _not_started(errors)
            line += data
    return line


def _not_started(errors: IO[bytes]) -> SetupIncomplete:
    errors.seek(0)
    words = errors.read().decode(errors="replace").strip()
    return SetupIncomplete(
        f"the virtual phone ended before it was ready: {words or 'without a word'}",
        remedy="mend what it says, then try again",
        where="virtual phone",
    )


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the process: by closing its input, and if that is not enough, by force."""
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(BrokenPipeError):
                pipe.close()
    try:
        process.wait(END_DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
