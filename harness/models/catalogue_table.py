"""What is published of each network of the catalogue that is not an ELNet.

Top-1 accuracies are on ImageNet at 224 pixels; elbench itself builds every network without weights.
torchvision's are of the weights that it publishes; others are of the paper, or of the place named.
"""

from typing import NamedTuple


class Published(NamedTuple):
    """One network."""

    name: str
    """Name in the catalogue."""
    library: str
    """Where the code comes from."""
    library_name: str
    """What the network is called there."""
    year: int
    """Year of the paper."""
    paper: str
    """Where it was published."""
    top1_percent: float
    """Top-1 accuracy."""
    top1_source: str
    """Whose weights have it."""
    note: str = ""
    """What a reader must know wherever the model is shown."""


def _torchvision(name: str, year: int, arxiv: str, top1_percent: float) -> Published:
    return Published(name, "torchvision", name, year, f"arXiv {arxiv}", top1_percent, "torchvision's weights")


def _timm(name: str, library_name: str, year: int, arxiv: str, top1_percent: float, source: str) -> Published:
    return Published(name, "timm", library_name, year, f"arXiv {arxiv}", top1_percent, source)


def _shufflenet_v1(width: str, top1_percent: float) -> Published:
    return Published(
        f"shufflenet_v1_x{width.replace('.', '_')}",
        "elbench",
        width,
        2017,
        "arXiv 1707.01083",
        top1_percent,
        "the authors' weights (megvii-model/ShuffleNet-Series)",
    )


_FUSED = "the paper; branches are merged before it is counted and exported"

PUBLISHED = (
    _timm("mobilenet_v1", "mobilenetv1_100", 2017, "1704.04861", 70.9, "the authors' (TensorFlow-Slim)"),
    _torchvision("mobilenet_v2", 2018, "1801.04381", 71.88),
    _torchvision("mobilenet_v3_small", 2019, "1905.02244", 67.67),
    _torchvision("mobilenet_v3_large", 2019, "1905.02244", 75.27),
    _timm("mobilenet_v4_conv_small", "mobilenetv4_conv_small", 2024, "2404.10518", 73.8, "the paper"),
    _shufflenet_v1("0.5", 57.3),
    _shufflenet_v1("1.0", 67.8),
    _torchvision("shufflenet_v2_x0_5", 2018, "1807.11164", 60.55),
    _torchvision("shufflenet_v2_x1_0", 2018, "1807.11164", 69.36),
    _torchvision("squeezenet1_0", 2016, "1602.07360", 58.09),
    _torchvision("squeezenet1_1", 2016, "1602.07360", 58.18),
    _timm("ghostnet", "ghostnet_100", 2020, "1911.11907", 73.9, "the paper"),
    _torchvision("efficientnet_b0", 2019, "1905.11946", 77.69),
    _timm(
        "efficientnet_lite0", "efficientnet_lite0", 2019, "1905.11946", 75.1, "the authors' (tensorflow/tpu)"
    ),
    _torchvision("mnasnet0_5", 2018, "1807.11626", 67.73),
    _torchvision("mnasnet1_0", 2018, "1807.11626", 73.46),
    _torchvision("resnet18", 2015, "1512.03385", 69.76),
    _timm("mobileone_s0", "mobileone_s0", 2022, "2206.04040", 71.4, _FUSED),
    _timm("fasternet_t0", "fasternet_t0", 2023, "2303.03667", 71.9, "the paper"),
    _timm("repvit_m0_9", "repvit_m0_9", 2023, "2307.09283", 78.7, _FUSED),
    _timm("starnet_s1", "starnet_s1", 2024, "2403.19967", 73.5, "the paper"),
)
"""By family, oldest first within one."""
