"""The models that elbench knows by name, and what each costs; reading it never loads torch.

An ELNet's name may carry options, `elnet_1.0@g=8,shuffle=off,residual=relu`, which `elnet_name` reads.
Parameters and MACs are what `complexity` counts on the network that is built, and tests hold them to it.
Top-1 accuracies are of the libraries' published ImageNet weights; elbench itself builds without them.
"""

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import UnknownModel
from harness.models.elnet_layout import macs, parameters
from harness.models.elnet_name import WIDTHS, parse_elnet_name
from harness.results.records import Explained

if TYPE_CHECKING:
    from torch import nn

IMAGENET_SHAPE = (1, 3, 224, 224)
DEFAULT_MODELS = ("elnet_1.0", "mobilenet_v3_small", "shufflenet_v2_x0_5", "squeezenet1_1", "mobilenet_v2")


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry(Explained):
    """One model that can be built by name."""

    name: str
    """Name, with the options that differ from the defaults."""
    parameters: int
    """Learnable parameters."""
    macs: int
    """Multiply-accumulates of convolutions and linear layers for one input."""
    input_shape: tuple[int, ...] = IMAGENET_SHAPE
    """N, C, H, W of one float32 input."""
    library: str
    """Where the code comes from."""
    year: int
    """Year of the paper."""
    paper: str
    """Where it was published."""
    top1_percent: float | None
    """ImageNet top-1 of the library's published weights."""
    is_reconstruction: bool = False
    """True where the paper leaves open what is built here."""
    note: str = ""
    """What a reader must know wherever the model is shown."""


def entries() -> tuple[CatalogueEntry, ...]:
    """Every model without options, ELNets first."""
    return (*map(_elnet, _ELNETS), *_TORCHVISION.values())


def entry(name: str) -> CatalogueEntry:
    """The model of that name; two spellings of one ELNet give the same entry.

    Raises:
        UnknownModel: no such model, or an option that it does not have.
    """
    if name.partition("@")[0] in _ELNETS:
        return _elnet(name)
    if name in _TORCHVISION:
        return _TORCHVISION[name]
    known = [*_ELNETS, *_TORCHVISION]
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    raise UnknownModel(
        "no model has this name",
        remedy=f"the nearest is {nearest[0]}" if nearest else f"known are {', '.join(known)}",
        where=name,
    )


def build(name: str, *, seed: int = 0) -> "nn.Module":
    """Build a model in eval mode with seeded, calibrated weights; nothing is downloaded.

    Raises:
        UnknownModel: as `entry`.
    """
    found = entry(name)
    from harness.models.calibrate import calibrate, seeded

    return calibrate(seeded(lambda: construct(found), seed), found.input_shape, seed)


def construct(found: CatalogueEntry) -> "nn.Module":
    """The network with initial weights from torch's own generator, not calibrated."""
    if found.name in _TORCHVISION:
        from torchvision.models import get_model

        module: nn.Module = get_model(found.name, weights=None)
        return module
    from harness.models.elnet import ELNet

    return ELNet(parse_elnet_name(found.name).layout)


def _elnet(name: str) -> CatalogueEntry:
    parsed = parse_elnet_name(name)
    return CatalogueEntry(
        name=parsed.canonical_name,
        parameters=parameters(parsed.layout),
        macs=macs(parsed.layout, IMAGENET_SHAPE[-1]),
        library="elbench",
        year=2024,
        paper="Zhang, Liu, Chen, Computer Engineering and Design 45(2), 2024",
        top1_percent=None,
        is_reconstruction=True,
        note="reconstruction: the paper's tables are not public",
        missing={"top1_percent": "no weights are published"},
    )


def _torchvision(
    name: str, parameters: int, macs: int, year: int, arxiv: str, top1_percent: float
) -> CatalogueEntry:
    return CatalogueEntry(
        name=name,
        parameters=parameters,
        macs=macs,
        library="torchvision",
        year=year,
        paper=f"arXiv {arxiv}",
        top1_percent=top1_percent,
    )


_ELNETS = tuple(f"elnet_{width}" for width in WIDTHS)
_TORCHVISION = {
    found.name: found
    for found in (
        _torchvision("mobilenet_v2", 3_504_872, 300_774_272, 2018, "1801.04381", 71.88),
        _torchvision("mobilenet_v3_small", 2_542_856, 56_510_400, 2019, "1905.02244", 67.67),
        _torchvision("mobilenet_v3_large", 5_483_032, 216_589_760, 2019, "1905.02244", 75.27),
        _torchvision("shufflenet_v2_x0_5", 1_366_792, 40_476_448, 2018, "1807.11164", 60.55),
        _torchvision("shufflenet_v2_x1_0", 2_278_604, 144_907_992, 2018, "1807.11164", 69.36),
        _torchvision("squeezenet1_0", 1_248_424, 818_924_576, 2016, "1602.07360", 58.09),
        _torchvision("squeezenet1_1", 1_235_496, 349_151_936, 2016, "1602.07360", 58.18),
        _torchvision("mnasnet0_5", 2_218_512, 104_455_968, 2018, "1807.11626", 67.73),
        _torchvision("mnasnet1_0", 4_383_312, 314_415_872, 2018, "1807.11626", 73.46),
        _torchvision("efficientnet_b0", 5_288_548, 385_814_752, 2019, "1905.11946", 77.69),
        _torchvision("resnet18", 11_689_512, 1_814_073_344, 2015, "1512.03385", 69.76),
    )
}
