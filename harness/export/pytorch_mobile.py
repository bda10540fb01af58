"""From a rewritten network to the bytes of a `.ptl`; whether they compute the same is for `proof`.

The caller hands the program contiguous NCHW float32 images, whatever layout it runs in.
"""

import warnings

import torch
from torch import Tensor, nn
from torch.jit._trace import TracerWarning
from torch.utils.mobile_optimizer import optimize_for_mobile

from harness.export.portable_archive import fresh_type_names, without_debug_records
from harness.export.recipes import Recipe
from harness.export.stated_input import RECORD, statement


def export_pytorch_mobile(network: nn.Module, images: Tensor, recipe: Recipe) -> bytes:
    """Trace, freeze, optimise and serialise; the same network, shape and recipe give the same bytes.

    Args:
        network: a float32 network in eval mode, after the recipe's rewrites; it is left as it was.
        images: N, C, H, W, float32: the shape that is traced, and that the file states for its input.
        recipe: says which passes of `optimize_for_mobile` are left out.
    """
    with fresh_type_names(), warnings.catch_warnings():
        # torch announces the end of TorchScript at every step; PyTorch Mobile has no other way in.
        warnings.simplefilter("ignore", DeprecationWarning)
        # Only of a network that is no one graph, whose record says so.
        warnings.simplefilter("ignore", TracerWarning)
        script = torch.jit.trace(network, images, check_trace=False)
        if recipe.has("batch_norm"):
            # What no rewrite folded is folded here, before torch's next pass would lose its bias.
            script = torch.jit.freeze(script, optimize_numerics=True)
        left_out = {rewrite.pass_left_out for rewrite in recipe.rewrites if rewrite.pass_left_out}
        blocked = {getattr(torch._C._MobileOptimizerType, name) for name in left_out}
        optimised = optimize_for_mobile(script, optimization_blocklist=blocked)
        states = {RECORD: statement(tuple(images.shape))}
        return without_debug_records(optimised._save_to_buffer_for_lite_interpreter(_extra_files=states))
