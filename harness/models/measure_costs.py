"""Counts networks by building them: `python -m harness.models.measure_costs` writes `catalogue_costs`."""

from dataclasses import replace
from pathlib import Path

from harness.errors import ElbenchError, UsageError
from harness.models.calibrate import seeded
from harness.models.catalogue import CatalogueEntry, construct, entry
from harness.models.catalogue_table import PUBLISHED
from harness.models.complexity import Complexity, complexity
from harness.models.networks import merged

FORMS = ("", "@input=32,classes=10", "@input=32,classes=100")
"""ImageNet, CIFAR-10 and CIFAR-100."""

_COUNTED = ("parameters", "macs", "activation_bytes")

_HEAD = '''"""Parameters, MACs and activation bytes of the catalogue's networks; listing them loads no torch.

Written by `python -m harness.models.measure_costs`; tests count every network again.
"""

COSTS: dict[tuple[str, int, int], tuple[int, int, int]] = {
'''
_TAIL = '''}
"""By name, pixels and classes."""
'''


def count(found: CatalogueEntry) -> Complexity:
    """What the network of an entry costs as it is measured, branches merged."""
    network = seeded(lambda: construct(found), 0).eval()
    # Only timm's layers are known to mean merging by these methods; a caller's own may mean anything.
    return complexity(merged(network) if found.library == "timm" else network, found.input_shape)


def counted(found: CatalogueEntry) -> CatalogueEntry:
    """The entry with what is known of its network only once it is built.

    Raises:
        UsageError: the network cannot be built, or does not take an input of this shape.
    """
    if found.parameters is not None:
        return found
    try:
        cost = count(found)
    except ElbenchError:
        raise
    except Exception as error:  # the caller's own forward raises what it likes
        written = "x".join(map(str, found.input_shape))
        raise UsageError(
            f"does not take an input of shape {written} ({type(error).__name__})",
            remedy="give it another size, input=N",
            where=found.name,
        ) from error
    known = {field: reason for field, reason in found.missing.items() if field not in _COUNTED}
    return replace(
        found,
        parameters=cost.parameters,
        macs=cost.macs,
        activation_bytes=cost.activation_bytes,
        missing=known,
    )


def _row(name: str, found: CatalogueEntry) -> str:
    cost = count(found)
    counted = f"({cost.parameters:_}, {cost.macs:_}, {cost.activation_bytes:_})"
    return f'    ("{name}", {found.input_shape[-1]}, {found.classes}): {counted},\n'


def _write() -> None:
    rows = [_row(row.name, entry(row.name + form)) for row in PUBLISHED for form in FORMS]
    text = _HEAD + "".join(rows) + _TAIL
    Path(__file__).with_name("catalogue_costs.py").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _write()
