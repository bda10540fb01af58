"""The rewrites of a recipe, one after the other, each proved against eager PyTorch or taken back.

What becomes of the rewritten network (tracing, optimising, bytes) is `pytorch_mobile`'s business.
"""

import copy
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn

from harness.errors import UsageError
from harness.export import rewrites
from harness.export.graph import aten, calls, is_call, only_user
from harness.export.graph_capture import Uncapturable, capture
from harness.export.proof import TOLERANCE, proof_inputs, relative_error
from harness.export.recipes import Recipe, Rewrite
from harness.export.rewrites.channels_last import start_channels_last
from harness.export.stated_input import written
from harness.results.records import RewriteOutcome
from harness.units import printable

NOT_CAPTURED = "the network cannot be seen as one graph"


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """On which inputs a network is proved, and what it must compute there."""

    images: tuple[NDArray[np.float32], ...]
    """N, C, H, W; the first is the fixed input with which every launch proves its output."""
    references: tuple[NDArray[np.float64], ...]
    """One for each."""

    def error_of(self, network: nn.Module) -> float:
        """The largest relative error of a network over all inputs; NaN if an output holds one.

        Raises:
            RuntimeError: the network does not run.
        """
        with torch.no_grad():
            outputs = [network(torch.from_numpy(images)) for images in self.images]
        errors = [
            relative_error(output.numpy(), reference)
            for output, reference in zip(outputs, self.references, strict=True)
        ]
        return float(np.max(errors))


@dataclass(frozen=True, slots=True, eq=False)
class Rewritten:
    """A network after the rewrites of a recipe."""

    network: nn.Module
    """Computes what the original does."""
    outcomes: tuple[RewriteOutcome, ...]
    """Of every rewrite of the recipe, in order."""


def expectation(module: nn.Module, shape: tuple[int, ...], *, seed: int, where: str) -> Expectation:
    """What a module computes in float64 on the inputs of the proof; the module is left as it was.

    Args:
        module: a network in eval mode.
        shape: N, C, H, W.
        seed: of the inputs.
        where: its name, for errors.

    Raises:
        UsageError: as `observed`.
    """
    return observed(copy.deepcopy(module).double(), torch.float64, shape, seed=seed, where=where)


def observed(
    network: nn.Module, dtype: torch.dtype, shape: tuple[int, ...], *, seed: int, where: str
) -> Expectation:
    """What a network of this dtype computes on the inputs of the proof.

    Raises:
        UsageError: it does not take images of this shape, or its output is not one tensor of numbers.
    """
    images = proof_inputs(shape, seed)
    try:
        with torch.no_grad():
            outputs = [network(torch.from_numpy(one).to(dtype)) for one in images]
    except Exception as error:  # the caller's own forward raises what it likes
        raise UsageError(
            f"does not take an input of shape {written(shape)} ({_first_line(error)})",
            remedy="use one like 1x3x224x224",
            where=where,
        ) from error
    return Expectation(images, tuple(_numbers(output, where) for output in outputs))


def rewritten(module: nn.Module, expected: Expectation, recipe: Recipe) -> Rewritten:
    """Apply a recipe's rewrites to a network; the module is left as it was.

    Args:
        module: a float32 network in eval mode.
        expected: the inputs of the proof, and what must come out.
        recipe: which rewrites.
    """
    try:
        graph = capture(module, torch.from_numpy(expected.images[0]))
    except Uncapturable as error:
        return _without_graph(module, expected, recipe, str(error))
    outcomes = []
    for rewrite in recipe.rewrites:
        graph, outcome = _applied(graph, rewrite, expected)
        outcomes.append(outcome)
    return Rewritten(graph, tuple(outcomes))


def _numbers(output: object, where: str) -> NDArray[np.float64]:
    if not isinstance(output, Tensor):
        raise UsageError(
            f"its output is a {type(output).__name__}, not one tensor",
            remedy="wrap it in a module that returns the tensor to be measured",
            where=where,
        )
    values: NDArray[np.float64] = output.double().numpy()
    if not (values.size and np.isfinite(values).all()):
        raise UsageError(
            "its output for a standard normal input is empty or not finite",
            remedy="check the weights",
            where=where,
        )
    return values


def _applied(
    graph: fx.GraphModule, rewrite: Rewrite, expected: Expectation
) -> tuple[fx.GraphModule, RewriteOutcome]:
    """The graph after a rewrite and what it did; the graph as it was where that is not proved."""
    if rewrite.pass_left_out:
        return graph, _outcome(rewrite, _adds_with_relu(graph), 0.0)
    changed = _copied(graph)
    try:
        places = _function(rewrite)(changed)
        error = expected.error_of(changed) if places else 0.0
    except Exception as failure:  # noqa: BLE001  a bug in a rewrite must not lose the export, and is told
        return graph, _outcome(rewrite, 0, None, f"it fails: {_first_line(failure)}")
    outcome = _judged(rewrite, places, error)
    return (changed if places and not outcome.dropped else graph), outcome


def _judged(rewrite: Rewrite, places: int, error: float) -> RewriteOutcome:
    """What a rewrite did, taken back where the error is not small."""
    if not error <= TOLERANCE:
        why = f"not proved: an error of {error:.2g} of the largest output, {TOLERANCE:g} is allowed"
        return _outcome(rewrite, places, error, why)
    return _outcome(rewrite, places, error)


def _copied(graph: fx.GraphModule) -> fx.GraphModule:
    """A graph to be changed; weights are shared, since no rewrite changes one."""
    shared = {id(weight): weight for weight in graph.buffers()}
    return copy.deepcopy(graph, shared)


def _function(rewrite: Rewrite) -> Callable[[fx.GraphModule], int]:
    function: Callable[[fx.GraphModule], int] = pkgutil.resolve_name(
        f"{rewrites.__name__}.{rewrite.name}:rewrite"
    )
    return function


def _outcome(rewrite: Rewrite, places: int, error: float | None, dropped: str = "") -> RewriteOutcome:
    missing = {}
    if rewrite.pass_left_out:
        error, missing = None, {"error": "a pass of torch's is left out; the file itself is proved"}
    elif not places and not dropped:
        error, missing = None, {"error": "it found nothing to change"}
    elif error is None:
        missing = {"error": "it was never run"}
    return RewriteOutcome(name=rewrite.name, places=places, error=error, dropped=dropped, missing=missing)


def _adds_with_relu(graph: fx.GraphModule) -> int:
    """How often the pass that is left out would have fused."""
    adds = calls(graph, aten.add.Tensor)
    return sum(is_call(only_user(add), aten.relu.default) for add in adds)


def _without_graph(module: nn.Module, expected: Expectation, recipe: Recipe, why: str) -> Rewritten:
    """What needs no graph: torch's freezing folds BatchNorm, and the image can be converted in front."""
    network, outcomes = module, []
    for rewrite in recipe.rewrites:
        if rewrite.name == "channels_last":
            converted, outcome = _converted(module, rewrite, expected)
            network = module if outcome.dropped else converted
            outcomes.append(outcome)
        elif rewrite.pass_left_out or rewrite.name == "batch_norm":
            outcomes.append(_outcome(rewrite, 0, None))
        else:
            outcomes.append(_outcome(rewrite, 0, None, f"{NOT_CAPTURED} ({why})"))
    return Rewritten(network, tuple(outcomes))


def _converted(
    module: nn.Module, rewrite: Rewrite, expected: Expectation
) -> tuple[nn.Module, RewriteOutcome]:
    """Channels-last without a graph, which a `view` of the network's own may refuse."""
    network = start_channels_last(module)
    try:
        return network, _judged(rewrite, 1, expected.error_of(network))
    except RuntimeError as failure:
        return network, _outcome(rewrite, 0, None, f"it fails: {_first_line(failure)}")


def _first_line(failure: Exception) -> str:
    lines = str(failure).strip().splitlines() or [""]
    return printable(f"{type(failure).__name__}: {lines[0]}")[:200]
