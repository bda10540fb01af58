"""Whether a model file loads and computes correctly in the phone's runtime, as far as this machine can tell.

Every question is one `Check`; the verdict is the gravest of their answers. A file that cannot even be read
is an error and no answer.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from android_runner.arm64.runtime import arm64_runtime
from android_runner.host.runtime import HostRuntime, shipped_runtime
from harness.errors import SetupIncomplete, UnreadableModel
from harness.export.artifact import sha256_of
from harness.export.bytecode import Bytecode, read_bytecode
from harness.export.checks import (
    Answer,
    Check,
    check_biases,
    check_host,
    check_operators,
    check_phone,
    check_reference,
    check_versions,
    failed,
)
from harness.export.fixed_input import fixed_input
from harness.export.model_file import holds_bytecode, read_bytes, require_model
from harness.export.phone_limits import RUNTIME
from harness.export.phone_run import run_in_phone_runtime
from harness.export.stated_input import require_agreement, stated_shape
from harness.export.trial import Trial, try_out
from harness.models.catalogue import IMAGENET_SHAPE

Verdict = Literal["fine", "suspect", "wrong", "fails"]
Engine = Literal["android", "arm64"]
"""`android`: Android's libraries for this machine, if it can run them; `arm64`: those of phones, emulated."""

LONGEST_EMULATED_S = 3600.0
"""An emulated forward takes some hundred times as long."""

_GRAVEST_FIRST: tuple[tuple[Answer, Verdict], ...] = (
    ("failed", "fails"),
    ("wrong", "wrong"),
    ("suspect", "suspect"),
)
_SEED = 0


@dataclass(frozen=True, slots=True)
class Preflight:
    """All that was found out about one file."""

    file: str
    sha256: str
    runtime: str
    """That it was checked for."""
    ran_in: str | None
    """Where it really ran in that runtime; None: it did not, and `phone` says why."""
    abi: str | None
    """Of the libraries there."""
    input_shape: tuple[int, ...] | None
    """None: the checks ended before an input was needed."""
    checks: tuple[Check, ...]

    @property
    def certain(self) -> bool:
        """Whether the phone's runtime itself computed what it should, and a reference says what that is."""
        passed = {check.name for check in self.checks if check.answer == "passed"}
        return {"phone", "reference"} <= passed

    @property
    def verdict(self) -> Verdict:
        """The gravest answer.

        `fails`: does not load or run; `wrong`: runs and computes wrongly; `suspect`: most likely wrong, and
        only a reference can tell; else `fine`.
        """
        answers = {check.answer for check in self.checks}
        return next((verdict for answer, verdict in _GRAVEST_FIRST if answer in answers), "fine")


def preflight(
    path: Path,
    *,
    reference: Path | None = None,
    input_shape: tuple[int, ...] | None = None,
    engine: Engine = "android",
    environment: Mapping[str, str] = os.environ,
) -> Preflight:
    """Check one file.

    Args:
        path: the file, whatever it is.
        reference: TorchScript of the same model, in eval mode.
        input_shape: N, C, H, W, where the file does not state it; default 1x3x224x224.
        engine: the libraries that the phone's runtime is run in.
        environment: where the tools and the cache are looked for.

    Raises:
        UnreadableModel: a file is not there or cannot be read.
        UsageError: the file states another input.
        SetupIncomplete: `arm64` is wanted, and something lacks.
    """
    emulated = arm64_runtime(environment) if engine == "arm64" else None
    program = read_bytes(path)
    try:
        bytecode, stated = _read(path, program)
    except UnreadableModel as error:
        return Preflight(str(path), sha256_of(program), RUNTIME, None, None, None, (failed("file", error),))
    shape = require_agreement(stated, input_shape, where=str(path)) or IMAGENET_SHAPE
    checks = [_PASSED_FILE, check_versions(bytecode), check_operators(bytecode)]
    ran_in = abi = None
    if all(check.answer == "passed" for check in checks):
        runtime, tried = _try(path, program, shape, bytecode, reference, emulated, environment)
        ran_in, abi = (runtime.description, runtime.abi) if runtime else (None, None)
        checks += tried
    return Preflight(str(path), sha256_of(program), RUNTIME, ran_in, abi, shape, tuple(checks))


_PASSED_FILE = Check("file", "passed", "a whole archive with the bytecode that phones run")


def _read(path: Path, program: bytes) -> tuple[Bytecode, tuple[int, ...] | None]:
    require_model(path, program)
    return read_bytecode(program, where=str(path)), stated_shape(program, where=str(path))


def _try(
    path: Path,
    program: bytes,
    shape: tuple[int, ...],
    bytecode: Bytecode,
    reference: Path | None,
    emulated: HostRuntime | None,
    environment: Mapping[str, str],
) -> tuple[HostRuntime | None, list[Check]]:
    """Run it: here first, since a program that fails here needs no phone's runtime."""
    proof = _proof(reference) if reference else b""
    try:
        trial = try_out(program, shape, seed=_SEED, reference=proof, where=str(path))
    except UnreadableModel as error:
        return None, [failed("host", error)]
    _require_reference(trial, reference)
    checks = [check_host(trial, shape), *check_biases(trial), *check_reference(trial)]
    if trial.lite.output is None:
        return None, checks
    try:
        runtime = emulated or shipped_runtime(environment)
        limit = {"longest_s": LONGEST_EMULATED_S} if emulated else {}
        ran = run_in_phone_runtime(program, fixed_input(shape, _SEED), runtime, **limit)
    except SetupIncomplete as error:
        if emulated:
            raise
        return None, [*checks, Check("phone", "skipped", _SKIPPED.format(str(error).rstrip(".")))]
    return runtime, [*checks, check_phone(ran, trial, bytecode, runtime.abi)]


_SKIPPED = "not run in Android's libraries, versions and operators were compared with lists instead ({})"


def _proof(reference: Path) -> bytes:
    """What a reference holds; a `.ptl` may have lost the very thing that it is to prove."""
    program = read_bytes(reference)
    if holds_bytecode(program):
        raise UnreadableModel(
            "is a .ptl itself and proves nothing",
            remedy="give TorchScript of the same model, saved with torch.jit.save before optimize_for_mobile",
            where=str(reference),
        )
    return program


def _require_reference(trial: Trial, reference: Path | None) -> None:
    if trial.reference is not None and trial.reference.output is None:
        raise UnreadableModel(
            f"the reference does not compute one output from this input ({trial.reference.failure})",
            remedy="give TorchScript of the same model, saved in eval mode",
            where=str(reference),
        )
