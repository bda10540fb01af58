"""Fold every BatchNorm into the convolution before it, bias included.

`optimize_for_mobile` folds by itself, but since torch 1.11 it silently loses the bias that the folding makes
in a convolution that had none (pytorch issues #76431, #76807, #97047, #116515). Freezing folds first, and
rightly, and leaves that pass nothing to do.
"""

import torch


def fold_batch_norm(script: torch.jit.ScriptModule) -> torch.jit.ScriptModule:
    """A frozen graph without BatchNorm, its weights constants."""
    frozen: torch.jit.ScriptModule = torch.jit.freeze(script, optimize_numerics=True)
    return frozen
