"""What eager PyTorch on this machine takes images for: computed once a model and data, and kept.

torch is loaded only where that is not known yet.
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import OutputFolderUnusable
from harness.export.artifact import sha256_of, write_whole
from harness.models.catalogue import CatalogueEntry
from harness.results.records import Artifact, DataFacts

FOLDER = "predictions"
_DIGEST_BYTES = 32


def host_predictions(
    artifact: Artifact,
    model: CatalogueEntry | None,
    data: DataFacts,
    batches: Callable[[], Iterable[NDArray[np.float32]]],
    *,
    seed: int,
    cache_root: Path,
    say: Callable[[str], None],
) -> NDArray[np.int32] | str:
    """The best classes of every image (images × five or all classes), -1 for what is not finite; or why not.

    Args:
        artifact: the exported model, whose reference says which network and weights it is.
        model: what it was exported from; None for a file of the caller's.
        data: which images.
        batches: gives them, float32 (N, C, H, W).
        seed: of random weights.
        cache_root: where elbench keeps what it has computed.
        say: told in one line what takes time.

    Raises:
        UsageError: the network cannot be built any more.
        OutputFolderUnusable: the cache cannot be written.
    """
    kept = cache_root / FOLDER / f"{_key(artifact, data)}.npy"
    known = _read(kept, data.images)
    if known is not None:
        return known
    if model is None:
        return "the file is measured as it is: there is no eager module of it"
    say(f"computing {artifact.model} on {data.images} images of {data.name}")
    from harness.export.eager_classes import eager_classes

    classes = eager_classes(model, batches(), seed=seed)
    _write(kept, classes)
    return classes


def _key(artifact: Artifact, data: DataFacts) -> str:
    """The reference is the network's own output for an input: another network or weights have another."""
    known_by = (
        artifact.model,
        artifact.weights,
        artifact.input_sha256,
        artifact.reference_sha256,
        data.sha256,
    )
    return sha256_of(json.dumps(known_by).encode())


def _read(file: Path, images: int) -> NDArray[np.int32] | None:
    """What was kept; None where there is nothing, or it is damaged."""
    try:
        content = file.read_bytes()
        digest, array = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        if hashlib.sha256(array).digest() != digest:
            return None
        classes: NDArray[np.int32] = np.load(io.BytesIO(array), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return classes if classes.ndim == 2 and len(classes) == images else None


def _write(file: Path, classes: NDArray[np.int32]) -> None:
    array = io.BytesIO()
    np.save(array, classes, allow_pickle=False)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, hashlib.sha256(array.getvalue()).digest() + array.getvalue())
    except OSError as error:
        raise OutputFolderUnusable(
            f"what the host predicts cannot be kept ({error.strerror})",
            remedy="set ELBENCH_CACHE to a folder with room that can be written",
            where=str(file.parent),
        ) from error
