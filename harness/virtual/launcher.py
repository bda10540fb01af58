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

from android_runner.contract import Event, Memory, decode_event
from harness.errors import ContractViolation, SetupIncomplete
from harness.virtual.app.launch_order import LaunchOrder, Phase
from harness.virtual.profile import EngineName
from harness.virtual.system.endings import AppEnding

READY = b"ready\n"
STATUS = b"INSTRUMENTATION_STATUS: elbench="
READY_DEADLINE_S = 120
LONGEST_LINE_BYTES = 1 << 30
"""Of an event; the one with a model's output is some seven bytes a float."""
ALLOCATOR_ENVIRONMENT = {
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_TOP_PAD_": str(64 << 20),
}
"""Keeps glibc from giving freed activations back to the system, which costs page faults at every forward."""


class PhaseEnds:
    """Hears an app's output and knows where it ends a phase."""

    def __init__(self) -> None:
        self._last: Event | None = None

    def phase_after(self, line: bytes) -> Phase | None:
        """The phase that the app has ended with this line of its output.

        A phase ends with the memory event of its name that follows no other one, but for `destroyed`, which
        follows that of `end`; those before were sampled in between.
        """
        if not line.startswith(STATUS):
            return None
        before, self._last = self._last, _event(line)
        if not isinstance(self._last, Memory):
            return None
        phase: Phase = self._last.phase  # type: ignore[assignment]
        return phase if not isinstance(before, Memory) or phase == "destroyed" else None


def _event(line: bytes) -> Event | None:
    """The event of a status line; None where it is the last part of a long one."""
    try:
        return decode_event(line.removeprefix(STATUS).decode().strip()).body
    except ContractViolation:
        return None


class AppProcess:
    """One app process, from its fork to its end.

    Args:
        package: the app.
        pid: its process id.
        on_phase: told of each phase that the app ends; None where nobody needs to know.
    """

    def __init__(
        self, package: str, pid: int, on_phase: "Callable[[AppProcess, Phase], None] | None" = None
    ) -> None:
        self.package = package
        self.pid = pid
        self.exit_code: int | None = None
        """None while it runs; the negative number of the signal that ended it."""
        self.ending: AppEnding = "exited"
        """How it ends, or has ended."""
        self._on_phase = on_phase
        self._phases = PhaseEnds()
        self._damages_next = False
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def next_line(self) -> bytes | None:
        """The next whole line of the app's output; None once it has ended."""
        return await self._lines.get()

    @property
    def is_running(self) -> bool:
        """Whether the app has not ended."""
        return self.exit_code is None

    def kill(self, ending: AppEnding = "stopped") -> None:
        """End the app at once, and remember why."""
        if self.is_running and self.ending == "exited":
            self.ending = ending
            self._send(signal.SIGKILL)

    def crash(self) -> None:
        """Let it crash in native code."""
        self._send(signal.SIGSEGV)

    def stand_still(self) -> None:
        """Let it say and do nothing until it may go on."""
        self._send(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on, also where it waits at the end of a phase."""
        self._send(signal.SIGCONT)

    def damage_next_event(self) -> None:
        """Flip a bit in the next event on its way; the app's own copy stays whole."""
        self._damages_next = True

    def _send(self, number: signal.Signals) -> None:
        """Only while it runs: later its process id may be another's."""
        if self.is_running:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def follow(self, output: asyncio.StreamReader, answers: asyncio.StreamReader) -> None:
        """Take the app's output, whether or not anybody wants it, until the app has ended."""
        while (line := await output.readline()).endswith(b"\n"):
            self._lines.put_nowait(self._as_sent(line))
            if self._on_phase and (phase := self._phases.phase_after(line)):
                self._on_phase(self, phase)
        wait_status = await answers.readline()
        self.exit_code = os.waitstatus_to_exitcode(int(wait_status)) if wait_status else -signal.SIGKILL
        if self.exit_code < 0 and self.ending == "exited":
            self.ending = "lmk" if self.exit_code == -signal.SIGKILL else "crash"

    def _as_sent(self, line: bytes) -> bytes:
        if not self._damages_next or not line.startswith(STATUS):
            return line
        self._damages_next = False
        middle = (len(STATUS) + len(line)) // 2
        return line[:middle] + bytes([line[middle] ^ 1]) + line[middle + 1 :]

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
        self,
        order: LaunchOrder,
        on_phase: Callable[[AppProcess, Phase], None] | None,
        on_end: Callable[[AppProcess], None],
    ) -> AppProcess:
        """Fork an app process that carries out the order.

        Args:
            order: what it does.
            on_phase: told of each phase that it ends.
            on_end: told of its end.

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
        app = AppProcess(order.package, int(pid), on_phase)
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
