"""The virtual phone with ExecuTorch's own runtime, real programs and a real adb."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from android_runner.contract import Failure, InputRequest, ModelRequest, Output, Samples, Started
from harness.export.artifact import ExportedModel
from harness.export.proof import relative_error
from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb
from tests.executorch import exported
from tests.virtual.connected import ConnectedPhone, connect
from tests.virtual.grammar import breaks
from tests.virtual.launching import launch, model_request, quick_request


@pytest.fixture(scope="session")
def phone(adb: PrivateAdb) -> Iterator[ConnectedPhone]:
    with VirtualPhones.start(engine="executorch") as phones:
        yield connect(adb, phones.addresses[0])


@pytest.fixture(scope="session", params=["elnet_1.0", "mobilenet_v3_small"])
def each_model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ExportedModel:
    return exported(request.param, tmp_path_factory)


@pytest.fixture(scope="session")
def elnet(tmp_path_factory: pytest.TempPathFactory) -> ExportedModel:
    return exported("elnet_1.0", tmp_path_factory)


def asked(phone: ConnectedPhone, folder: Path, model: ExportedModel, program: bytes = b"") -> ModelRequest:
    pushed = program or model.model_file.read_bytes()
    request = model_request(phone, folder, pushed, model.input_file.read_bytes(), (1, 3, 224, 224))
    return replace(request, runtime="executorch")


def refusal(phone: ConnectedPhone, folder: Path, model: ModelRequest) -> str:
    stream = launch(phone, folder, quick_request("refused", model))
    assert breaks(stream.events) is None
    (failure,) = stream.bodies(Failure)
    assert failure.stage == "load"
    return failure.message


def test_the_phone_computes_what_eager_pytorch_computes(
    phone: ConnectedPhone, tmp_path: Path, each_model: ExportedModel
) -> None:
    stream = launch(phone, tmp_path, quick_request("equal", asked(phone, tmp_path, each_model)))
    assert breaks(stream.events) is None
    (output,) = stream.bodies(Output)
    values = np.frombuffer(base64.b64decode(output.values_f32), "<f4").reshape(output.shape)
    assert relative_error(values, each_model.reference) < 1e-5
    assert len(stream.bodies(Samples)[0].duration_ns) == 5


def test_it_says_that_it_is_executorch_and_which_and_its_threads(
    phone: ConnectedPhone, tmp_path: Path, elnet: ExportedModel
) -> None:
    request = quick_request("threads", asked(phone, tmp_path, elnet), threads=2)
    (started,) = launch(phone, tmp_path, request).bodies(Started)
    assert started.runtime == "executorch (Python runtime with XNNPACK)"
    assert started.runtime_version.startswith("1.5.1")
    assert started.threads == 2


def test_two_programs_measure_in_turn(phone: ConnectedPhone, tmp_path: Path, elnet: ExportedModel) -> None:
    one = asked(phone, tmp_path, elnet)
    request = quick_request("duet", one, replace(one, name="again"), block=2)
    outputs = launch(phone, tmp_path, request).bodies(Output)
    assert outputs[0].sha256 == outputs[1].sha256


def test_a_model_for_pytorch_mobile_is_refused(
    phone: ConnectedPhone, tmp_path: Path, elnet: ExportedModel
) -> None:
    wanted = replace(asked(phone, tmp_path, elnet), runtime="pytorch_mobile")
    assert refusal(phone, tmp_path, wanted) == "tiny is for pytorch_mobile, this phone runs executorch models"


def test_a_program_is_refused_where_only_pytorch_mobile_is(
    lite_phone: ConnectedPhone, tmp_path: Path, elnet: ExportedModel
) -> None:
    message = refusal(lite_phone, tmp_path, asked(lite_phone, tmp_path, elnet))
    assert message == "tiny is for executorch, this phone runs pytorch_mobile models"


def test_the_runner_of_phones_refuses_a_program_in_one_line(
    android_phone: ConnectedPhone, tmp_path: Path, elnet: ExportedModel
) -> None:
    message = refusal(android_phone, tmp_path, asked(android_phone, tmp_path, elnet))
    assert message.startswith("tiny is ")
    assert "\n" not in message


def test_an_input_of_another_shape_is_refused_with_both_shapes(
    phone: ConnectedPhone, tmp_path: Path, elnet: ExportedModel
) -> None:
    wanted = asked(phone, tmp_path, elnet)
    gray = replace(wanted, inputs=(replace(wanted.inputs[0], shape=(1, 1, 224, 224)),))
    assert "takes 1x3x224x224 float32, the request gives 1x1x224x224" in refusal(phone, tmp_path, gray)


def test_channels_last_is_refused_as_the_runtime_would_compute_nonsense(
    phone: ConnectedPhone, tmp_path: Path, elnet: ExportedModel
) -> None:
    wanted = asked(phone, tmp_path, elnet)
    turned = InputRequest(path=wanted.inputs[0].path, shape=(1, 3, 224, 224), memory_format="channels_last")
    assert "ask for contiguous" in refusal(phone, tmp_path, replace(wanted, inputs=(turned,)))


def test_files_that_are_no_program_or_half_of_one_are_refused(
    phone: ConnectedPhone, tmp_path: Path, elnet: ExportedModel
) -> None:
    no_program = asked(phone, tmp_path, elnet, b"PK\3\4 and so on")
    assert "is no ExecuTorch program" in refusal(phone, tmp_path, no_program)
    half = asked(phone, tmp_path, elnet, elnet.model_file.read_bytes()[:100_000])
    assert "is damaged" in refusal(phone, tmp_path, half)
