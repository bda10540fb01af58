"""The phone's shell: expands words, opens redirections, and runs the commands of the registry.

The language is `shell_syntax`'s, the commands are those of `commands`. One command runs after another;
a pipe hands the whole output of its left side to its right side.
"""

import fnmatch
import os
import re
from dataclasses import dataclass, field

from harness.virtual.system import commands
from harness.virtual.system.commands.call import Call, Sink, Source
from harness.virtual.system.phone import VirtualPhone
from harness.virtual.system.shell_syntax import (
    Pipeline,
    Redirection,
    SimpleCommand,
    SyntaxProblem,
    Word,
    parse,
)

NAME = "/system/bin/sh"
ENVIRONMENT = {"HOME": "/", "PATH": "/system/bin", "TMPDIR": "/data/local/tmp", "USER": "shell"}


@dataclass(slots=True)
class Shell:
    """One shell process: where its output goes, and `$?`."""

    phone: VirtualPhone
    stdin: Source
    stdout: Sink
    stderr: Sink
    status: int = 0
    environment: dict[str, str] = field(default_factory=lambda: dict(ENVIRONMENT))

    async def run(self, line: str) -> int:
        """Run a command line and return the exit status of its last command."""
        try:
            pipelines = parse(line)
        except SyntaxProblem as problem:
            await self.stderr(f"{NAME}: {problem}\n".encode())
            self.status = 1
            return self.status
        for pipeline in pipelines:
            if pipeline.separator == "&&" and self.status != 0:
                continue
            if pipeline.separator == "||" and self.status == 0:
                continue
            if await self._run_pipeline(pipeline):
                break
        return self.status

    async def _run_pipeline(self, pipeline: Pipeline) -> bool:
        """Run one pipeline; true when it was `exit`."""
        stdin = self.stdin
        for command in pipeline.commands[:-1]:
            piped = bytearray()
            await self._run_command(command, stdin, _collector(piped))
            stdin = source_of(bytes(piped))
        return await self._run_command(pipeline.commands[-1], stdin, self.stdout)

    async def _run_command(self, command: SimpleCommand, stdin: Source, stdout: Sink) -> bool:
        try:
            argv = [text for word in command.words for text in self._expand(word)]
            if argv[:1] == ["exit"]:
                self.status = int(argv[1]) & 0xFF if argv[1:] and argv[1].isdecimal() else self.status
                return True
            files, stdin, sinks = self._open(command.redirections, stdin, stdout)
            self.status = await commands.run(Call(self.phone, argv, stdin, sinks[1], sinks[2])) if argv else 0
            for path, content in files.items():
                self.phone.files.write(path, bytes(content), append=True)
        except OSError as error:
            await self.stderr(f"{NAME}: can't create {error.filename}: {error.strerror}\n".encode())
            self.status = 1
        return False

    def _open(
        self, redirections: list[Redirection], stdin: Source, stdout: Sink
    ) -> tuple[dict[str, bytearray], Source, dict[int, Sink]]:
        """The files to write afterwards, the standard input, and both outputs."""
        files: dict[str, bytearray] = {}
        sinks = {1: stdout, 2: self.stderr}
        for redirection in redirections:
            if isinstance(redirection.target, str):
                sinks[redirection.descriptor] = sinks.get(int(redirection.target), stdout)
                continue
            path = "".join(self._expand(redirection.target)[:1])
            if redirection.operator == "<":
                stdin = source_of(self.phone.files.read(path))
            elif path == "/dev/null":
                sinks[redirection.descriptor] = _discard
            else:
                self.phone.files.write(path, b"", append=redirection.operator == ">>")
                sinks[redirection.descriptor] = _collector(files.setdefault(path, bytearray()))
        return files, stdin, sinks

    def _expand(self, word: Word) -> list[str]:
        """A word's texts: parameters replaced, then globs matched where no quotes protect them."""
        pattern, plain = "", ""
        for text, quote in word.pieces:
            expanded = text if quote == "'" else self._parameters(text)
            plain += expanded
            pattern += expanded if not quote else re.sub(r"([*?[])", r"[\1]", expanded)
        if not re.search(r"[*?]|\[.+\]", "".join(text for text, quote in word.pieces if not quote)):
            return [plain] if plain or any(quote for _, quote in word.pieces) else []
        return glob(self.phone, pattern) or [plain]

    def _parameters(self, text: str) -> str:
        values = {**self.environment, "?": str(self.status), "$": str(os.getpid())}
        return re.sub(r"\$(?:\{(\w+)\}|(\w+|[?$]))", lambda m: values.get(m[1] or m[2], ""), text)


def glob(phone: VirtualPhone, pattern: str) -> list[str]:
    """Phone paths that match an absolute pattern, sorted; `*` does not match a leading dot or a slash."""
    found = [""]
    for part in pattern.strip("/").split("/"):
        if re.search(r"[*?[]", part):
            found = [f"{folder}/{name}" for folder in found for name in _matching(phone, folder, part)]
        else:
            found = [f"{folder}/{part}" for folder in found]
    return [path for path in found if phone.files.exists(path)]


def _matching(phone: VirtualPhone, folder: str, pattern: str) -> list[str]:
    try:
        names = phone.files.names(folder or "/")
    except OSError:
        return []
    return [n for n in names if fnmatch.fnmatchcase(n, pattern) and (n[0] != "." or pattern[0] == ".")]


def _collector(buffer: bytearray) -> Sink:
    async def collect(data: bytes) -> None:
        buffer.extend(data)

    return collect


async def _discard(data: bytes) -> None:
    """Where /dev/null takes the output."""


def source_of(content: bytes) -> Source:
    """A standard input that gives these bytes and then ends."""
    chunks = [content] if content else []

    async def read() -> bytes:
        return chunks.pop() if chunks else b""

    return read
