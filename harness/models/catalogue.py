"""The models that elbench builds by name, and what each costs; reading it never loads torch.

What a name may look like is `reference`'s business. Parameters, MACs and activation bytes are what
`complexity` counts on the network that is built, and tests hold them to it; of networks that the catalogue
does not list they are known once they are built. Top-1 accuracies are of published ImageNet weights, which
elbench does not have: it builds with random, calibrated weights, or with a checkpoint that is given.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from harness.models.catalogue_costs import COSTS
from harness.models.catalogue_table import PUBLISHED, Published
from harness.models.elnet_layout import activations, macs, parameters
from harness.models.elnet_name import WIDTHS, parse_elnet_name
from harness.models.libraries import libraries_with, require_network
from harness.models.nearest import nearest_names
from harness.models.reference import (
    BUILD_OPTIONS,
    BuildOptions,
    Reference,
    build_options,
    library_of,
    names_function,
    parse_reference,
    require_options,
    spelled,
)
from harness.results.records import Explained

if TYPE_CHECKING:
    from torch import nn

IMAGENET_SHAPE = (1, 3, 224, 224)
IMAGENET_CLASSES = 1000
FLOAT32_BYTES = 4
DEFAULT_MODELS = (
    "elnet_1.0",
    "mobilenet_v3_small",
    "shufflenet_v2_x0_5",
    "squeezenet1_1",
    "mobilenet_v2",
    "elnet_1.0@weights=digits",
)

Source = Literal["catalogue", "library", "python"]

_UNBUILT = "counted when it is built"
_AS_PUBLISHED = BuildOptions(pixels=IMAGENET_SHAPE[-1], classes=IMAGENET_CLASSES, weights="")
_OTHER_FORM = dict.fromkeys(
    ("top1_percent", "top1_source"),
    "what is published is for 1000 classes at 224 pixels, with its own weights",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry(Explained):
    """One model that can be built by name."""

    name: str
    """Name, with the options that differ from the defaults; of a checkpoint's path only the stem."""
    source: Source = "catalogue"
    """`library` for one named by its library, `python` for a function of the caller's."""
    parameters: int | None
    """Learnable parameters, branches that are merged for inference counted once merged."""
    macs: int | None
    """Multiply-accumulates of convolutions and linear layers for one input."""
    activation_bytes: int | None
    """Bytes of activations that the layers read and write for one float32 input, as `traffic` counts them."""
    input_shape: tuple[int, ...] = IMAGENET_SHAPE
    """N, C, H, W of one float32 input."""
    classes: int | None = IMAGENET_CLASSES
    """Outputs of the classifier."""
    weights: str = ""
    """Name of the data that the weights were trained on, path of a checkpoint, or empty: random weights,
    and for the caller's function those that it builds with."""
    library: str
    """Where the code comes from."""
    library_name: str
    """What it is called there."""
    year: int | None
    """Year of the paper."""
    paper: str | None
    """Where it was published."""
    top1_percent: float | None
    """ImageNet top-1 that is published for it at 224 pixels; None for another form or other weights."""
    top1_source: str | None
    """Whose weights have that accuracy."""
    is_reconstruction: bool = False
    """True where the paper leaves open what is built here."""
    note: str = ""
    """What a reader must know wherever the model is shown."""

    @property
    def network(self) -> str:
        """The name without input, classes and weights: what is built, whatever it is trained for."""
        parsed = parse_reference(self.name)
        own = {option: text for option, text in parsed.options.items() if option not in BUILD_OPTIONS}
        return spelled(parsed.name, own)

    @property
    def size_bytes(self) -> int | None:
        """Bytes of the parameters in float32."""
        return None if self.parameters is None else FLOAT32_BYTES * self.parameters

    @property
    def traffic_bytes(self) -> int | None:
        """Memory traffic of one float32 input: activations read and written, and every parameter once."""
        if self.activation_bytes is None or self.size_bytes is None:
            return None
        return self.activation_bytes + self.size_bytes


def entries() -> tuple[CatalogueEntry, ...]:
    """Every model without options, ELNets first."""
    return tuple(entry(name) for name in (*_ELNETS, *_PUBLISHED))


def entry(reference: str) -> CatalogueEntry:
    """The model that a reference names; two spellings of one model give the same entry.

    Raises:
        UnknownModel: no such model, or an option that it does not have.
    """
    parsed = parse_reference(reference)
    if parsed.name in _ELNETS:
        return _elnet(parsed)
    if parsed.name in _PUBLISHED:
        return _published(parsed, _PUBLISHED[parsed.name])
    if library_of(parsed.name):
        return _library(parsed)
    if names_function(parsed.name):
        return _function(parsed)
    known = (*_ELNETS, *_PUBLISHED)
    nearest = nearest_names(parsed.name, known, more=libraries_with(parsed.name))
    raise parsed.refusal("no model has this name", nearest or f"known are {', '.join(known)}")


def is_reference(text: str) -> bool:
    """Whether this is the form of a model's name that is built, even where a file is called so too."""
    name = text.partition("@")[0]
    known = name in _ELNETS or name in _PUBLISHED
    return known or library_of(name) is not None or names_function(name)


def build(model: str | CatalogueEntry, *, seed: int = 0) -> "nn.Module":
    """Build a model as it is measured: float32, eval mode, branches merged, with its weights.

    Weights are those of the checkpoint that the reference names, for a function of the caller's those that it
    builds with, and else random ones that depend on `seed` alone, calibrated. Nothing is downloaded.

    Args:
        model: a reference, or its entry; one with `weights=FILE` needs its entry, as names show no paths.
        seed: of random weights and of what a function draws.

    Raises:
        UsageError: as `entry`, or the caller's function or checkpoint cannot be used.
    """
    found = entry(model) if isinstance(model, str) else model
    from harness.models.networks import built

    return built(found, seed)


def construct(found: CatalogueEntry) -> "nn.Module":
    """The network as it is trained: initial weights from torch's own generator, no branches merged.

    Raises:
        UsageError: as `build`.
    """
    from harness.models.networks import constructed

    return constructed(found)


def _elnet(reference: Reference) -> CatalogueEntry:
    parsed = parse_elnet_name(reference)
    return CatalogueEntry(
        name=_name(reference.name, parsed.own_options, parsed.built),
        parameters=parameters(parsed.layout),
        macs=macs(parsed.layout, parsed.built.pixels),
        activation_bytes=FLOAT32_BYTES * activations(parsed.layout, parsed.built.pixels),
        input_shape=_shape(parsed.built.pixels),
        classes=parsed.built.classes,
        weights=parsed.built.weights,
        library="elbench",
        library_name=spelled(reference.name, parsed.own_options),
        year=2024,
        paper="Zhang, Liu, Chen, Computer Engineering and Design 45(2), 2024",
        top1_percent=None,
        top1_source=None,
        is_reconstruction=True,
        note="reconstruction: the paper's tables are not public",
        missing=dict.fromkeys(("top1_percent", "top1_source"), "no weights are published"),
    )


def _published(reference: Reference, row: Published) -> CatalogueEntry:
    require_options(reference, BUILD_OPTIONS)
    options = build_options(reference)
    costs = COSTS.get((row.name, options.pixels, options.classes), (None, None, None))
    is_as_published = options == _AS_PUBLISHED
    return CatalogueEntry(
        name=_name(row.name, {}, options),
        parameters=costs[0],
        macs=costs[1],
        activation_bytes=costs[2],
        input_shape=_shape(options.pixels),
        classes=options.classes,
        weights=options.weights,
        library=row.library,
        library_name=row.library_name,
        year=row.year,
        paper=row.paper,
        top1_percent=row.top1_percent if is_as_published else None,
        top1_source=row.top1_source if is_as_published else None,
        note=row.note,
        missing=({} if costs[0] is not None else _uncounted()) | ({} if is_as_published else _OTHER_FORM),
    )


def _library(reference: Reference) -> CatalogueEntry:
    require_options(reference, BUILD_OPTIONS)
    library = library_of(reference.name)
    assert library is not None, "the caller has looked"
    name = require_network(reference, library)
    options = build_options(reference)
    return CatalogueEntry(
        name=_name(reference.name, {}, options),
        source="library",
        parameters=None,
        macs=None,
        activation_bytes=None,
        input_shape=_shape(options.pixels),
        classes=options.classes,
        weights=options.weights,
        library=library,
        library_name=name,
        year=None,
        paper=None,
        top1_percent=None,
        top1_source=None,
        missing=_uncounted() | _unpublished("the catalogue does not list it"),
    )


def _function(reference: Reference) -> CatalogueEntry:
    require_options(reference, ("input", "weights"))
    options = build_options(reference)
    return CatalogueEntry(
        name=_name(reference.name, {}, options),
        source="python",
        parameters=None,
        macs=None,
        activation_bytes=None,
        input_shape=_shape(options.pixels),
        classes=None,
        weights=options.weights,
        library=reference.name.partition(":")[0],
        library_name=reference.name.partition(":")[2],
        year=None,
        paper=None,
        top1_percent=None,
        top1_source=None,
        missing=_uncounted()
        | _unpublished("a function of the caller's")
        | {"classes": "the function decides"},
    )


def _name(name: str, own_options: dict[str, str], built: BuildOptions) -> str:
    """The canonical name: pixels and classes are left out where the weights imply them."""
    implied = built.has_implied_form
    options = dict(own_options)
    if not implied and built.pixels != IMAGENET_SHAPE[-1]:
        options["input"] = str(built.pixels)
    if not implied and built.classes != IMAGENET_CLASSES:
        options["classes"] = str(built.classes)
    if built.weights:
        options["weights"] = built.weights if implied else Path(built.weights).stem
    return spelled(name, options)


def _shape(pixels: int) -> tuple[int, ...]:
    return (1, 3, pixels, pixels)


def _uncounted() -> dict[str, str]:
    return dict.fromkeys(("parameters", "macs", "activation_bytes"), _UNBUILT)


def _unpublished(reason: str) -> dict[str, str]:
    return dict.fromkeys(("year", "paper", "top1_percent", "top1_source"), reason)


_ELNETS = tuple(f"elnet_{width}" for width in WIDTHS)
_PUBLISHED = {row.name: row for row in PUBLISHED}
