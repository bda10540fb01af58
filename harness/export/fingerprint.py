"""Keys under which exports are cached: everything that decides the bytes, and nothing that loads torch
for a model of the catalogue.

A key changes with the model, its weights, the recipe, the seed, the input's shape, any source file of
harness.models and harness.export, torchvision's model sources, or the version of timm or torch.
"""

import functools
import hashlib
import importlib.metadata
import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path

import harness.export
import harness.models
from harness.models.catalogue import CatalogueEntry, build
from harness.models.weights import weights_identity


def catalogue_key(facts: Mapping[str, object]) -> str:
    """Key of the export of a model that is built.

    Args:
        facts: what decides the bytes beside the code: `model_facts`, and input shape, recipe, precision,
            calibration, runtime; values that JSON can hold.
    """
    libraries = {
        "torchvision_models": _sources_digest(_torchvision_models()),
        "torchvision": importlib.metadata.version("torchvision"),
        "timm": importlib.metadata.version("timm"),
    }
    return _digest({**facts, **libraries})


def model_facts(model: CatalogueEntry, *, seed: int) -> dict[str, object]:
    """What decides the network itself: its name, its seed and its weights.

    A function of the caller's may read files and call what it likes, so its network is built for its key,
    and torch is loaded: what it computes with is hashed, and the code that was imported from its folder.

    Raises:
        UsageError: there is no such checkpoint, or the function fails.
    """
    facts: dict[str, object] = {
        "model": model.name,
        "seed": seed,
        "weights": weights_identity(model, seed),
        "input_shape": model.input_shape,
    }
    if model.source == "python":
        from harness.models.own_function import own_code_digest
        from harness.models.weights import state_digest

        facts["state"] = state_digest(build(model, seed=seed))
        facts["code"] = own_code_digest(model.library)
    return facts


def file_key(
    name: str,
    sha256: str,
    *,
    seed: int,
    input_shape: tuple[int, ...],
    facts: Mapping[str, object] | None = None,
) -> str:
    """Key of a model file that the caller brought; `facts` are those of its export, if it is exported."""
    given = {"model": name, "file": sha256, "seed": seed, "input_shape": input_shape}
    return _digest({**given, **(facts or {})})


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
