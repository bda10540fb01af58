"""A pytest plugin that keeps adbutils' tests away from the user's own adb server, whose port some name."""

import os
from typing import Any

from adbutils import _adb

_original = _adb.BaseClient.__init__


def _redirected(
    self: Any, host: str | None = None, port: int | None = None, *rest: Any, **named: Any
) -> None:
    del host, port
    _original(self, "127.0.0.1", int(os.environ["ANDROID_ADB_SERVER_PORT"]), *rest, **named)


_adb.BaseClient.__init__ = _redirected
