"""The questions that `preflight` asks, each with the sentence that answers it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from harness.errors import UnreadableModel
from harness.export.bytecode import Bytecode
from harness.export.phone_limits import BYTECODE_VERSIONS, NEWEST_FILE_FORMAT, RUNTIME, missing_operators
from harness.export.proof import TOLERANCE, relative_error, tolerance
from harness.export.stated_input import written
from harness.export.trial import BiasCount, Outcome, Trial

Answer = Literal["passed", "skipped", "warning", "suspect", "wrong", "failed"]


@dataclass(frozen=True, slots=True)
class Check:
    """One question about a file and its answer."""

    name: str
    """`file`, `versions`, `operators`, `host`, `biases`, `reference` or `phone`."""
    answer: Answer
    message: str
    """What was found, in a sentence without its full stop, and what to do where something is wrong."""


def check_versions(found: Bytecode) -> Check:
    """Against what the runtime reads."""
    oldest, newest = BYTECODE_VERSIONS[0], BYTECODE_VERSIONS[-1]
    if found.version not in BYTECODE_VERSIONS:
        age = "newer" if found.version > newest else "older"
        return Check(
            "versions",
            "failed",
            f"bytecode version {found.version} is {age} than {RUNTIME} reads ({oldest} to {newest}):"
            " export it again with the torch that elbench uses",
        )
    if found.file_format > NEWEST_FILE_FORMAT:
        return Check(
            "versions",
            "failed",
            f"file format {found.file_format} is newer than {RUNTIME} reads (up to {NEWEST_FILE_FORMAT}):"
            " export it again with the torch that elbench uses",
        )
    return Check("versions", "passed", f"bytecode {found.version}, file format {found.file_format}")


def check_operators(found: Bytecode) -> Check:
    """Against what the runtime has; all that are missing are named."""
    missing = missing_operators(found.operators)
    if missing:
        return Check(
            "operators",
            "failed",
            f"{RUNTIME} lacks {', '.join(missing)}: change the model so that it does without",
        )
    return Check("operators", "passed", f"all {len(found.operators)} are in {RUNTIME}")


def check_host(trial: Trial, shape: tuple[int, ...]) -> Check:
    """The same interpreter, in this machine's newer torch."""
    output = trial.lite.output
    if output is None:
        return Check(
            "host",
            "failed",
            f"does not compute one output from one float32 input of shape {written(shape)}"
            f" ({trial.lite.failure}): if its input has another shape, give it with --input-shape",
        )
    if not (output.size and np.isfinite(output).all()):
        return Check("host", "wrong", "its output is empty or not finite: check the weights")
    if trial.script.output is not None and not _agree(output, trial.script.output):
        return Check(
            "host",
            "wrong",
            f"two runs on this machine differ by {_error(output, trial.script.output)}:"
            " export it in eval mode, without randomness, and give its right --input-shape",
        )
    return Check("host", "passed", f"computes {written(output.shape)} from {written(shape)} on this machine")


def check_biases(trial: Trial) -> Iterator[Check]:
    """Whether convolutions look as if they had lost their biases, which only a proof can settle."""
    found = trial.biases
    if found is None:
        yield Check(
            "biases",
            "skipped",
            "the file carries no source that can be read, so its convolutions cannot be looked at",
        )
    elif not found.suspicious:
        yield Check("biases", "passed", _sound(found))
    elif trial.reference is not None:
        yield Check("biases", "warning", f"{_lost(found)}, which looks like lost ones; the reference decides")
    else:
        yield Check("biases", "suspect", _SUSPECT.format(_lost(found), _EXPORT_AGAIN))


_SUSPECT = (
    "{}: most likely they have lost the bias that BatchNorm folds into them, as happens in trace and"
    " optimize_for_mobile, and the file computes something else than its model: {}. If the network has no"
    " such biases by design, prove it with --reference"
)
_EXPORT_AGAIN = "export again with torch.jit.freeze before optimize_for_mobile, or with `elbench export`"


def _lost(found: BiasCount) -> str:
    return f"{found.suspicious} of {found.convolutions} convolutions have neither bias nor normalisation"


def _sound(found: BiasCount) -> str:
    if not found.convolutions:
        return "no convolution could have lost its bias"
    return f"none of {found.convolutions} convolutions looks as if it had lost its bias"


def check_reference(trial: Trial) -> Iterator[Check]:
    """Against TorchScript of the same model, where the caller gave it and both compute."""
    output = trial.lite.output
    expected = trial.reference.output if trial.reference else None
    if output is None or expected is None:
        return
    if _agree(output, expected):
        yield Check("reference", "passed", _equal(output, expected, "the reference"))
        return
    has_lost = trial.biases is not None and trial.biases.suspicious > 0
    remedy = _EXPORT_AGAIN if has_lost else "export it again, and give TorchScript of this very model"
    yield Check("reference", "wrong", f"differs from the reference by {_error(output, expected)}: {remedy}")


def check_phone(ran: Outcome, trial: Trial, bytecode: Bytecode, abi: str) -> Check:
    """The phone's runtime itself, in its libraries for an ABI."""
    if ran.output is None:
        return Check("phone", "failed", f"{RUNTIME}: {ran.failure}")
    if trial.lite.output is None:
        return Check("phone", "passed", f"{RUNTIME} computes {written(ran.output.shape)}")
    is_int8 = any(operator.startswith("quantized::") for operator in bytecode.operators)
    if _agree(ran.output, trial.lite.output, tolerance("int8" if is_int8 else "float32")):
        equal = _equal(ran.output, trial.lite.output, "this machine's torch")
        return Check("phone", "passed", f"{RUNTIME} loads it and computes an output {equal}")
    difference = f"differs from this machine's torch by {_error(ran.output, trial.lite.output)}"
    if abi == _FAULTY_ABI and any(operator.startswith(_UNPACKED) for operator in bytecode.operators):
        return Check("phone", "warning", _X86_ONLY.format(difference))
    return Check(
        "phone", "wrong", f"{RUNTIME}: {difference} in its {abi} libraries: report this with the file"
    )


_FAULTY_ABI = "x86_64"
_UNPACKED = ("aten::_convolution", "aten::conv2d", "aten::convolution")
_X86_ONLY = (
    "{} in Android's x86_64 libraries, which emulators run. They have a known fault in 1x1 convolutions on"
    " up to three pixels that optimize_for_mobile has not packed; the arm64 libraries of phones do not have"
    " it, so this says nothing against the file on a phone. To be sure, check again with --engine arm64, or"
    " export it with optimize_for_mobile"
)


def _equal(output: NDArray[np.float64], expected: NDArray[np.float64], whose: str) -> str:
    return f"equal to {whose} within {relative_error(output, expected):.1e} of the largest output"


def _agree(output: NDArray[np.float64], expected: NDArray[np.float64], allowed: float = TOLERANCE) -> bool:
    return relative_error(output, expected) <= allowed


def _error(output: NDArray[np.float64], expected: NDArray[np.float64]) -> str:
    if output.shape != expected.shape:
        return f"its shape ({written(output.shape)} against {written(expected.shape)})"
    error = relative_error(output, expected)
    return f"{error:.3g} of the largest output, {TOLERANCE:g} is allowed"


def failed(name: str, error: UnreadableModel) -> Check:
    """An error of loading as the answer that it is here."""
    return Check(name, "failed", f"{error.cause}: {error.remedy}")
