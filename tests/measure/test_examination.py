"""Which models are evaluated on which data, and the images as files."""

import hashlib
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from harness.errors import UsageError
from harness.export.artifact import ExportedModel
from harness.measure import examination
from harness.measure.examination import data_for, prepare_examinations, require_classes
from harness.measure.plan import Plan
from harness.models.catalogue import entry

SMALL = "elnet_0.5@input=32,classes=10"


def test_by_itself_a_model_is_evaluated_on_what_its_weights_were_trained_on() -> None:
    assert data_for("auto", entry("elnet_1.0@weights=digits")) == "digits"
    assert data_for("auto", entry(SMALL)) is None
    assert data_for("auto", entry("elnet_1.0@weights=mine.pt")) is None
    assert data_for("auto", None) is None


def test_named_data_are_for_every_model_and_none_for_none() -> None:
    assert data_for("digits", entry(SMALL)) == "digits"
    assert data_for("digits", None) == "digits"
    assert data_for("none", entry("elnet_1.0@weights=digits")) is None


def test_a_model_with_other_classes_than_the_data_is_refused_by_its_name() -> None:
    require_classes(Plan(evaluate="digits"), [entry(SMALL)])
    with pytest.raises(UsageError) as refusal:
        require_classes(Plan(evaluate="digits"), [entry(SMALL), None, entry("mobilenet_v2")])
    assert str(refusal.value).startswith("mobilenet_v2: has 1000 classes and digits has 10.")


def test_a_map_is_not_taken_for_classes_though_its_last_side_is_as_long(tmp_path: Path) -> None:
    exported = SimpleNamespace(
        artifact=SimpleNamespace(model="mine:map", inputs=(SimpleNamespace(shape=(1, 3, 8, 8)),)),
        reference=np.zeros((1, 4, 10, 10)),
    )
    with pytest.raises(UsageError, match="mine:map: its output is 1×4×10×10, not one number for each class"):
        prepare_examinations(
            Plan(evaluate="digits", evaluate_images=2),
            [cast("ExportedModel", exported)],
            {},
            folder=tmp_path,
            cache_root=tmp_path,
            say=print,
        )


def test_unknown_data_are_refused() -> None:
    with pytest.raises(UsageError, match="there are no such data"):
        require_classes(Plan(evaluate="digitz"), [entry(SMALL)])


def test_images_lie_in_files_of_a_bounded_size_named_by_their_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examination, "PART_BYTES", 100 * 3 * 8 * 8 * 4 + 5)
    images = examination._image_set("digits", (1, 3, 8, 8), 250, tmp_path)
    assert [file.count for file in images.files] == [100, 100, 50]
    assert images.data.images == len(images.labels) == 250
    contents = [file.path.read_bytes() for file in images.files]
    assert [hashlib.sha256(content).hexdigest() for content in contents] == [f.sha256 for f in images.files]
    assert [file.path.name for file in images.files] == [file.sha256 for file in images.files]
    together = b"".join(contents)
    assert np.concatenate(list(images.batches())).tobytes() == together
    labelled = together + images.labels.astype("<i8").tobytes()
    assert hashlib.sha256(labelled).hexdigest() == images.data.sha256
    assert next(images.batches()).shape == (64, 3, 8, 8)
