"""Which networks torchvision and timm have, read from their sources, so that a slip costs no import of torch.

Importing timm takes seconds; its register is filled by functions marked `@register_model`, which can be read.
"""

import functools
import importlib.util
import re
from pathlib import Path

from harness.models.nearest import nearest_names
from harness.models.reference import Reference
from harness.units import printable

_REGISTERED = re.compile(r"^@register_model\b[^\n]*\n(?:@[^\n]*\n)*def (\w+)\(", re.MULTILINE)


def require_network(reference: Reference, library: str) -> str:
    """What the library calls the network.

    Raises:
        UnknownModel: the library has no such network for images, or the name is one of trained weights.
    """
    name, _, tag = reference.name.partition(":")[2].partition(".")
    known = network_names(library)
    if tag and name in known:
        raise reference.refusal(
            f".{printable(tag)} names trained weights, which elbench does not fetch",
            f"leave it out, or save them as a checkpoint and add @weights=FILE to {library}:{name}",
        )
    if name not in known:
        nearest = nearest_names(name, sorted(known))
        raise reference.refusal(
            f"{library} has no network {printable(name)!r} for images",
            nearest or f"see {library}'s own list of models",
        )
    return name


def libraries_with(name: str) -> tuple[str, ...]:
    """`torchvision:resnet50`, `timm:resnet50`: how a network is named that only libraries have."""
    return tuple(f"{library}:{name}" for library in ("torchvision", "timm") if name in network_names(library))


@functools.cache
def network_names(library: str) -> frozenset[str]:
    """Every network for images that the installed library can build; it is not imported."""
    texts = (file.read_text(encoding="utf-8") for file in sorted(_models_folder(library).glob("*.py")))
    return frozenset(name for text in texts for name in _REGISTERED.findall(text))


def _models_folder(library: str) -> Path:
    spec = importlib.util.find_spec(library)
    assert spec is not None, f"{library} is a dependency of elbench"
    assert spec.origin is not None, f"{library} has an __init__.py"
    return Path(spec.origin).parent / "models"
