"""Activations that a network reads from and writes to memory, counted on the forward that runs.

The convention is that of memory access cost in ShuffleNet V2 (Ma et al., arXiv 1807.11164, section 2, G1):
caches hold nothing between two layers, and every layer reads its input and writes its output once. Layers are
convolutions, matrix products, pools, sums and products of two activations, concatenations, and copies, such
as a channel shuffle makes. Normalisations and functions of one activation (ReLU, hardswish, sigmoid) count
nothing: runtimes compute them within the layer before; neither do views, which move nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

_COPIES = ("aten::clone", "aten::copy_", "aten::_to_copy")
_FUNCTIONS_OF_ONE = ("aten::hardswish", "aten::_prelu_kernel", "aten::_softmax")
"""What torch does not itself mark as pointwise."""

_UNCOUNTED = (
    "aten::native_batch_norm",
    "aten::_native_batch_norm",
    "aten::_batch_norm",
    "aten::native_layer_norm",
    "aten::native_group_norm",
    "aten::_unsafe_view",
    "aten::empty",
    "aten::zeros",
    "aten::ones",
    "aten::full",
    "aten::fill_",
    "aten::zero_",
    "aten::scalar_tensor",
    "aten::arange",
)
"""How the names of normalisations, of a view that is not marked as one, and of what makes constants begin."""


class ActivationCounter(TorchDispatchMode):
    """Within it, every operator call adds to `values`."""

    def __init__(self, parameters: Sequence[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._weights = {_storage(parameter) for parameter in parameters}
        self.values = 0

    def __torch_dispatch__(
        self,
        func: Any,  # noqa: ANN401 - torch's own signature
        types: Any,  # noqa: ANN401
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        """Run the operator, and count what it moves."""
        outputs = func(*args, **(kwargs or {}))
        name = func._schema.name
        if not (func.is_view or name.startswith(_UNCOUNTED)):
            inputs = self._activations([args, kwargs])
            if not _is_function_of_one(func, name, inputs):
                self.values += sum(value.numel() for value in (*inputs, *self._activations(outputs)))
        return outputs

    def _activations(self, tree: object) -> list[Tensor]:
        tensors = [leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor)]
        return [
            tensor
            for tensor in tensors
            if tensor.is_floating_point() and _storage(tensor) not in self._weights
        ]


def _is_function_of_one(func: Any, name: str, inputs: list[Tensor]) -> bool:  # noqa: ANN401 - an OpOverload
    is_pointwise = torch.Tag.pointwise in func.tags or name in _FUNCTIONS_OF_ONE
    return is_pointwise and name not in _COPIES and len(inputs) < 2


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()
