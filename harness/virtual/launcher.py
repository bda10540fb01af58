"""Starts app processes through the zygote, and follows each until it ends.

The zygote's own side is `zygote`. An app outlives the adb client that asked for it, as on a phone.
"""

import asyncio
import errno
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from harness.errors import SetupIncomplete
from harness.virtual.app.launch_order import LaunchOrder
from harness.virtual.faults import AppFault, Fate
from harness.virtual.profile import EngineName

READY = b"ready\n"
READY_DEADLINE_S = 120
LONGEST_LINE_BYTES = 1 << 30
"""Of an event; the one with a model's output is some seven bytes a float."""
ALLOCATOR_ENVIRONMENT = {
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_TOP_PAD_": str(64 << 20),
}
"""Keeps glibc from giving freed activations back to the system, which costs page faults at every forward."""


class AppProcess:
    """One app process, from its fork to its end."""

    def __init__(self, package: str, pid: int, fate: Fate) -> None:
        self.package = package
        self.pid = pid
        self.exit_code: int | None = None
        """None while it runs; the negative number of the signal that ended it."""
        self.was_stopped = False
        """Whether the phone itself ended it."""
        self._fate = fate
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def next_line(self) -> bytes | None:
        """The next whole line of the app's output; None once it has ended."""
        return await self._lines.get()

    @property
    def is_running(self) -> bool:
        """Whether the app has not ended."""
        return self.exit_code is None

    def kill(self) -> None:
        """End the app at once."""
        self.was_stopped = True
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    async def follow(self, output: asyncio.StreamReader, answers: asyncio.StreamReader) -> None:
        """Take the app's output, whether or not anybody wants it, until the app has ended."""
        while (line := await output.readline()).endswith(b"\n"):
            self._lines.put_nowait(line)
            if number := self._fate.signal_after(line):
                self._send(number)
        wait_status = await answers.readline()
        self.exit_code = os.waitstatus_to_exitcode(int(wait_status)) if wait_status else -signal.SIGKILL

    def end(self) -> None:
        """Tell whoever reads that no more lines will come."""
        self._lines.put_nowait(None)


class Zygote:
    """The warm process that app processes are forked from. Use `async with`."""

    def __init__(self, engine: EngineName, folder: Path) -> None:
        self._engine = engine
        self._folder = folder
        self._process: Process | None = None
        self._orders, self._orders_of_zygote = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._followers: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Zygote":
        command = [sys.executable, "-m", "harness.virtual.app.zygote", self._engine, str(self._folder)]
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=self._orders_of_zygote.fileno(),
            stdout=PIPE,
            env={**os.environ, **ALLOCATOR_ENVIRONMENT},
            start_new_session=True,
        )
        self._orders_of_zygote.close()
        assert self._process.stdout
        async with asyncio.timeout(READY_DEADLINE_S):
            answer = await self._process.stdout.readline()
        if answer != READY:
            await self.__aexit__()
            raise self._not_ready(answer)
        return self

    def _not_ready(self, answer: bytes) -> SetupIncomplete:
        """The zygote's own words where it has some."""
        if answer:
            return SetupIncomplete(**json.loads(answer))
        return SetupIncomplete(
            f"the virtual phone's engine `{self._engine}` does not start; its own error stands above",
            remedy="install elbench with its dependencies, or use the engine `modelled`",
            where="virtual phone",
        )

    async def __aexit__(self, *_: object) -> None:
        assert self._process
        self._orders.close()
        await self._process.wait()
        await asyncio.gather(*self._followers)

    async def launch(
        self, order: LaunchOrder, fault: AppFault | None, on_end: Callable[[AppProcess], None]
    ) -> AppProcess:
        """Fork an app process that carries out the order, until its fault befalls it.

        Raises:
            ChildProcessError: the zygote is gone.
        """
        output, output_of_app = os.pipe()
        answers, answers_of_zygote = os.pipe()
        with suppress(BrokenPipeError):
            socket.send_fds(self._orders, [order.encode()], [output_of_app, answers_of_zygote])
        os.close(output_of_app)
        os.close(answers_of_zygote)
        output_reader, answer_reader = await _reader(output), await _reader(answers)
        pid = await answer_reader.readline()
        if not pid:
            raise ChildProcessError(errno.ECHILD, "the zygote has ended", order.package)
        app = AppProcess(order.package, int(pid), Fate(fault))
        follower = asyncio.create_task(self._follow(app, output_reader, answer_reader, on_end))
        self._followers.add(follower)
        follower.add_done_callback(self._followers.discard)
        return app

    async def _follow(
        self,
        app: AppProcess,
        output: asyncio.StreamReader,
        answers: asyncio.StreamReader,
        on_end: Callable[[AppProcess], None],
    ) -> None:
        await app.follow(output, answers)
        on_end(app)
        app.end()


async def _reader(descriptor: int) -> asyncio.StreamReader:
    """Read a pipe's end until its other end closes, which closes it here too."""
    stream = asyncio.StreamReader(limit=LONGEST_LINE_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(descriptor, "rb")
    )
    return stream
