"""What is known of the noise of the phone in `records`."""

from harness.results.records import MetricNoise, PhoneNoise

NOISE = PhoneNoise(
    phone_id="0123456789ab",
    engine=None,
    model="elnet_1.0",
    artifact_sha256="ab" * 32,
    threads=1,
    mode="burst",
    measured_at="2026-01-01T00:00:00+00:00",
    pairs=12,
    seconds_per_launch=4.2,
    metrics=(
        MetricNoise(metric="steady", pair_log_sd=0.04, floor=0.02),
        MetricNoise(
            metric="peak_memory",
            pair_log_sd=None,
            floor=None,
            missing={"pair_log_sd": "denied", "floor": "denied"},
        ),
    ),
    missing={"engine": "a real phone"},
)
