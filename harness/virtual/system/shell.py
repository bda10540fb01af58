"""The phone's shell: expands words, opens redirections, and runs loops and the registry's commands.

The language is `shell_syntax`'s, the commands are those of `commands`. One command runs after another;
a pipe hands the whole output of its left side to its right side.
"""

import asyncio
import fnmatch
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from harness.virtual.system import commands
from harness.virtual.system.commands.call import Call, Sink, Source
from harness.virtual.system.phone import VirtualPhone
from harness.virtual.system.shell_syntax import (
    Command,
    ForLoop,
    Loop,
    Pipeline,
    Redirection,
    Script,
    SimpleCommand,
    SyntaxProblem,
    Word,
    parse,
)

NAME = "/system/bin/sh"
ENVIRONMENT = {"HOME": "/", "PATH": "/system/bin", "TMPDIR": "/data/local/tmp", "USER": "shell"}
ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=")
TIMED_OUT = 142
"""What `read -t` of mksh returns: 128 and SIGALRM."""
GATHERED_BYTES = 1 << 20
_SUM = re.compile(r"\s*[+-]?\s*\$?\w+\s*(?:[+-]\s*\$?\w+\s*)*")


class Input:
    """A standard input that can be read by chunks and, as `read` needs it, by lines."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._rest = bytearray()

    async def __call__(self) -> bytes:
        """The next bytes; empty at the end."""
        chunk = bytes(self._rest) or await self._source()
        self._rest.clear()
        return chunk

    async def line(self) -> tuple[bytes, bool]:
        """The next line without its end, and whether it had one."""
        while b"\n" not in self._rest and (chunk := await self._source()):
            self._rest += chunk
        line, end, rest = bytes(self._rest).partition(b"\n")
        self._rest[:] = rest
        return line, bool(end)


@dataclass(frozen=True, slots=True)
class Streams:
    """Where a command reads and writes."""

    stdin: Input
    stdout: Sink
    stderr: Sink


class _Jump(Exception):
    """`exit`, `break` or `continue` on its way out."""

    def __init__(self, word: str) -> None:
        self.word = word


@dataclass(slots=True)
class Shell:
    """One shell process: where its output goes, and `$?`."""

    phone: VirtualPhone
    stdin: Source
    stdout: Sink
    stderr: Sink
    status: int = 0
    environment: dict[str, str] = field(default_factory=lambda: dict(ENVIRONMENT))
    is_gone: Callable[[], bool] = lambda: False
    """Whether nobody listens any more, which ends a loop that says nothing."""

    async def run(self, line: str) -> int:
        """Run a command line and return the exit status of its last command."""
        if recorded := self.phone.profile.replay.answer_line(line):
            await self.stdout(recorded.output)
            self.status = recorded.status
            return self.status
        try:
            script = parse(line)
        except SyntaxProblem as problem:
            await self.stderr(f"{NAME}: {problem}\n".encode())
            self.status = 1
            return self.status
        with suppress(_Jump):
            await self._run_script(script, Streams(Input(self.stdin), self.stdout, self.stderr))
        return self.status

    async def _run_script(self, script: Script, streams: Streams) -> None:
        for pipeline in script:
            if pipeline.separator == "&&" and self.status != 0:
                continue
            if pipeline.separator == "||" and self.status == 0:
                continue
            await self._run_pipeline(pipeline, streams)

    async def _run_pipeline(self, pipeline: Pipeline, streams: Streams) -> None:
        if len(pipeline.commands) == 1:
            await self._run_command(pipeline.commands[0], streams)
            return
        *left, last = pipeline.commands
        stdin = streams.stdin
        for command in left:
            piped = bytearray()
            await self._run_apart(command, replace(streams, stdin=stdin, stdout=_collector(piped)))
            stdin = source_of(bytes(piped))
        await self._run_apart(last, replace(streams, stdin=stdin))

    async def _run_apart(self, command: Command, streams: Streams) -> None:
        """Run one side of a pipe, a process of its own: its variables and its `exit` are its alone."""
        apart = replace(self, environment=dict(self.environment))
        with suppress(_Jump):
            await apart._run_command(command, streams)
        self.status = apart.status

    async def _run_command(self, command: Command, streams: Streams) -> None:
        files: list[_File] = []
        try:
            opened = self._open(command.redirections, streams, files)
            try:
                await self._run_opened(command, opened)
            finally:
                for file in files:
                    file.flush()
        except ConnectionError:  # nobody listens any more
            raise
        except OSError as error:
            doing = "open" if isinstance(error, _NotOpened) else "create"
            await streams.stderr(f"{NAME}: can't {doing} {error.filename}: {error.strerror}\n".encode())
            self.status = 1

    async def _run_opened(self, command: Command, streams: Streams) -> None:
        match command:
            case Loop():
                await self._run_loop(command, streams)
            case ForLoop():
                await self._run_for(command, streams)
            case SimpleCommand():
                await self._run_simple(command, streams)

    async def _run_loop(self, loop: Loop, streams: Streams) -> None:
        last = 0
        while not self.is_gone():
            await self._run_script(loop.condition, streams)
            if (self.status == 0) == loop.is_until:
                break
            if not await self._run_body(loop.body, streams):
                return
            last = self.status
        self.status = last

    async def _run_for(self, loop: ForLoop, streams: Streams) -> None:
        self.status = 0
        for text in [text for word in loop.words for text in self._expand(word)]:
            self.environment[loop.name] = text
            if self.is_gone() or not await self._run_body(loop.body, streams):
                return

    async def _run_body(self, body: Script, streams: Streams) -> bool:
        """Run a loop's body once; false after `break`."""
        await asyncio.sleep(0)  # a loop that waits for nothing must not keep the phone from everything else
        try:
            await self._run_script(body, streams)
        except _Jump as jump:
            if jump.word == "exit":
                raise
            self.status = 0
            return jump.word == "continue"
        return True

    async def _run_simple(self, command: SimpleCommand, streams: Streams) -> None:
        words = list(command.words)
        assigned: dict[str, str] = {}
        while words and (found := ASSIGNMENT.match(words[0].pieces[0][0])) and not words[0].pieces[0][1]:
            assigned[found[1]] = self._text(words.pop(0)).removeprefix(found[0])
        argv = [text for word in words for text in self._expand(word)]
        if argv:
            self.status = await self._call(argv, streams)
        else:
            self.status = 0
            self.environment |= assigned

    async def _call(self, argv: list[str], streams: Streams) -> int:
        match argv:
            case ["exit", *rest]:
                self.status = int(rest[0]) & 0xFF if rest and rest[0].isdecimal() else self.status
                raise _Jump("exit")
            case [("break" | "continue") as word, *_]:
                raise _Jump(word)
            case ["read", *rest]:
                return await self._read(rest, streams)
        return await commands.run(Call(self.phone, argv, streams.stdin, streams.stdout, streams.stderr))

    async def _read(self, arguments: list[str], streams: Streams) -> int:
        """`read [-r] [-t SECONDS] NAME…`: the fields of a line; the last name takes the rest."""
        seconds, names = None, []
        rest = iter(arguments)
        for argument in rest:
            if argument == "-t":
                seconds = _seconds(next(rest, ""))
            elif argument != "-r":
                names.append(argument)
        try:
            line, had_end = await asyncio.wait_for(streams.stdin.line(), seconds)
        except TimeoutError:
            return TIMED_OUT
        fields = line.decode(errors="surrogateescape").strip(" \t").split(None, max(len(names) - 1, 0))
        for place, name in enumerate(names or ["REPLY"]):
            self.environment[name] = fields[place] if place < len(fields) else ""
        return 0 if had_end else 1

    def _open(self, redirections: list[Redirection], streams: Streams, files: "list[_File]") -> Streams:
        """The streams after redirection; what is opened for writing is added to `files`."""
        stdin, sinks = streams.stdin, {1: streams.stdout, 2: streams.stderr}
        for redirection in redirections:
            if isinstance(redirection.target, str):
                sinks[redirection.descriptor] = sinks.get(int(redirection.target), streams.stdout)
                continue
            path = "".join(self._expand(redirection.target)[:1])
            if redirection.operator == "<":
                stdin = self._source(path)
            elif path == "/dev/null":
                sinks[redirection.descriptor] = _discard
            else:
                files.append(_File(self.phone, path, append=redirection.operator == ">>"))
                sinks[redirection.descriptor] = files[-1].write
        return Streams(stdin, sinks[1], sinks[2])

    def _source(self, path: str) -> Input:
        try:
            return source_of(b"" if path == "/dev/null" else self.phone.files.read(path))
        except OSError as error:
            raise _NotOpened(error.errno, error.strerror, path) from error

    def _expand(self, word: Word) -> list[str]:
        """A word's texts: parameters replaced, then globs matched where no quotes protect them."""
        plain = self._text(word)
        if not re.search(r"[*?]|\[.+\]", "".join(text for text, quote in word.pieces if not quote)):
            return [plain] if plain or any(quote for _, quote in word.pieces) else []
        pattern = "".join(
            re.sub(r"([*?[])", r"[\1]" if quote else r"\1", self._replaced(text, quote))
            for text, quote in word.pieces
        )
        return glob(self.phone, pattern) or [plain]

    def _text(self, word: Word) -> str:
        return "".join(self._replaced(text, quote) for text, quote in word.pieces)

    def _replaced(self, text: str, quote: str) -> str:
        """A piece with its parameters and sums replaced; single quotes protect it from that."""
        if quote == "'":
            return text
        values = {**self.environment, "?": str(self.status), "$": str(os.getpid())}
        text = re.sub(r"\$\(\(([^()]*)\)\)", lambda found: str(_sum(found[1], values)), text)
        return re.sub(r"\$(?:\{(\w+)\}|(\w+|[?$]))", lambda found: values.get(found[1] or found[2], ""), text)


def _seconds(text: str) -> float:
    return float(text) if re.fullmatch(r"\d{1,6}(?:\.\d{1,9})?", text) else 0.0


def _sum(text: str, values: Mapping[str, str]) -> int:
    """What `$((…))` is; this shell can only add and subtract."""
    if not _SUM.fullmatch(text):
        return 0
    terms = re.findall(r"([+-]?)\s*(\w+)", text)
    return sum(int(sign + "1") * _integer(values.get(term.lstrip("$"), term)) for sign, term in terms)


def _integer(text: str) -> int:
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else 0


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


class _NotOpened(OSError):
    """A file that `<` names cannot be read."""


class _File:
    """A file that takes output; what was written reaches it at the end, or earlier where it is much."""

    def __init__(self, phone: VirtualPhone, path: str, *, append: bool) -> None:
        self._phone = phone
        self._path = path
        self._gathered = bytearray()
        phone.files.write(path, b"", append=append)

    async def write(self, data: bytes) -> None:
        """Take some output."""
        self._gathered += data
        if len(self._gathered) > GATHERED_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what has gathered."""
        content, self._gathered = bytes(self._gathered), bytearray()
        self._phone.files.write(self._path, content, append=True)


def _collector(buffer: bytearray) -> Sink:
    async def collect(data: bytes) -> None:
        buffer.extend(data)

    return collect


async def _discard(data: bytes) -> None:
    """Where /dev/null takes the output."""


def source_of(content: bytes) -> Input:
    """A standard input that gives these bytes and then ends."""
    chunks = [content] if content else []

    async def read() -> bytes:
        return chunks.pop() if chunks else b""

    return Input(read)
