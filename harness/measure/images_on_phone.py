"""Images on a phone: sent once however many models see them, and removed again where they take much room."""

from collections.abc import Iterable
from contextlib import suppress

from android_runner.contract import ImagesRequest, input_path
from harness.errors import NoUsablePhone, PhoneError
from harness.measure.examination import ImageSet
from harness.phone.files import push_all
from harness.phone.transport import Transport, quoted

_COMMAND_S = 60.0
_PATHS_PER_COMMAND = 16
"""Phones before Android 7 take commands of at most 4 KiB."""


def send(transport: Transport, images: ImageSet) -> None:
    """Have the images on the phone; those that are there already are not sent again.

    Raises:
        PhoneError: as `push_all`.
    """
    push_all(transport, [(file.path, file.sha256, input_path(file.sha256)) for file in images.files])


def announced(images: ImageSet) -> tuple[ImagesRequest, ...]:
    """The images as a request names them."""
    return tuple(
        ImagesRequest(path=input_path(file.sha256), sha256=file.sha256, count=file.count)
        for file in images.files
    )


def remove_large(transport: Transport, every: Iterable[ImageSet]) -> None:
    """Remove images that fill more than one file; few of them stay for the next run, as models do."""
    paths = {input_path(file.sha256) for images in every if len(images.files) > 1 for file in images.files}
    ordered = sorted(paths)
    for start in range(0, len(ordered), _PATHS_PER_COMMAND):
        with suppress(PhoneError, NoUsablePhone):
            batch = ordered[start : start + _PATHS_PER_COMMAND]
            transport.shell(quoted("rm", "-f", *batch), deadline_s=_COMMAND_S)
