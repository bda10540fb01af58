"""Trained weights as a file: tensors, and what is known about how they came to be.

Some ship with elbench, `elbench train` adds others to the cache. A file is read with `weights_only`, so
nothing in it can run; its record stands beside it as JSON, for people.
"""

import io
import json
import os
import pickle
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.durable import write_durably
from harness.errors import UnreadableModel
from harness.places import cache_folder

if TYPE_CHECKING:
    from torch import Tensor

FORMAT = 1

NOT_WEIGHTS = (pickle.UnpicklingError, zipfile.BadZipFile, RuntimeError, EOFError, ValueError, KeyError)
"""What torch.load raises for files that are none of its own, or hold more than weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Weights of one network, trained on one set of data."""

    model: str
    """Canonical name of the network, without weights."""
    classes: int
    """Outputs of its classifier."""
    input: int
    """Height and width in pixels of the images that it saw."""
    data: str
    """Name of the data."""
    data_sha256: str
    """Identity of the data, training and test part."""
    state_dict: "Mapping[str, Tensor]"
    """The network's parameters and statistics, float32."""
    record: Mapping[str, Any]
    """Settings, accuracy, time, versions: how they came to be."""

    @property
    def description(self) -> Mapping[str, Any]:
        """All but the weights, the record's entries among the rest."""
        fields = (name for name in self.__dataclass_fields__ if name not in {"state_dict", "record"})
        return {name: getattr(self, name) for name in fields} | dict(self.record)


def checkpoint_file_name(model: str, data: str) -> str:
    """`elnet_1.0-digits.pt`; characters that file systems dislike become `_`."""
    return re.sub(r"[^\w.@=,-]", "_", f"{model}-{data}", flags=re.ASCII) + ".pt"


def checkpoint_folder() -> Path:
    """Where trained weights are kept for this user."""
    return cache_folder(os.environ) / "checkpoints"


def find_checkpoint(name: str, data: str) -> Path:
    """The weights of a network that was trained on named data: those that ship, else the user's own.

    Args:
        name: the network's canonical name without weights.
        data: name of the data, `digits`.

    Raises:
        UnreadableModel: there are none; training would make them.
    """
    file_name = checkpoint_file_name(name, data)
    shipped = Path(str(resources.files("harness.models") / "checkpoints"))
    for folder in (shipped, checkpoint_folder()):
        if (folder / file_name).is_file():
            return folder / file_name
    raise UnreadableModel(
        f"there are no weights trained on {data}",
        remedy=f"train them: elbench train {name} --data {data}",
        where=name,
    )


def save_checkpoint(file: Path, checkpoint: Checkpoint) -> None:
    """Write weights, and their record beside them as `.json`; either is whole or not there.

    Raises:
        OSError: they cannot be written.
    """
    import torch

    buffer = io.BytesIO()
    content = {name: getattr(checkpoint, name) for name in Checkpoint.__dataclass_fields__}
    torch.save({"format": FORMAT, **content, "state_dict": dict(checkpoint.state_dict)}, buffer)
    record = json.dumps(checkpoint.description, indent=2) + "\n"
    write_durably(file, buffer.getvalue())
    write_durably(file.with_suffix(".json"), record.encode())


def load_checkpoint(file: Path) -> Checkpoint:
    """Read what `save_checkpoint` wrote.

    Raises:
        UnreadableModel: no such file, or another content.
    """
    import torch

    try:
        # torch warns of formats older than archives, which were never written here.
        with file.open("rb") as opened:
            is_archive = zipfile.is_zipfile(opened)
        if not is_archive:
            raise _refusal(file, "holds no weights that torch.save wrote, or is torn")
        content: Any = torch.load(file, map_location="cpu", weights_only=True)
    except OSError as error:
        raise _refusal(file, f"cannot be read ({error.strerror})") from error
    except NOT_WEIGHTS as error:
        raise _refusal(file, "holds no weights, or more than weights, which is never loaded") from error
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        raise _refusal(file, f"is no checkpoint of format {FORMAT}")
    if set(content) != set(Checkpoint.__dataclass_fields__):
        raise _refusal(file, "is a checkpoint that lacks something")
    return Checkpoint(**content)


def _refusal(file: Path, cause: str) -> UnreadableModel:
    return UnreadableModel(cause, remedy="give a file that elbench train wrote", where=str(file))
