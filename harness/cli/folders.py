"""The folder that a command writes to: proved before the work starts, not left behind empty."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.results.rundir import check_empty, check_output_folder, unusable


@contextmanager
def output_folder(path: Path, *, new: bool) -> Iterator[None]:
    """Make `path` where it is missing, and remove what was made if nothing is written to it.

    Args:
        new: the folder must be empty.

    Raises:
        OutputFolderUnusable: it cannot be made or written, has no room, or is not empty.
    """
    try:
        made = [folder for folder in (path, *path.parents) if not folder.exists()]
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(path, error) from error
    try:
        check_output_folder(path)
        if new:
            check_empty(path)
        yield
    finally:
        with suppress(OSError):
            for folder in made:
                folder.rmdir()
