"""Symbolic links of the phone, which the computer that it lives on can never follow.

A link is a link there too, but its target is a single name without slashes that holds the phone's target: no
program that meets it outside the phone gets anywhere, and moving or removing folders keeps links as they are.
"""

import errno
import os
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote

MARK = "phone:"
MOST_LINKS = 40
"""In one path, as Linux has it."""


def make_link(host: Path, target: str) -> None:
    """Make a link of the phone at a host path.

    Raises:
        OSError: as `os.symlink`.
    """
    host.symlink_to(MARK + quote(target.encode(errors="surrogateescape"), safe=""))


def read_link(host: Path) -> str | None:
    """The phone's target of a link; None if the path is no link.

    Raises:
        PermissionError: the link is none of the phone's.
    """
    if not host.is_symlink():
        return None
    target = os.fsdecode(host.readlink())
    if not target.startswith(MARK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(host))
    return unquote(target.removeprefix(MARK), errors="surrogateescape")


def next_hop(root: Path, plain: str, *, follow_last: bool) -> str | None:
    """Where the first link in a canonical path leads; None if there is none to follow.

    The answer is a phone path that may hold `..` and further links.

    Raises:
        PermissionError: a link that is none of the phone's.
    """
    parts = PurePosixPath(plain).parts[1:]
    host = root
    for index, part in enumerate(parts):
        host = host / part
        if index == len(parts) - 1 and not follow_last:
            return None
        if (target := read_link(host)) is not None:
            above, rest = "/".join(parts[:index]), "/".join(parts[index + 1 :])
            return f"{target}/{rest}" if target.startswith("/") else f"/{above}/{target}/{rest}"
    return None
