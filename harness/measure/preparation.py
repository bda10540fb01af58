"""A phone made ready for a run: known, and with every file that the launches need."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from android_runner.contract import input_path, model_path
from harness.export.artifact import ExportedModel
from harness.phone.facts import read_facts
from harness.phone.files import push_all
from harness.phone.transport import Transport
from harness.results.records import PhoneFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyPhone:
    """A phone that launches can start on."""

    transport: Transport
    facts: PhoneFacts
    sent_bytes: int
    """What had to be pushed; 0 when every file was there already."""


def prepare(transport: Transport, models: Sequence[ExportedModel]) -> ReadyPhone:
    """Read the phone's facts and push what is not there yet.

    Raises:
        PhoneError: the phone failed meanwhile.
    """
    facts = read_facts(transport)
    pushed = push_all(transport, _files(models))
    return ReadyPhone(transport=transport, facts=facts, sent_bytes=sum(push.sent_bytes for push in pushed))


def _files(models: Sequence[ExportedModel]) -> list[tuple[Path, str, str]]:
    files = [(m.model_file, m.artifact.sha256, model_path(m.artifact.sha256)) for m in models]
    inputs = {m.artifact.input_sha256: m.input_file for m in models}
    return files + [(file, sha256, input_path(sha256)) for sha256, file in inputs.items()]
