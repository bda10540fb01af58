"""Keys under which exports are cached: everything that decides the bytes, and nothing that loads torch.

A key changes with the model, the recipe, the seed, the input's shape, any source file of harness.models and
harness.export, torchvision's model sources, or the version of torch.
"""

import functools
import hashlib
import importlib.metadata
import importlib.util
import json
from pathlib import Path

import harness.export
import harness.models


def catalogue_key(name: str, *, recipe: str, seed: int, input_shape: tuple[int, ...]) -> str:
    """Key of a catalogue model's export."""
    return _digest(
        {
            "model": name,
            "recipe": recipe,
            "seed": seed,
            "input_shape": input_shape,
            "torchvision_models": _sources_digest(_torchvision_models()),
            "torchvision": importlib.metadata.version("torchvision"),
        }
    )


def file_key(name: str, sha256: str, *, seed: int, input_shape: tuple[int, ...]) -> str:
    """Key of a model file that the caller brought."""
    return _digest({"model": name, "file": sha256, "seed": seed, "input_shape": input_shape})


def _digest(subject: dict[str, object]) -> str:
    everything = subject | {
        "harness.models": _sources_digest(Path(*harness.models.__path__)),
        "harness.export": _sources_digest(Path(*harness.export.__path__)),
        "torch": importlib.metadata.version("torch"),
    }
    canonical = json.dumps(everything, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@functools.cache
def _sources_digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        digest.update(f"{file.relative_to(folder)}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _torchvision_models() -> Path:
    """The folder of torchvision.models, found without importing torchvision."""
    spec = importlib.util.find_spec("torchvision")
    assert spec is not None, "torchvision is a dependency of elbench"
    assert spec.origin is not None, "torchvision has an __init__.py"
    return Path(spec.origin).parent / "models"
