"""Synthetic runs in memory: seeded, realistic, and with what goes wrong on real phones."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from harness.results.records import (
    Artifact,
    Cluster,
    ClusterClock,
    Conditions,
    Count,
    Finding,
    LaunchRecord,
    LaunchRequest,
    MemorySample,
    OperatorCount,
    OutputProof,
    PhoneFacts,
    Readiness,
    ReadinessCheck,
    Run,
    RunnerInfo,
    Telemetry,
    TelemetrySeries,
    TensorSpec,
)

SERIAL = "R58M1234XYZ"
HOSTILE = ("<script>alert(1)</script>", "\"x' & y")
MODELS = ("elnet_1.0", "mobilenet_v3_small", "shufflenet_v2_x0_5", *HOSTILE)
LATENCIES_MS = (6.0, 6.6, 7.9, 16.4, 35.2)
MACS = (32_417_664, 56_500_000, 40_500_000, None, 300_800_000)

NOT_CONVERGED = Finding(
    code="not_converged",
    severity="warning",
    message="Warm-up did not settle within 8 s; let the phone cool down and run again.",
)
NO_THERMAL = Finding(
    code="thermal_unreadable",
    severity="note",
    message="This phone hides its thermal status; watch the battery temperature instead.",
)
WRONG_OUTPUT = Finding(
    code="wrong_output",
    severity="invalid",
    message="The output differs from the reference by 0.3; export the model again.",
)


def make_phone(number: int = 1, *, is_virtual: bool = False, engine: str = "lite") -> PhoneFacts:
    """A phone that lacks a fact.

    Args:
        engine: of a virtual one.
    """
    return PhoneFacts(
        phone_id=f"{number:02d}a1b2c3d4e5",
        manufacturer="elbench" if is_virtual else "Google",
        model=f"Virtual Phone {number}" if is_virtual else f"Pixel {number + 6}",
        soc=None,
        clusters=(
            Cluster(cpus=(0, 1, 2, 3), min_khz=300_000, max_khz=1_803_000, core="Cortex-A55"),
            Cluster(cpus=(4, 5), min_khz=500_000, max_khz=2_850_000, core="Cortex-A76"),
        ),
        cores=6,
        offline_cpus=(),
        ram_kib=7_812_344,
        android_release="14",
        api_level=34,
        vendor_version=None,
        abis=("x86_64",) if is_virtual else ("arm64-v8a", "armeabi-v7a"),
        page_size_bytes=4096,
        security_patch="2026-10-05",
        build_type="user",
        transport="tcp" if is_virtual else "usb",
        is_virtual=is_virtual,
        engine=engine if is_virtual else None,
        sources={"model": "getprop ro.product.model"},
        missing={
            "vendor_version": "no property of this phone names one",
            "soc": "ro.soc.model is empty on this phone",
            **({} if is_virtual else {"engine": "a real phone runs the models itself"}),
        },
    )


def make_artifact(place: int, model: str) -> Artifact:
    """A model file; the first is a reconstruction, the fourth has no MACs."""
    macs = MACS[place % len(MACS)]
    return Artifact(
        sha256=f"{place:02x}" * 32,
        file_name=f"model_{place}.ptl",
        file_bytes=2_811_904 + 700_000 * place,
        runtime="pytorch_mobile",
        model=model,
        source="catalogue",
        parameters=698_440 + 500_000 * place,
        macs=macs,
        inputs=(TensorSpec(shape=(1, 3, 224, 224)),),
        input_sha256="ab" * 32,
        precision="float32",
        recipe="fast",
        operators=("aten::add.out", "prepacked::conv2d_clamp_run"),
        exporter="torch 2.12.1",
        weights="calibrated-random:0",
        reference="eager PyTorch, float64",
        reference_sha256="cd" * 32,
        export_error=3.1e-7,
        note="a reconstruction from the paper's abstract; its widths are ours" if place == 0 else "",
        missing={} if macs else {"macs": "unknown for a file that the caller brought"},
    )


def make_count(artifact: Artifact, core: str) -> Count:
    """Counts of a model file: the more parameters, the more; a little core takes more of everything."""
    millions = (artifact.parameters or 0) // 30_000 + (7 if core == "a55" else 0)
    shares = {
        "xnnpack": 0.8312,
        "layout_copies": 0.0617,
        "other_aten": 0.051,
        "allocator": 0.0123,
        "libm": 0.0001,
        "interpreter": 0.0401,
    }
    instructions = millions * 1_000_000 + 812_345
    parts = {part: int(instructions * share) for part, share in shares.items()}
    return Count(
        artifact_sha256=artifact.sha256,
        model=artifact.model,
        recipe=artifact.recipe,
        core=core,
        instructions=instructions,
        first_instructions=instructions + 400_000,
        load_instructions=31_000_000,
        parts={**parts, "other": instructions - sum(parts.values())},
        bytes_loaded=instructions * 5,
        bytes_stored=instructions,
        operators=(
            OperatorCount(
                operator="prepacked::conv2d_clamp_run",
                layer="3×3 conv 3 → 16, stride 2",
                inputs=((1, 3, 224, 224),),
                instructions=instructions // 2,
                layout_copies=0,
            ),
        ),
        output_error=2.3e-7,
        runtime="PyTorch Mobile 1.13.1, Android arm64-v8a libraries, glibc 2.36",
        emulator="qemu 7.2.22",
    )


def counted(run: Run, cores: tuple[str, ...] = ("a55", "a76")) -> Run:
    """The same run with a count of every model on every core."""
    return replace(
        run, counts=tuple(make_count(artifact, core) for artifact in run.artifacts for core in cores)
    )


def make_conditions(step: int) -> Conditions:
    """A phone that drains and warms, and hides its thermal status and one clock."""
    return Conditions(
        battery_percent=max(1, 96 - step // 10),
        battery_millicelsius=30_000 + 60 * step,
        charging=False,
        thermal_status=None,
        clocks=(
            ClusterClock(first_cpu=0, current_khz=1_803_000, cap_khz=1_803_000, max_khz=1_803_000),
            ClusterClock(first_cpu=4, current_khz=None, cap_khz=2_500_000, max_khz=2_850_000),
        ),
        temperatures=None,
        screen_on=True,
        locked=False,
        power_saver=False,
        idle=False,
        airplane_mode=True,
        available_kib=4_100_000 - 900 * step,
        load_average=1.0 + step / 50,
        uptime_s=1000.0 + step,
        epoch_s=1_795_000_000.0 + step,
        missing={
            "temperatures": "dumpsys thermalservice is denied",
            "thermal_status": "dumpsys thermalservice is denied",
        },
    )


def make_run(
    *,
    models: tuple[str, ...] = MODELS,
    phones: tuple[PhoneFacts, ...] | None = None,
    threads: tuple[int, ...] = (1,),
    launches: int = 10,
) -> Run:
    """A run whose blocks hold every model × thread count once."""
    phones = phones or (make_phone(),)
    artifacts = tuple(make_artifact(place, model) for place, model in enumerate(models))
    return Run(
        run_id="01JDK3V5Q8ZT7W2M4N6P8R9S0A",
        created_at="2026-11-25T09:00:00Z",
        plan={"models": models, "devices": (SERIAL,), "launches": launches, "measure": {"min_seconds": 1.0}},
        tools={"elbench": "0.1.0", "python": "3.12.3", "torch": "2.12.1"},
        host="Linux 6.1 x86_64",
        git_commit=None,
        phones=phones,
        artifacts=artifacts,
        schedule=tuple(
            request for phone in phones for request in _schedule(phone, artifacts, threads, launches)
        ),
        missing={"git_commit": "the caller's folder is no git repository"},
    )


def _schedule(
    phone: PhoneFacts, artifacts: tuple[Artifact, ...], threads: tuple[int, ...], launches: int
) -> list[LaunchRequest]:
    cells = [(artifact, count) for artifact in artifacts for count in threads]
    ordered = [
        (block, cell) for block in range(launches) for cell in (cells if block % 2 else reversed(cells))
    ]
    return [
        LaunchRequest(
            index=index,
            block=block,
            launch_id=f"{phone.phone_id}-{index:04d}",
            phone_id=phone.phone_id,
            artifact_sha256=artifact.sha256,
            model=artifact.model,
            threads=count,
        )
        for index, (block, (artifact, count)) in enumerate(ordered)
    ]


def measure(request: LaunchRequest, *, samples: int = 300, seed: int = 0) -> LaunchRecord:
    """A launch with launch-to-launch noise of 3 %, iteration noise of 1.5 % and a few slow iterations."""
    random = np.random.default_rng([seed, request.index, request.threads, int(request.phone_id[:2], 16)])
    typical_ms = LATENCIES_MS[int(request.artifact_sha256[:2], 16) % len(LATENCIES_MS)]
    typical_ns = typical_ms * 1e6 * float(np.exp(random.normal(0, 0.03))) / request.threads**0.7
    durations = typical_ns * np.exp(random.normal(0, 0.015, samples))
    durations[random.random(samples) < 0.01] *= 1.4
    starts = 10**12 + np.concatenate([[0.0], np.cumsum(durations + 40_000)[:-1]])
    size_kib = 42_000 + 6_000 * int(request.artifact_sha256[:2], 16)
    return LaunchRecord(
        request=request,
        started_at="2026-11-25T09:00:01Z",
        wall_ns=3_000_000_000,
        outcome="ok",
        evidence="",
        runner=RunnerInfo(
            pid=4000 + request.index,
            version="0.1.0",
            runtime="pytorch_mobile 2.1.0",
            abi="arm64-v8a",
            cpuset="/foreground",
            affinity=(0, 1, 2, 3, 4, 5),
            threads=request.threads,
        ),
        load_ns=int(48e6 * np.exp(random.normal(0, 0.1))),
        first_ns=int(typical_ns * 2.4),
        warmup_ns=tuple(int(value) for value in typical_ns * np.linspace(1.5, 1.0, 30)),
        warmup_converged=True,
        start_ns=tuple(int(value) for value in starts),
        duration_ns=tuple(int(value) for value in durations),
        memory=_memory(int(starts[-1]), size_kib, random),
        output=OutputProof(sha256="ef" * 32, shape=(1, 1000), argmax=17, relative_error=4.2e-7),
        before=make_conditions(request.index),
        after=make_conditions(request.index + 1),
        attempt=1,
        recovered=False,
        readiness=None,
        telemetry=None,
        findings=(NO_THERMAL,),
        missing={"readiness": "this run had no gate", "telemetry": "telemetry.hertz is 0"},
    )


GATE = Readiness(
    waited_ns=41_000_000_000,
    checks=(
        ReadinessCheck(name="battery_level", state="passed", reason="battery at 96 %, at least 25 % wanted"),
        ReadinessCheck(name="clock_caps", state="waited", reason="cpu4 capped at 1.80 of 2.85 GHz"),
        ReadinessCheck(name="thermal_status", state="skipped", reason="dumpsys thermalservice is denied"),
    ),
)
UNREADY = replace(
    GATE,
    checks=(ReadinessCheck(name="screen", state="timed_out", reason="the screen is locked by a PIN"),),
)


def watched(launch: LaunchRecord, *, cap_khz: int = 2_850_000, readiness: Readiness = GATE) -> LaunchRecord:
    """The same launch with a gate before it and 3 s of telemetry at 4 Hz beside it, one reading lost."""
    count = 12
    clocks = tuple(min(cap_khz, 2_400_000 + 30_000 * place) for place in range(count))
    warmth = tuple(41_000 + 300 * place + 50 * launch.request.index for place in range(count))
    series = (
        TelemetrySeries(name="cpu4", quantity="clock_khz", values=(*clocks[:5], None, *clocks[6:])),
        TelemetrySeries(name="cpu4", quantity="cap_khz", values=(cap_khz,) * count),
        TelemetrySeries(name="cpu-1-3-usr", quantity="temperature_millicelsius", values=warmth),
        TelemetrySeries(name="battery", quantity="battery_percent", values=(83,) * count),
    )
    begin_ns = 500_000_000_000 + launch.request.index * 5_000_000_000
    started_at = datetime(2026, 11, 25, 9, tzinfo=UTC) + timedelta(seconds=5 * launch.request.index)
    return replace(
        launch,
        started_at=started_at.isoformat(),
        readiness=readiness,
        telemetry=Telemetry(
            uptime_ns=tuple(begin_ns + 250_000_000 * place for place in range(count)),
            launch_ns=begin_ns,
            series=series,
        ),
        missing={name: why for name, why in launch.missing.items() if name not in ("readiness", "telemetry")},
    )


def _memory(last_ns: int, size_kib: int, random: np.random.Generator) -> tuple[MemorySample, ...]:
    phases = ("start", "loaded", "first", "warmup", *("steady",) * 8, "end")
    shares = (0.55, 0.8, 0.97, 1.0, *(1.0,) * 8, 0.98)
    times = np.linspace(10**12 - 2 * 10**8, last_ns, len(phases))
    sizes = size_kib * np.array(shares) * np.exp(random.normal(0, 0.005, len(phases)))
    return tuple(
        MemorySample(
            t_ns=int(t_ns),
            phase=phase,
            rss_kib=int(size),
            swap_kib=0 if phase == "start" else 128,
            hwm_kib=int(sizes[: place + 1].max()),
            pss_kib=None,
            native_heap_kib=int(size * 0.4),
            java_heap_kib=None,
            missing={"pss_kib": "smaps_rollup is denied", "java_heap_kib": "not a Java process"},
        )
        for place, (t_ns, phase, size) in enumerate(zip(times, phases, sizes, strict=True))
    )


def fail(
    launch: LaunchRecord, evidence: str = "F DEBUG: signal 11 (SIGSEGV) <b>in</b> libpytorch"
) -> LaunchRecord:
    """The same launch, crashed before it measured anything."""
    reason = "the app crashed before it came to this"
    names = ("runner", "load_ns", "first_ns", "warmup_converged", "output", "after")
    return replace(
        launch,
        outcome="crashed",
        evidence=evidence,
        runner=None,
        load_ns=None,
        first_ns=None,
        warmup_ns=(),
        warmup_converged=None,
        start_ns=(),
        duration_ns=(),
        memory=(),
        output=None,
        after=None,
        missing={**launch.missing, **dict.fromkeys(names, reason)},
    )


def measure_all(run: Run, *, samples: int = 300, seed: int = 0) -> tuple[LaunchRecord, ...]:
    """Every planned launch; one crashed and one not converged where there are enough."""
    launches = [measure(request, samples=samples, seed=seed) for request in run.schedule]
    if len(launches) > 10:
        launches[7] = fail(launches[7], f"{SERIAL}: F DEBUG: signal 11 (SIGSEGV) <b>in</b> libpytorch")
        launches[9] = replace(
            launches[9], warmup_converged=False, findings=(*launches[9].findings, NOT_CONVERGED)
        )
    return tuple(launches)
