"""Variations of training images: turned, scaled, moved and perhaps mirrored, a whole batch at once."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """How far an image may be changed; every change is drawn evenly from its range, for each image anew."""

    turn_degrees: float
    """At most so far to either side."""
    scale: float
    """At most so much larger or smaller, as a share."""
    shift: float
    """At most so far in each direction, as a share of the side, in whole pixels."""
    is_mirrored: bool
    """Half of the images are mirrored left to right."""

    def __call__(self, images: Tensor) -> Tensor:
        """Varied images of the same shape (N, C, H, W), drawn with torch's own generator.

        What moves in from outside mirrors the inside.
        """
        grid = functional.affine_grid(self._transforms(images.shape), list(images.shape), False)
        return functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)

    def _transforms(self, shape: torch.Size) -> Tensor:
        """One 2 × 3 matrix an image, in coordinates from -1 to 1."""
        count, _, height, width = shape
        drawn = 2 * torch.rand((5, count)) - 1
        angle = math.radians(self.turn_degrees) * drawn[0]
        scale = 1 + self.scale * drawn[1]
        mirror = torch.where(drawn[2] < 0, -1.0, 1.0) if self.is_mirrored else torch.ones(count)
        across, down = (self._moved(drawn[3 + axis], side) for axis, side in enumerate((width, height)))
        cosine, sine = scale * torch.cos(angle), scale * torch.sin(angle)
        rows = (mirror * cosine, -sine, across, mirror * sine, cosine, down)
        return torch.stack(rows, dim=1).reshape(count, 2, 3)

    def _moved(self, drawn: Tensor, side: int) -> Tensor:
        """Whole pixels, so that a move alone blurs nothing; a pixel is 2 / side wide."""
        return torch.round(self.shift * side * drawn) * 2 / side


DIGITS = Augmentation(turn_degrees=10, scale=0.1, shift=1 / 16, is_mirrored=False)
"""Two pixels of 32: written by other hands, and never mirrored."""
PHOTOGRAPHS = Augmentation(turn_degrees=0, scale=0, shift=1 / 8, is_mirrored=True)
"""Four pixels of 32 and mirroring, as He et al. train on CIFAR: arXiv 1512.03385, section 4.2."""
