"""Networks as torch modules, from whichever code has them: what `catalogue.build` and `construct` do."""

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from harness.errors import UnknownModel
from harness.models.calibrate import calibrate, seeded
from harness.models.catalogue import CatalogueEntry
from harness.models.elnet_layout import SMALL_PIXELS
from harness.models.elnet_name import parse_elnet_name
from harness.models.own_function import call_own_function
from harness.models.reference import parse_reference, spelled
from harness.models.small_input import keep_small_resolutions
from harness.models.weights import load_weights


def built(entry: CatalogueEntry, seed: int) -> nn.Module:
    """The network as it is measured; see `catalogue.build`."""
    network = seeded(lambda: constructed(entry), seed)
    if entry.weights:
        load_weights(network, entry)
    elif entry.source != "python":
        calibrate(network, entry.input_shape, seed)
    network = network.float().eval()
    # Only timm's layers are known to mean merging by these methods; a caller's own may mean anything.
    return merged(network) if entry.library == "timm" else network


def constructed(entry: CatalogueEntry) -> nn.Module:
    """The network as it is trained; see `catalogue.construct`."""
    if entry.source == "python":
        return call_own_function(f"{entry.library}:{entry.library_name}")
    network = _CONSTRUCTORS[entry.library](entry)
    is_elnet = entry.is_reconstruction  # it lays out its small form itself
    if entry.input_shape[-1] <= SMALL_PIXELS and not is_elnet:
        keep_small_resolutions(network)
    return network


def _own(entry: CatalogueEntry) -> nn.Module:
    if not entry.is_reconstruction:
        from harness.models.shufflenet_v1 import ShuffleNetV1

        return ShuffleNetV1(float(entry.library_name), entry.classes or 1)
    from harness.models.elnet import ELNet

    options = parse_reference(entry.network).options | {
        "input": str(entry.input_shape[-1]),
        "classes": str(entry.classes),
    }
    name = spelled(parse_reference(entry.network).name, options)
    return ELNet(parse_elnet_name(parse_reference(name)).layout)


def _from_torchvision(entry: CatalogueEntry) -> nn.Module:
    from torchvision.models import get_model

    return _made(entry, get_model, weights=None, num_classes=entry.classes)


def _from_timm(entry: CatalogueEntry) -> nn.Module:
    import timm

    network = _made(entry, timm.create_model, pretrained=False, num_classes=entry.classes)
    wanted = getattr(network, "pretrained_cfg", {})
    pixels = wanted.get("input_size", (3, 224, 224))[-1]
    if wanted.get("fixed_input_size") and pixels != entry.input_shape[-1]:
        raise UnknownModel(
            f"takes images of {pixels} pixels only", remedy=f"write input={pixels}", where=entry.name
        )
    return network


def _made(entry: CatalogueEntry, constructor: Callable[..., Any], **options: Any) -> nn.Module:  # noqa: ANN401 - the library's own options
    """Call a library's constructor, which may refuse what it was never meant for in any way it likes."""
    try:
        with warnings.catch_warnings():  # torchvision's, of what its releases to come change
            warnings.simplefilter("ignore", FutureWarning)
            network: nn.Module = constructor(entry.library_name, **options)
    except (TypeError, ValueError, RuntimeError, AssertionError, ImportError) as error:
        raise UnknownModel(
            f"{entry.library} cannot build it ({_first_line(error)})",
            remedy="measure another network, or export this one yourself and give the .ptl",
            where=entry.name,
        ) from error
    return network


def merged(network: nn.Module) -> nn.Module:
    """Branches that exist for training only (MobileOne, RepViT) merged, where the network can do that.

    Args:
        network: as it is trained, in eval mode; it stays as it is.
    """
    if not any(hasattr(layer, method) for layer in network.modules() for method in _MERGING):
        return network
    from timm.utils.model import reparameterize_model

    with torch.no_grad():
        fused: nn.Module = reparameterize_model(network)
    return fused.eval()


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]


_MERGING = ("reparameterize", "fuse", "switch_to_deploy")
_CONSTRUCTORS: dict[str, Callable[[CatalogueEntry], nn.Module]] = {
    "elbench": _own,
    "torchvision": _from_torchvision,
    "timm": _from_timm,
}
