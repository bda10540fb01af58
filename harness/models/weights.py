"""Which weights a model is built with, and loading them from a checkpoint: tensors, nothing that can run.

A checkpoint is what `elbench train` wrote, or any file of `torch.save` that holds a state dict.
"""

import functools
import hashlib
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import UnreadableModel
from harness.models.catalogue import CatalogueEntry
from harness.models.checkpoint import NOT_WEIGHTS
from harness.models.reference import DATA_SHAPES

if TYPE_CHECKING:
    from torch import Tensor, nn

_NESTED = ("state_dict", "model_state_dict", "model")
"""Keys under which checkpoints of others keep the state dict."""

_SHOWN = 3


def weights_identity(entry: CatalogueEntry, seed: int) -> str:
    """What decides a model's weights: `calibrated-random:SEED`, `checkpoint:SHA256`, or `as built`.

    Raises:
        UsageError: there is no such checkpoint.
    """
    if entry.weights:
        return f"checkpoint:{_sha256(checkpoint_path(entry))}"
    return "as built" if entry.source == "python" else f"calibrated-random:{seed}"


def checkpoint_path(entry: CatalogueEntry) -> Path:
    """The checkpoint's file of an entry that has weights.

    Raises:
        UsageError: there is none.
    """
    if entry.weights in DATA_SHAPES:
        from harness.models.checkpoint import find_checkpoint

        return find_checkpoint(entry.network, entry.weights)
    return Path(entry.weights)


def load_weights(network: "nn.Module", entry: CatalogueEntry) -> None:
    """Put a checkpoint's weights into the network, in place.

    Raises:
        UsageError: no such file, one that holds more than weights, or weights of another network.
    """
    path = checkpoint_path(entry)
    state = state_dict(path)
    own = network.state_dict()
    _require_same("lacks", sorted(_needed(own) - set(state)), path, entry)
    _require_same("has, and the network has not,", sorted(set(state) - set(own)), path, entry)
    for name, value in state.items():
        if value.shape != own[name].shape:
            raise _misfit(
                f"its {name} is {_dimensions(value)}, the network's is {_dimensions(own[name])}", path, entry
            )
    network.load_state_dict(state, strict=False)


def state_dict(path: Path) -> "dict[str, Tensor]":
    """The state dict that a checkpoint holds; names may have torch's `module.` of parallel training.

    Raises:
        UnreadableModel: no such file, or one that holds something else.
    """
    import torch

    try:
        with warnings.catch_warnings():  # torch warns of what it cannot load, and then refuses to
            warnings.filterwarnings("ignore", message="'torch.load' received a zip file that looks like")
            warnings.filterwarnings("ignore", message="Detected pickle protocol")
            content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise _refusal(path, f"cannot be read ({error.strerror})", "check the path of weights=") from error
    except NOT_WEIGHTS as error:
        raise _refusal(
            path, "holds no weights, or more than weights, which is never loaded", _SAVE
        ) from error
    nested = next(
        (content[key] for key in _NESTED if isinstance(content, Mapping) and key in content), content
    )
    if not (isinstance(nested, Mapping) and nested and all(map(torch.is_tensor, nested.values()))):
        raise _refusal(path, "holds no state dict", _SAVE)
    return _without_parallel_prefix({str(name): value for name, value in nested.items()})


def state_digest(network: "nn.Module") -> str:
    """SHA-256 of everything that a network computes with."""
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(f"{name}\0{value.dtype}\0{tuple(value.shape)}\0".encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


_SAVE = "save the network's weights by torch.save(network.state_dict(), FILE)"


def _without_parallel_prefix(state: "dict[str, Tensor]") -> "dict[str, Tensor]":
    if all(name.startswith("module.") for name in state):
        return {name.removeprefix("module."): value for name, value in state.items()}
    return state


def _needed(own: "Mapping[str, Tensor]") -> set[str]:
    """All but BatchNorm's counter, which inference does not use and old checkpoints lack."""
    return {name for name in own if not name.endswith("num_batches_tracked")}


def _require_same(relation: str, names: list[str], path: Path, entry: CatalogueEntry) -> None:
    if names:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        raise _misfit(f"it {relation} {', '.join(names[:_SHOWN])}{more}", path, entry)


def _misfit(difference: str, path: Path, entry: CatalogueEntry) -> UnreadableModel:
    return _refusal(
        path,
        f"the weights are not those of {entry.name}: {difference}",
        "check the model's name and its options, such as classes",
    )


def _dimensions(value: "Tensor") -> str:
    return "×".join(map(str, value.shape)) or "a number"


def _refusal(path: Path, cause: str, remedy: str) -> UnreadableModel:
    return UnreadableModel(cause, remedy=remedy, where=str(path))


@functools.lru_cache(maxsize=16)
def _sha256_of(path: Path, _size: int, _changed_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sha256(path: Path) -> str:
    try:
        state = path.stat()
        return _sha256_of(path, state.st_size, state.st_mtime_ns)
    except OSError as error:
        raise _refusal(path, f"cannot be read ({error.strerror})", "check the path of weights=") from error
