"""How large a step training takes, and how long its average of the weights reaches back."""

import math

WARM_UP_SHARE = 0.1
"""Of all steps, in which the rate rises; large first steps throw off freshly initialised BatchNorms."""
AVERAGED_SHARE = 0.05
"""Of all steps, over which the average of the weights forgets, so that it suits short and long trainings."""


def learning_rate(step: int, steps: int, peak: float) -> float:
    """Rate of a step from 0: up in a straight line, then down along half a cosine, never 0 on the way.

    Source: Loshchilov and Hutter, SGDR, arXiv 1608.03983, without restarts; the linear warm-up is that of
    Goyal et al., arXiv 1706.02677.
    """
    rising = max(1, round(WARM_UP_SHARE * steps))
    if step < rising:
        return peak * (step + 1) / rising
    falling = max(1, steps - rising)
    return peak * 0.5 * (1 + math.cos(math.pi * (step - rising) / falling))


def averaging_decay(step: int, steps: int) -> float:
    """How much of the average is kept at a step from 0: little at first, when the weights are still random.

    The rise (1 + t) / (10 + t) is that of TensorFlow's ExponentialMovingAverage.
    """
    final = max(0.0, 1 - 1 / max(1.0, AVERAGED_SHARE * steps))
    return min(final, (1 + step) / (10 + step))
