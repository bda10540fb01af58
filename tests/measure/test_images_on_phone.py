"""Images on a phone: sent once, and large sets removed at the end."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from android_runner.contract import input_path
from harness.measure.examination import ImageFile, ImageSet
from harness.measure.images_on_phone import announced, remove_large, send
from harness.phone.server import AdbServer
from harness.phone.transport import Transport
from harness.results.records import DataFacts
from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb


def image_set(folder: Path, *contents: bytes) -> ImageSet:
    files = []
    for content in contents:
        sha256 = hashlib.sha256(content).hexdigest()
        (folder / sha256).write_bytes(content)
        files.append(ImageFile(path=folder / sha256, sha256=sha256, count=1))
    return ImageSet(
        data=DataFacts(name="noise", source="noise", images=len(files), classes=10, sha256="aa" * 32),
        labels=np.zeros(len(files), dtype=np.int64),
        files=tuple(files),
        shape=(1, 3, 1, 1),
    )


def test_small_sets_stay_and_large_ones_go(adb: PrivateAdb, tmp_path: Path) -> None:
    small, large = image_set(tmp_path, b"0" * 12), image_set(tmp_path, b"1" * 12, b"2" * 12)
    with VirtualPhones.start(engine="modelled") as phones:
        assert "connected" in adb.run("connect", phones.addresses[0]).stdout
        transport = AdbServer.from_environment(adb.environment).transport(phones.addresses[0])
        for images in (small, large):
            send(transport, images)
            assert all(_is_there(transport, one.path) for one in announced(images))
        remove_large(transport, (small, large, large))
        assert all(_is_there(transport, one.path) for one in announced(small))
        assert not any(_is_there(transport, one.path) for one in announced(large))
        adb.run("disconnect", phones.addresses[0])


def _is_there(transport: Transport, path: str) -> bool:
    return transport.stat(path) is not None


@pytest.mark.parametrize("content", [b"3" * 12])
def test_images_are_announced_by_their_hash(tmp_path: Path, content: bytes) -> None:
    (one,) = announced(image_set(tmp_path, content))
    assert one.sha256 == hashlib.sha256(content).hexdigest()
    assert one.path == input_path(one.sha256)
    assert one.count == 1
