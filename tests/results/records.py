"""A small run for tests of what stores and reads runs."""

from harness.results.records import (
    Artifact,
    Count,
    LaunchRecord,
    LaunchRequest,
    MemorySample,
    OperatorCount,
    OutputProof,
    PhoneFacts,
    Run,
    RunnerInfo,
    TensorSpec,
)

PHONE = PhoneFacts(
    phone_id="0123456789ab",
    manufacturer="Acme",
    model="Phone",
    soc=None,
    clusters=None,
    cores=8,
    offline_cpus=(),
    ram_kib=4_000_000,
    android_release="14",
    api_level=34,
    vendor_version=None,
    abis=("arm64-v8a",),
    page_size_bytes=4096,
    security_patch="2026-01-01",
    build_type="user",
    transport="usb",
    is_virtual=False,
    engine=None,
    sources={"model": "getprop ro.product.model"},
    missing={
        "vendor_version": "plain Android",
        "soc": "no property names it",
        "clusters": "denied",
        "engine": "a real phone",
    },
)

ARTIFACT = Artifact(
    sha256="ab" * 32,
    file_name="net.ptl",
    file_bytes=1000,
    runtime="pytorch_mobile",
    model="net",
    source="catalogue",
    parameters=10,
    macs=100,
    inputs=(TensorSpec(shape=(1, 3, 8, 8)),),
    input_sha256="cd" * 32,
    precision="float32",
    recipe="fast",
    operators=("aten::relu",),
    exporter="torch 2.12.1",
    weights="calibrated-random:0",
    reference="eager PyTorch, float64",
    reference_sha256="ef" * 32,
    export_error=1e-7,
)


def count(core: str) -> Count:
    """The instructions of the artifact on a core."""
    return Count(
        artifact_sha256=ARTIFACT.sha256,
        model=ARTIFACT.model,
        recipe=ARTIFACT.recipe,
        core=core,
        instructions=1000,
        first_instructions=1100,
        load_instructions=5000,
        parts={"xnnpack": 940, "layout_copies": 60},
        bytes_loaded=4000,
        bytes_stored=800,
        operators=(
            OperatorCount(
                operator="aten::relu", layer="", inputs=((1, 3, 8, 8),), instructions=900, layout_copies=60
            ),
        ),
        output_error=2e-7,
        runtime="pytorch_mobile 1.12.2, glibc 2.36",
        emulator="qemu 7.2.22",
    )


def request(index: int) -> LaunchRequest:
    return LaunchRequest(
        index=index,
        block=index,
        launch_id=f"run-{index}",
        phone_id=PHONE.phone_id,
        artifact_sha256=ARTIFACT.sha256,
        model="net",
        threads=1,
    )


def run(launches: int = 3) -> Run:
    return Run(
        run_id="01m890efjmkenjwybtamfnvj12",
        created_at="2026-01-01T00:00:00+00:00",
        plan={"launches": launches, "warmup": {"rule": "ema"}},
        tools={"elbench": "0"},
        host="Linux",
        git_commit=None,
        phones=(PHONE,),
        artifacts=(ARTIFACT,),
        schedule=tuple(request(index) for index in range(launches)),
        missing={"git_commit": "not a repository"},
    )


def launch(index: int) -> LaunchRecord:
    nothing = dict.fromkeys(("pss_kib", "native_heap_kib", "java_heap_kib"), "not asked for")
    return LaunchRecord(
        request=request(index),
        started_at="2026-01-01T00:00:00.000+00:00",
        wall_ns=10**9,
        outcome="ok",
        evidence="",
        runner=RunnerInfo(
            pid=100 + index,
            version="1",
            runtime="pytorch_mobile 1.12.2",
            abi="arm64-v8a",
            cpuset="/top-app",
            affinity=(0, 1),
            threads=1,
        ),
        load_ns=5,
        first_ns=6,
        warmup_ns=(9, 8),
        warmup_converged=True,
        start_ns=(1, 2, 3),
        duration_ns=(4, 5, 6),
        memory=(
            MemorySample(
                t_ns=1,
                phase="start",
                rss_kib=1,
                swap_kib=0,
                hwm_kib=1,
                pss_kib=None,
                native_heap_kib=None,
                java_heap_kib=None,
                missing=nothing,
            ),
        ),
        output=OutputProof(sha256="00", shape=(1, 3), argmax=1, relative_error=1e-7),
        before=None,
        after=None,
        attempt=1,
        recovered=False,
        readiness=None,
        telemetry=None,
        findings=(),
        missing={"before": "denied", "after": "denied", "readiness": "no gate", "telemetry": "not asked for"},
    )
