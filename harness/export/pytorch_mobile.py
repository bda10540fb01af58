"""From an eager module to the bytes of a `.ptl`, by a recipe; whether they compute the same is for `proof`.

The caller hands the program contiguous NCHW float32 images, whatever layout it runs in.
"""

import warnings

import torch
from torch import Tensor, nn
from torch.utils.mobile_optimizer import optimize_for_mobile

from harness.export.portable_archive import fresh_type_names, without_debug_records
from harness.export.recipes import Recipe, resolve
from harness.export.stated_input import RECORD, statement


def export_pytorch_mobile(module: nn.Module, images: Tensor, recipe: Recipe) -> bytes:
    """Trace, optimise and serialise; the same module, shape and recipe give the same bytes.

    Args:
        module: a float32 network in eval mode; it is left as it was.
        images: N, C, H, W, float32: the shape that is traced, and that the file states for its input.
        recipe: what to rewrite on the way.
    """
    for rewrite in resolve(recipe.module_rewrites):
        module = rewrite(module)
    with fresh_type_names(), warnings.catch_warnings():
        # torch announces the end of TorchScript at every step; PyTorch Mobile has no other way in.
        warnings.simplefilter("ignore", DeprecationWarning)
        script = torch.jit.trace(module, images, check_trace=False)
        for rewrite in resolve(recipe.script_rewrites):
            script = rewrite(script)
        left_out = {getattr(torch._C._MobileOptimizerType, name) for name in recipe.passes_left_out}
        optimised = optimize_for_mobile(script, optimization_blocklist=left_out)
        states = {RECORD: statement(tuple(images.shape))}
        return without_debug_records(optimised._save_to_buffer_for_lite_interpreter(_extra_files=states))
