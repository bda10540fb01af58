"""One call of one command: what it is given, and how it answers."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from harness.virtual.system.phone import VirtualPhone

Sink = Callable[[bytes], Awaitable[None]]
Source = Callable[[], Awaitable[bytes]]
"""The next bytes of the standard input; empty at its end."""


@dataclass(slots=True)
class Call:
    """What a command sees of the world, and where its output goes.

    Output gathers in memory until the command ends or flushes it.
    """

    phone: VirtualPhone
    argv: list[str]
    stdin: Source
    stdout: Sink
    stderr: Sink
    _pending: list[tuple[bool, bytes]] = field(default_factory=list)
    """What gathered, in its order, each piece with whether it is for the standard error."""

    @property
    def arguments(self) -> list[str]:
        """Everything after the command's name."""
        return self.argv[1:]

    @property
    def operands(self) -> list[str]:
        """The arguments that are no options."""
        return [argument for argument in self.arguments if argument == "-" or not argument.startswith("-")]

    def has_option(self, *names: str) -> bool:
        """Whether one of the options is given: letters may be joined (`-rf`), words may not (`--help`)."""
        given = [argument for argument in self.arguments if argument.startswith("-") and argument != "-"]
        letters = {letter for argument in given if not argument.startswith("--") for letter in argument[1:]}
        return any(name in given or name.lstrip("-") in letters for name in names)

    def print(self, text: str) -> None:
        """A line for the standard output."""
        self.write(text.encode(errors="surrogateescape") + b"\n")

    def write(self, data: bytes) -> None:
        """Bytes for the standard output."""
        self._pending.append((False, data))

    def complain(self, text: str, status: int = 1) -> int:
        """A line for the standard error; returns the exit status that goes with it."""
        self._pending.append((True, text.encode(errors="surrogateescape") + b"\n"))
        return status

    def complain_of(self, path: str, error: OSError) -> int:
        """Complain as toybox does: command, path, reason."""
        return self.complain(f"{self.argv[0]}: {path}: {error.strerror}")

    async def read_stdin(self) -> bytes:
        """The whole standard input."""
        content = bytearray()
        while data := await self.stdin():
            content += data
        return bytes(content)

    async def flush(self) -> None:
        """Send what has gathered."""
        pending, self._pending = self._pending, []
        for is_error, pieces in itertools.groupby(pending, lambda piece: piece[0]):
            await (self.stderr if is_error else self.stdout)(b"".join(data for _, data in pieces))


Command = Callable[[Call], Awaitable[int]]


def for_each(call: Call, action: Callable[[str], None], paths: list[str]) -> int:
    """Do something to each path, and complain of those where it cannot be done, as toybox does."""
    status = 0
    for path in paths:
        try:
            action(path)
        except OSError as error:
            status = call.complain(f"{call.argv[0]}: {path}: {error.strerror}")
    return status
