"""The runner of a virtual phone, with a real model in the lite interpreter and a real adb."""

import array
import base64
import hashlib
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from android_runner import contract
from android_runner.contract import (
    Evaluated,
    EvaluateRequest,
    Failure,
    First,
    ImagesRequest,
    Loaded,
    MeasureRequest,
    Memory,
    MemoryRequest,
    ModelRequest,
    Output,
    Predicted,
    Samples,
    Started,
    Warmup,
    WarmupRequest,
)
from harness.virtual.app import memory
from tests.virtual.conftest import TinyNet
from tests.virtual.connected import ConnectedPhone
from tests.virtual.grammar import breaks
from tests.virtual.launching import (
    launch,
    model_request,
    on_each_runner,
    push_bytes,
    quick_request,
    stating,
)


@pytest.fixture
def tiny(
    lite_phone: ConnectedPhone, tmp_path: Path, tiny_model: Path, tiny_input: torch.Tensor
) -> ModelRequest:
    return model_request(lite_phone, tmp_path, tiny_model.read_bytes(), tiny_input.numpy().tobytes())


@pytest.fixture
def tiny_on_each(
    computing_phone: ConnectedPhone, tmp_path: Path, tiny_model: Path, tiny_input: torch.Tensor
) -> ModelRequest:
    return model_request(computing_phone, tmp_path, tiny_model.read_bytes(), tiny_input.numpy().tobytes())


def test_a_launch_streams_every_phase_in_the_order_of_the_contract(
    lite_phone: ConnectedPhone, tmp_path: Path, tiny: ModelRequest
) -> None:
    stream = launch(lite_phone, tmp_path, quick_request("order", tiny))
    assert breaks(stream.events) is None
    assert stream.text.endswith(contract.result_lines(ok=True, events=len(stream.events)))
    (loaded,) = stream.bodies(Loaded)
    assert loaded.sha256 == tiny.sha256
    assert loaded.load_ns > 0
    assert stream.bodies(First)[0].duration_ns > 0
    assert len(stream.bodies(Warmup)[0].durations_ns) == 3
    (samples,) = stream.bodies(Samples)
    assert len(samples.duration_ns) == 5
    assert all(
        start + duration <= following
        for start, duration, following in zip(
            samples.start_ns, samples.duration_ns, samples.start_ns[1:], strict=False
        )
    )


def test_the_output_equals_what_pytorch_computes(
    lite_phone: ConnectedPhone,
    tmp_path: Path,
    tiny: ModelRequest,
    tiny_net: TinyNet,
    tiny_input: torch.Tensor,
) -> None:
    (output,) = launch(lite_phone, tmp_path, quick_request("output", tiny)).bodies(Output)
    with torch.no_grad():
        expected = tiny_net(tiny_input).numpy()
    raw = base64.b64decode(output.values_f32)
    assert output.shape == (1, 10)
    assert output.sha256 == hashlib.sha256(raw).hexdigest()
    assert output.argmax == expected.argmax()
    np.testing.assert_allclose(np.frombuffer(raw, "<f4").reshape(1, 10), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("outputs", "count"), [("none", 0), ("digest", 1)])
def test_no_more_of_the_output_comes_back_than_was_asked_for(
    lite_phone: ConnectedPhone, tmp_path: Path, tiny: ModelRequest, outputs: str, count: int
) -> None:
    wanted = replace(tiny, outputs=outputs)
    found = launch(lite_phone, tmp_path, quick_request(f"outputs-{outputs}", wanted)).bodies(Output)
    assert len(found) == count
    assert all(output.values_f32 is None for output in found)


class WideNet(torch.nn.Module):
    """A net with an output as large as that of a segmentation of photographs."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """(1, 3, 16, 16) → (1, 3, 960, 1600)."""
        return image.repeat(1, 1, 60, 100)


@on_each_runner
def test_a_large_output_comes_back_whole(
    computing_phone: ConnectedPhone, tmp_path: Path, tiny_input: torch.Tensor
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        wide = torch.jit.script(WideNet())._save_to_buffer_for_lite_interpreter()
    wanted = model_request(computing_phone, tmp_path, wide, tiny_input.numpy().tobytes())
    (output,) = launch(computing_phone, tmp_path, quick_request("wide", wanted)).bodies(Output)
    assert output.shape == (1, 3, 960, 1600)
    assert base64.b64decode(output.values_f32) == WideNet()(tiny_input).numpy().tobytes()


def test_every_launch_is_a_fresh_process(
    lite_phone: ConnectedPhone, tmp_path: Path, tiny: ModelRequest
) -> None:
    request = quick_request("fresh", tiny)
    pids = [launch(lite_phone, tmp_path, request).bodies(Started)[0].pid for _ in range(3)]
    assert len(set(pids)) == 3


def test_the_thread_count_is_read_back(
    lite_phone: ConnectedPhone, tmp_path: Path, tiny: ModelRequest
) -> None:
    stream = launch(lite_phone, tmp_path, quick_request("threads", tiny, threads=2))
    assert stream.bodies(Started)[0].threads == 2
    assert breaks(stream.events) is None


def test_memory_is_traced_during_the_steady_phase_and_fully_at_the_borders(
    lite_phone: ConnectedPhone, tmp_path: Path, tiny: ModelRequest
) -> None:
    measure = MeasureRequest(
        min_iterations=1, min_seconds=0.35, max_iterations=1_000_000, max_seconds=5.0, pause_ms=1
    )
    request = quick_request("memory", tiny, measure=measure, memory=MemoryRequest(period_ms=100))
    samples = launch(lite_phone, tmp_path, request).bodies(Memory)
    *between, border = [sample for sample in samples if sample.phase == "steady"]
    assert 2 <= len(between) <= 3
    assert all(sample.rss_kib > 0 and sample.pss_kib is None for sample in between)
    assert all("not read" in sample.sources["pss_kib"] for sample in between)
    assert border.pss_kib > 0
    assert border.hwm_kib >= border.rss_kib
    assert [sample.at_ns for sample in samples] == sorted(sample.at_ns for sample in samples)


def test_a_memory_value_that_the_system_does_not_have_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "SMAPS_ROLLUP", Path("/proc/self/nothing"))
    sample = memory.ProcMemory().at_border("start")
    assert sample.pss_kib is None
    assert sample.sources["pss_kib"] == "none: this system has no /proc/self/smaps_rollup Pss"
    assert sample.sources["rss_kib"] == "/proc/self/status VmRSS"


def test_more_samples_than_one_event_holds_come_in_several(
    lite_phone: ConnectedPhone, tmp_path: Path, tiny: ModelRequest
) -> None:
    measure = MeasureRequest(min_iterations=1100, min_seconds=0.0, max_iterations=1100, max_seconds=30.0)
    batches = launch(lite_phone, tmp_path, quick_request("batches", tiny, measure=measure)).bodies(Samples)
    assert [len(batch.duration_ns) for batch in batches] == [512, 512, 76]


def test_warm_up_that_does_not_settle_says_so(
    lite_phone: ConnectedPhone, tmp_path: Path, tiny: ModelRequest
) -> None:
    warmup = WarmupRequest(min_iterations=1_000_000, min_seconds=0.0, max_seconds=0.02, rule="ema")
    (event,) = launch(lite_phone, tmp_path, quick_request("restless", tiny, warmup=warmup)).bodies(Warmup)
    assert not event.converged
    assert event.rule == "ema"


def test_two_models_alternate_in_blocks_of_abba(
    computing_phone: ConnectedPhone, tmp_path: Path, tiny_on_each: ModelRequest
) -> None:
    other = replace(tiny_on_each, name="other")
    measure = MeasureRequest(min_iterations=4, min_seconds=0.0, max_iterations=4, max_seconds=5.0)
    request = quick_request("duet", tiny_on_each, other, block=2, measure=measure)
    samples = launch(computing_phone, tmp_path, request).bodies(Samples)
    in_time = sorted((start, batch.model) for batch in samples for start in batch.start_ns)
    assert "".join(model[0] for _, model in in_time) == "ttoooott"


def images_request(phone: ConnectedPhone, folder: Path, images: torch.Tensor) -> ImagesRequest:
    """Push images and announce them."""
    content = images.numpy().tobytes()
    sha256 = hashlib.sha256(content).hexdigest()
    push_bytes(phone, folder, content, contract.input_path(sha256))
    return ImagesRequest(path=contract.input_path(sha256), sha256=sha256, count=len(images))


def test_the_classes_of_all_images_come_back_instead_of_times(
    computing_phone: ConnectedPhone, tmp_path: Path, tiny_on_each: ModelRequest, tiny_net: TinyNet
) -> None:
    images = torch.linspace(-3, 3, 6 * 3 * 16 * 16).reshape(6, 3, 16, 16)
    with torch.no_grad():
        expected = tiny_net(images).argsort(dim=1, descending=True)[:, :5]
    files = tuple(images_request(computing_phone, tmp_path, part) for part in (images[:4], images[4:]))
    request = quick_request("classes", tiny_on_each, evaluate=EvaluateRequest(images=files))
    stream = launch(computing_phone, tmp_path, request)
    assert breaks(stream.events) is None
    assert not stream.bodies(First)
    assert not stream.bodies(Samples)
    (predicted,) = stream.bodies(Predicted)
    assert (predicted.first, predicted.best, predicted.not_finite) == (0, 5, ())
    assert predicted.classes == tuple(expected.flatten().tolist())
    (evaluated,) = stream.bodies(Evaluated)
    assert evaluated.count == 6
    said = array.array("i", expected.flatten().tolist()).tobytes()
    assert evaluated.sha256 == hashlib.sha256(said).hexdigest()


def test_an_image_whose_output_is_no_number_is_named(
    lite_phone: ConnectedPhone, tmp_path: Path, tiny: ModelRequest
) -> None:
    images = torch.zeros(3, 3, 16, 16)
    images[1] = float("nan")
    files = (images_request(lite_phone, tmp_path, images),)
    request = quick_request("nan", tiny, evaluate=EvaluateRequest(images=files))
    (predicted,) = launch(lite_phone, tmp_path, request).bodies(Predicted)
    assert predicted.not_finite == (1,)


@on_each_runner
def test_images_that_arrived_damaged_are_refused_before_they_are_seen(
    computing_phone: ConnectedPhone, tmp_path: Path, tiny_on_each: ModelRequest
) -> None:
    file = images_request(computing_phone, tmp_path, torch.zeros(2, 3, 16, 16))
    push_bytes(computing_phone, tmp_path, bytes(6143) + b"\1", file.path)
    request = quick_request("damaged", tiny_on_each, evaluate=EvaluateRequest(images=(file,)))
    stream = launch(computing_phone, tmp_path, request)
    (failure,) = stream.bodies(Failure)
    assert failure.stage == "evaluate"
    assert "the file arrived damaged, push it again" in failure.message
    assert not stream.bodies(Predicted)


@on_each_runner
def test_more_images_than_the_file_has_are_refused(
    computing_phone: ConnectedPhone, tmp_path: Path, tiny_on_each: ModelRequest
) -> None:
    file = replace(images_request(computing_phone, tmp_path, torch.zeros(2, 3, 16, 16)), count=3)
    request = quick_request("few", tiny_on_each, evaluate=EvaluateRequest(images=(file,)))
    (failure,) = launch(computing_phone, tmp_path, request).bodies(Failure)
    assert failure.message.endswith("has 6144 bytes, 3 inputs of 3072 bytes were announced")


def test_a_file_that_is_no_lite_model_is_refused_with_a_remedy(
    lite_phone: ConnectedPhone, tmp_path: Path, tiny_input: torch.Tensor, traced: torch.jit.ScriptModule
) -> None:
    full = tmp_path / "full.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        traced.save(str(full))
    for name, content in (("full", full.read_bytes()), ("noise", b"no model" * 999)):
        wanted = model_request(lite_phone, tmp_path, content, tiny_input.numpy().tobytes())
        stream = launch(lite_phone, tmp_path, quick_request(name, wanted))
        (failure,) = stream.bodies(Failure)
        assert failure.stage == "load"
        assert "_save_for_lite_interpreter" in failure.message
        assert breaks(stream.events) is None
        assert stream.text.endswith(contract.result_lines(ok=False, events=len(stream.events)))


def test_a_model_that_states_its_inputs_in_an_unknown_form_is_refused(
    lite_phone: ConnectedPhone, tmp_path: Path, tiny_model: Path
) -> None:
    wanted = model_request(lite_phone, tmp_path, stating("5", tiny_model.read_bytes()), bytes(3072))
    (failure,) = launch(lite_phone, tmp_path, quick_request("statement", wanted)).bodies(Failure)
    assert failure.stage == "load"
    assert "states its inputs in a form that this runner does not know" in failure.message


def test_destroyed_models_give_their_memory_back(
    lite_phone: ConnectedPhone, tmp_path: Path, tiny: ModelRequest
) -> None:
    samples = launch(lite_phone, tmp_path, quick_request("destroyed", tiny)).bodies(Memory)
    assert [sample.phase for sample in samples[-2:]] == ["end", "destroyed"]
    assert samples[-1].native_heap_kib < samples[-2].native_heap_kib
