"""The warm process that every app process is forked from, so that a launch does not pay for imports.

`python -m harness.virtual.app.zygote ENGINE FOLDER`. It has one thread, has made the engine ready and has run
no operator, so that a forked app is in the state of a fresh one. Its standard input is a socket on which
each message carries one `LaunchOrder` and two pipes: one for the app's output, one for the answers, which
are the app's process id and, after its end, its wait status. When the socket closes, the phone has gone in
whatever way: the zygote ends all apps and removes FOLDER.
"""

import ctypes
import gc
import json
import os
import resource
import selectors
import shutil
import signal
import socket
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import cast

from harness.errors import ElbenchError
from harness.virtual.app.engines import AppMain, ready_engine
from harness.virtual.app.launch_order import LaunchOrder, decode_order
from harness.virtual.profile import EngineName

MAX_ORDER_BYTES = 1 << 16
PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""


class ZygoteLoop:
    """Waits for orders, for dead apps and for the end of the orders.

    Args:
        app_main: what an app process runs.
        orders: where the orders come from.
    """

    def __init__(self, app_main: AppMain, orders: socket.socket) -> None:
        self._app_main = app_main
        self._orders = orders
        self._selector = selectors.DefaultSelector()
        self._apps: dict[int, tuple[int, int]] = {}

    def run(self) -> None:
        """Work until there will be no more orders, then end every app."""
        self._selector.register(self._orders, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is not self._orders:
                    self._reap(key.fd)
                elif not self._take_order():
                    self._end_apps()
                    return

    def _take_order(self) -> bool:
        """Fork an app; false when there was no order, because the phone has gone."""
        data, descriptors, _, _ = socket.recv_fds(self._orders, MAX_ORDER_BYTES, 2)
        if not data:
            return False
        output, answers = descriptors
        pid = os.fork()
        if pid == 0:
            os.close(answers)
            self._become_app(decode_order(data), output)
        os.close(output)
        _answer(answers, pid)
        pidfd = os.pidfd_open(pid)
        self._apps[pidfd] = (pid, answers)
        self._selector.register(pidfd, selectors.EVENT_READ)
        return True

    def _become_app(self, order: LaunchOrder, output: int) -> None:
        """Turn this fork into the app; never returns."""
        status = 1
        try:
            self._let_go()
            status = self._app_main(order, output)
        finally:
            if sys.exc_info()[0]:
                traceback.print_exc()
            os._exit(status)

    def _let_go(self) -> None:
        """Give up what belongs to the zygote, and die with it."""
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        self._selector.close()
        self._orders.close()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a model may print, and nobody reads the zygote's pipe
        for pidfd, (_, answers) in self._apps.items():
            os.close(pidfd)
            os.close(answers)

    def _reap(self, pidfd: int) -> None:
        pid, answers = self._apps.pop(pidfd)
        self._selector.unregister(pidfd)
        os.close(pidfd)
        _, wait_status = os.waitpid(pid, 0)
        _answer(answers, wait_status)
        os.close(answers)

    def _end_apps(self) -> None:
        for pid, _ in self._apps.values():
            os.kill(pid, signal.SIGKILL)
        for pidfd in list(self._apps):
            self._reap(pidfd)


def _answer(answers: int, number: int) -> None:
    with suppress(BrokenPipeError):
        os.write(answers, f"{number}\n".encode())


def main() -> int:
    """Entry point of the zygote process; returns the exit code."""
    engine_name, folder = cast(EngineName, sys.argv[1]), Path(sys.argv[2])
    try:
        app_main = ready_engine(engine_name)
    except ElbenchError as error:
        sys.stdout.write(json.dumps({"cause": error.cause, "remedy": error.remedy, "where": error.where}))
        return error.exit_code
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    with socket.socket(fileno=0) as orders:
        ZygoteLoop(app_main, orders).run()
    shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
