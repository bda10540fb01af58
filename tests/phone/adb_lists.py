"""What adb servers list, as they sent it to real users, and a port that answers so.

The serial numbers are invented, of the same forms.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple


class Listed(NamedTuple):
    """Answers of one server: `host:devices`, `host:devices-l`, and what they say."""

    short: str
    long: str
    phones: tuple[tuple[str, str, str | None], ...]
    """Serial, state and model."""


_NO_RULE = (
    "no permissions (missing udev rules? user is in the plugdev group); "
    "see [http://developer.android.com/tools/device.html]"
)
LISTS = {
    "adb 36, phones over TCP and an emulator": Listed(
        "127.0.0.1:16556\toffline\n127.0.0.1:16558\tunauthorized\nemulator-5554\toffline\n",
        "127.0.0.1:16556        offline product:vphone model:Virtual_Phone device:vp1 transport_id:1\n"
        "127.0.0.1:16558        unauthorized transport_id:3\n"
        "emulator-5554          offline product:vphone model:Virtual_Phone device:vp1 transport_id:1\n",
        (
            ("127.0.0.1:16556", "offline", "Virtual Phone"),
            ("127.0.0.1:16558", "unauthorized", None),
            ("emulator-5554", "offline", "Virtual Phone"),
        ),
    ),
    "Honor over wireless debugging": Listed(
        "adb-AYLV0B0000000000-bReb3a._adb-tls-connect._tcp\tdevice\n",
        "adb-AYLV0B0000000000-bReb3a._adb-tls-connect._tcp device product:ALT-NX1EEA model:ALT_NX1 "
        "device:HNALT-Q1 transport_id:1\n",
        (("adb-AYLV0B0000000000-bReb3a._adb-tls-connect._tcp", "device", "ALT NX1"),),
    ),
    "Unihertz without permissions": Listed(
        f"JEEECN0000000000\t{_NO_RULE}\n",
        f"JEEECN0000000000       {_NO_RULE} usb:1-2 transport_id:1\n",
        (("JEEECN0000000000", "no permissions", None),),
    ),
    "OnePlus over wireless debugging, twice": Listed(
        "adb-834e0000-Xy1AbC (2)._adb-tls-connect._tcp\tdevice\n"
        "adb-834e0000-Xy1AbC._adb-tls-connect._tcp\toffline\n",
        "adb-834e0000-Xy1AbC (2)._adb-tls-connect._tcp device product:PHK110 model:PHK110 device:OP5913L1 "
        "transport_id:3\nadb-834e0000-Xy1AbC._adb-tls-connect._tcp offline transport_id:4\n",
        (
            ("adb-834e0000-Xy1AbC (2)._adb-tls-connect._tcp", "device", "PHK110"),
            ("adb-834e0000-Xy1AbC._adb-tls-connect._tcp", "offline", None),
        ),
    ),
}


@contextmanager
def answering_list(short: str, long: str) -> Iterator[int]:
    """A port that answers as an adb server with these phones, none of which can be spoken to."""
    answers = {b"host:version": "0029", b"host:devices": short, b"host:devices-l": long}
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        request = connection.recv(1000)[4:]
                        if request in answers:
                            body = answers[request].encode()
                            connection.sendall(b"OKAY%04x%s" % (len(body), body))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()
