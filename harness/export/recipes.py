"""Named ways from a torch module to a phone's file: which rewrites, in which order.

Recipes are data: rewrites are named by module and function under `rewrites/` and looked up when an export
needs them, so that listing recipes never loads torch.
"""

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from harness.errors import UsageError
from harness.export import rewrites

DEFAULT_RECIPE = "fast"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One way to export; whatever it does is proved on every file, so none can be wrong in silence."""

    name: str
    """Name that records and tables carry."""
    summary: str
    """One line for people."""
    module_rewrites: tuple[str, ...] = ()
    """`module:function` under rewrites/, from eager module to eager module, before tracing."""
    script_rewrites: tuple[str, ...] = ()
    """`module:function` under rewrites/, from traced module to traced module."""
    passes_left_out: tuple[str, ...] = ()
    """Passes that `optimize_for_mobile` must not run, as MobileOptimizerType names them."""


def find_recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        UsageError: there is none.
    """
    if name not in RECIPES:
        raise UsageError("there is no such recipe", remedy=f"use one of {', '.join(RECIPES)}", where=name)
    return RECIPES[name]


def resolve(names: tuple[str, ...]) -> Iterator[Callable[[Any], Any]]:
    """The functions of rewrites/ that these names stand for."""
    for name in names:
        yield pkgutil.resolve_name(f"{rewrites.__name__}.{name}")


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="fast",
            summary="channels-last from the first layer on, without torch's slow fused add and ReLU",
            module_rewrites=("channels_last:start_channels_last",),
            script_rewrites=("batch_norm:fold_batch_norm",),
            # aten::_add_relu is slower than add and relu apart: 1.95 against 1.67 ms for a residual ELNet.
            passes_left_out=("FUSE_ADD_RELU",),
        ),
        Recipe(
            name="documented",
            summary="PyTorch's own tutorial, made correct",
            script_rewrites=("batch_norm:fold_batch_norm",),
        ),
    )
}
