"""The terminal that adbd puts between a host and a shell: line ends, echo, and the keys that edit a line."""

from harness.virtual.system.commands.call import Sink, Source

INTERRUPT, END, ERASE = 0x03, 0x04, (0x08, 0x7F)
LINE_ENDS = (0x0A, 0x0D)
LONGEST_LINE_BYTES = 4096
"""What a terminal of Linux keeps of a line."""


class Terminal:
    """One terminal.

    Args:
        read: what is typed.
        write: what is shown.
    """

    def __init__(self, read: Source, write: Sink) -> None:
        self._read = read
        self._write = write
        self._typed = bytearray()

    async def read(self) -> bytes:
        """What has been typed, for a command; empty at the end."""
        data = bytes(self._typed) or await self._read()
        self._typed.clear()
        return data

    async def write(self, data: bytes) -> None:
        """Show a command's output."""
        await self._write(data.replace(b"\n", b"\r\n"))

    async def ask(self, prompt: str) -> str | None:
        """Show a prompt and read a line as it is typed; None once nothing more will come."""
        await self._write(prompt.encode())
        line = bytearray()
        while (key := await self._key()) is not None:
            if key in LINE_ENDS:
                await self._write(b"\r\n")
                return line.decode(errors="surrogateescape")
            if key == END and not line:
                await self._write(b"\r\n")
                return None
            await self._edit(line, key, prompt)
        return line.decode(errors="surrogateescape") if line else None

    async def _edit(self, line: bytearray, key: int, prompt: str) -> None:
        if key == INTERRUPT:
            line.clear()
            await self._write(b"^C\r\n" + prompt.encode())
        elif key in ERASE:
            if line:
                line.pop()
                await self._write(b"\b \b")
        elif key != END and len(line) < LONGEST_LINE_BYTES:
            line.append(key)
            await self._write(bytes([key]))

    async def _key(self) -> int | None:
        if not self._typed:
            self._typed += await self._read()
        return self._typed.pop(0) if self._typed else None
