"""How models are to be exported, said once for a whole command; reading it never loads torch."""

from dataclasses import dataclass
from typing import Literal

from android_runner.executorch.packages import packages_digest
from harness.export.recipes import DEFAULT_RECIPE, RECIPES, Recipe
from harness.results.records import Runtime

Precision = Literal["float32", "float16", "int8"]
AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSettings:
    """Everything that decides an export beside the model and its input's shape."""

    recipe: Recipe = RECIPES[DEFAULT_RECIPE]
    """Which rewrites."""
    precision: Precision = "float32"
    """Of weights and activations."""
    calibrate: str = AUTO
    """Data from which int8 takes its ranges; `auto`: those of the weights, else random images."""
    runtime: Runtime = "pytorch_mobile"
    """For which runtime."""
    seed: int = 0
    """Of random weights, of the fixed input and of random images."""

    def facts(self) -> dict[str, object]:
        """What belongs into a cache's key."""
        int8 = {"calibrate": self.calibrate} if self.precision == "int8" else {}
        other_torch = {"packages": packages_digest()} if self.runtime == "executorch" else {}
        return {
            "recipe": self.recipe.name,
            "precision": self.precision,
            "runtime": self.runtime,
            "seed": self.seed,
            **int8,
            **other_torch,
        }
