"""What phones and models are called in reports, so that each name means one thing on a page."""

from collections import Counter
from collections.abc import Mapping, Sequence

from harness.results.records import Artifact, PhoneFacts


def phone_name(phone: PhoneFacts) -> str:
    """Manufacturer and model, or the start of the phone's id where it tells neither."""
    manufacturer, model = phone.manufacturer or "", phone.model or ""
    if model.lower().startswith(manufacturer.lower()):
        manufacturer = ""
    return f"{manufacturer} {model}".strip() or f"Phone {phone.phone_id[:8]}"


def phone_names(phones: Sequence[PhoneFacts]) -> Mapping[str, str]:
    """Names by phone id; phones of the same name are told apart by the start of their ids."""
    uses = Counter(phone_name(phone) for phone in phones)
    return {
        phone.phone_id: name if uses[name] == 1 else f"{name} {phone.phone_id[:8]}"
        for phone in phones
        for name in [phone_name(phone)]
    }


def phone_kind(phone: PhoneFacts) -> str:
    """`virtual` with the engine, or nothing for a real phone."""
    if not phone.is_virtual:
        return ""
    return f"virtual, engine {phone.engine}" if phone.engine else "virtual"


def different_words(fields: Sequence[str]) -> str:
    """In what models' setups differ, for people: `input and recipe`; empty where in nothing."""
    words = ["input" if name == "inputs" else name for name in fields]
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def artifact_labels(artifacts: Sequence[Artifact]) -> Mapping[str, str]:
    """Names by sha256; models of the same name are told apart by their recipe and hash."""
    uses = Counter(artifact.model for artifact in artifacts)
    return {
        artifact.sha256: artifact.model
        if uses[artifact.model] == 1
        else f"{artifact.model} ({artifact.recipe}, {artifact.sha256[:6]})"
        for artifact in artifacts
    }
