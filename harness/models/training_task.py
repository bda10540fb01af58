"""A network and the data that it is to learn: found by name, made to fit each other. Loads no torch."""

from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.models.catalogue import CatalogueEntry, entry
from harness.models.checkpoint import checkpoint_file_name, checkpoint_folder
from harness.models.datasets import Data, open_data
from harness.models.reference import DATA_SHAPES, parse_reference, spelled

CIFAR_PIXELS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A network that fits data, and the data."""

    name: str
    """The network's canonical name, without weights."""
    entry: CatalogueEntry
    """The network."""
    data: Data
    """What it learns from."""

    @property
    def default_file(self) -> Path:
        """Where its weights are found by `weights=NAME` of the data."""
        return checkpoint_folder() / checkpoint_file_name(self.name, self.data.name)

    def reference(self, file: Path) -> str:
        """The name by which the network is measured with the weights in `file`."""
        if self.entry.weights and file == self.default_file:
            return self.entry.name
        parsed = parse_reference(self.name)
        form = {"input": str(self.entry.input_shape[-1])}
        if self.entry.source != "python":  # a function decides its classes itself
            form["classes"] = str(self.data.classes)
        return spelled(parsed.name, dict(parsed.options) | form | {"weights": str(file)})


def make_task(reference: str, data_name: str) -> Task:
    """Find network and data, and give the network the pixels and classes of the data where none are said.

    Raises:
        UsageError: no such network or data, or they do not fit each other.
    """
    parsed = parse_reference(reference)
    if "weights" in parsed.options:
        raise UsageError("training begins with initial weights", remedy="leave weights= out", where=reference)
    options = dict(parsed.options)
    if data_name in DATA_SHAPES:
        found = entry(spelled(parsed.name, options | {"weights": data_name}))
        name = found.name.replace(f"weights={data_name}", "").rstrip("@,")
        return Task(name=name, entry=found, data=open_data(data_name, found.input_shape))
    if data_name.startswith("cifar"):
        options.setdefault("input", str(CIFAR_PIXELS))
    found = entry(spelled(parsed.name, options))
    data = open_data(data_name, found.input_shape)
    if found.source != "python":
        options.setdefault("classes", str(data.classes))
        found = entry(spelled(parsed.name, options))
    return Task(name=found.name, entry=found, data=data)
