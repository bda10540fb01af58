"""Named ways from a torch module to a phone's file: which rewrites, in which order.

Recipes are data: a rewrite is named after its module under `rewrites/`, which is looked up when an export
needs it, so that listing recipes never loads torch. A recipe's name is `fast`, `documented`, a rewrite's name
(`documented` with this one in addition), or one of these with `+REWRITE` and `-REWRITE` behind it.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from harness.errors import UsageError

DEFAULT_RECIPE = "fast"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """One change of a network that keeps what it computes."""

    name: str
    """Its name in recipes, and that of its module under rewrites/."""
    summary: str
    """One line for people."""
    is_fast: bool
    """Whether the recipe `fast` has it: it costs no model anything on any core that was counted."""
    needs: tuple[str, ...] = ()
    """Others without which it finds nothing to do."""
    pass_left_out: str = ""
    """A pass of `optimize_for_mobile` that is left out, as MobileOptimizerType names it; it has no module."""


REWRITES = (
    Rewrite(
        name="batch_norm",
        summary="BatchNorm folded into the layer beside it, with the bias that torch's own folding loses",
        is_fast=True,
    ),
    Rewrite(
        name="channel_shuffle",
        summary="view, transpose, view become the operator channel_shuffle, which copies nothing twice",
        is_fast=True,
    ),
    Rewrite(
        name="shuffle_late",
        summary="a channel shuffle in front of a strided depthwise convolution moves behind it",
        is_fast=True,
    ),
    Rewrite(
        name="fold_shuffle",
        summary="a channel shuffle folded into a dense convolution, or one of at most 4 channels a group",
        is_fast=True,
    ),
    Rewrite(
        name="fold_shuffle_32",
        summary="the same with up to 8 channels a group: pays on big cores, costs on small ones",
        is_fast=False,
    ),
    Rewrite(
        name="widen_groups",
        summary="groups narrower than a kernel's 8 channels are joined, with zeros between them",
        is_fast=True,
    ),
    Rewrite(
        name="fit_depthwise",
        summary="depthwise kernels take the sizes of XNNPACK's: 1, 3, 4, 9 or 25 taps",
        is_fast=True,
    ),
    Rewrite(
        name="channels_last",
        summary="one conversion to channels-last at the start instead of two copies around each convolution",
        is_fast=True,
    ),
    Rewrite(
        name="image_rows",
        summary="rows of a large first convolution become channels, gathered while the image is converted",
        is_fast=True,
        needs=("channels_last",),
    ),
    Rewrite(
        name="image_start",
        summary="the image goes channels-last by XNNPACK's interleaving kernel, not by a copy",
        is_fast=True,
        needs=("channels_last",),
    ),
    Rewrite(
        name="add_relu_apart",
        summary="add and ReLU stay apart: torch's fused operator is slower than the two",
        is_fast=True,
        pass_left_out="FUSE_ADD_RELU",  # noqa: S106  no password
    ),
)
"""Every rewrite, in the order in which they run."""

_BY_NAME = {rewrite.name: rewrite for rewrite in REWRITES}
_DOCUMENTED = frozenset({"batch_norm"})
_FAST = frozenset(rewrite.name for rewrite in REWRITES if rewrite.is_fast)

SUMMARIES = {
    "fast": "every rewrite that costs no network anything",
    "documented": "PyTorch's own tutorial, made correct",
}
"""The recipes with names of their own."""


@dataclass(frozen=True)
class Recipe:
    """One way to export; whatever it does is proved on every file, so none can be wrong in silence."""

    chosen: frozenset[str]
    """Names of its rewrites."""

    @property
    def rewrites(self) -> tuple[Rewrite, ...]:
        """In the order in which they run."""
        return tuple(rewrite for rewrite in REWRITES if rewrite.name in self.chosen)

    def has(self, rewrite: str) -> bool:
        """Whether this rewrite is one of them."""
        return rewrite in self.chosen

    @cached_property
    def name(self) -> str:
        """The shortest of the names that this recipe could be given; records and tables carry it."""
        bases = {name: _base(name, name) for name in (*SUMMARIES, *_BY_NAME)}
        names = [_composed(name, has, self.chosen) for name, has in bases.items()]
        return min(names, key=lambda name: len(re.findall(r"[+-]", name)))


def find_recipe(name: str) -> Recipe:
    """The recipe of that name, in whatever order it names its rewrites.

    Raises:
        UsageError: there is none.
    """
    base, *changes = re.split(r"(?=[+-])", name.strip())
    chosen = set(_base(base, name))
    for change in changes:
        rewrite = _known(change[1:], name)
        if change[0] == "+":
            chosen.add(rewrite)
        else:
            chosen.discard(rewrite)
    return Recipe(frozenset(chosen))


def _base(base: str, where: str) -> frozenset[str]:
    if base == "fast":
        return _FAST
    if base == "documented":
        return _DOCUMENTED
    rewrite = _known(base, where, *SUMMARIES)
    return _DOCUMENTED.union((rewrite, *_BY_NAME[rewrite].needs))


def _known(rewrite: str, where: str, *others: str) -> str:
    if rewrite in _BY_NAME:
        return rewrite
    known = (*others, *_BY_NAME)
    nearest = difflib.get_close_matches(rewrite, known, n=1)
    remedy = f"did you mean {nearest[0]}" if nearest else f"use one of {', '.join(known)}"
    what = "recipe" if others else "rewrite"
    raise UsageError(
        f"there is no {what} {rewrite}" if rewrite else f"a {what} is missing", remedy=remedy, where=where
    )


def _composed(base: str, has: Iterable[str], chosen: frozenset[str]) -> str:
    added = (f"+{one}" for one in _BY_NAME if one in chosen and one not in has)
    removed = (f"-{one}" for one in _BY_NAME if one in has and one not in chosen)
    return "".join((base, *removed, *added))


RECIPES = {name: find_recipe(name) for name in SUMMARIES}
"""The same as recipes."""
