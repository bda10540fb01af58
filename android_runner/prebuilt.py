"""The runner as it is shipped: an APK per ABI and what runs it on a desktop, each known by its hash."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from harness.errors import SetupIncomplete

PREBUILT = Path(__file__).parent / "prebuilt"
MANIFEST = "manifest.json"

_STRICT = ConfigDict(extra="forbid", strict=True)


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class PrebuiltFile:
    """One shipped file."""

    name: str
    """File name beside the manifest."""
    sha256: str
    size_bytes: int


@with_config(_STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was built, from what, and with what."""

    schema: Literal[2]
    version: str
    """Of the runner, as `started` events and Android name it."""
    version_code: int
    pytorch_lite: str
    """Version of PyTorch Mobile's lite runtime in the APKs."""
    source_sha256: str
    """Hash over every file that the build reads."""
    tools: Mapping[str, str]
    """Version of each tool that decides a byte."""
    apks: Mapping[str, PrebuiltFile]
    """By ABI."""
    host: PrebuiltFile
    """The jar with the runner's core, engine and PyTorch's Java classes, for a desktop's JVM."""
    arm64: Mapping[str, PrebuiltFile]
    """What runs the arm64 APK's libraries on a desktop: `shim` stands for Android's C library, `counter` runs
    a model, and `plugin-x86_64` and `plugin-aarch64` count in an emulator on such a machine."""

    @property
    def files(self) -> tuple[PrebuiltFile, ...]:
        """Every shipped file."""
        return (*self.apks.values(), self.host, *self.arm64.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Prebuilt:
    """A folder of shipped files with its manifest."""

    folder: Path
    manifest: Manifest

    def apk_for(self, abis: Sequence[str]) -> PrebuiltFile | None:
        """The APK for the first of a phone's ABIs (preferred first) that has one."""
        return next((self.manifest.apks[abi] for abi in abis if abi in self.manifest.apks), None)

    def path(self, file: PrebuiltFile) -> Path:
        """Where a shipped file lies."""
        return self.folder / file.name

    def intact(self, file: PrebuiltFile) -> Path:
        """Where a shipped file lies, once its hash is the one that the manifest states.

        Raises:
            SetupIncomplete: it is missing or damaged.
        """
        path = self.path(file)
        try:
            with path.open("rb") as opened:
                sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            raise _unusable(path, f"cannot be read ({error.strerror})") from error
        if sha256 != file.sha256:
            raise _unusable(path, "it is not the file that elbench was shipped with (its SHA-256 differs)")
        return path


_MANIFEST = TypeAdapter(Manifest)


def read_prebuilt(folder: Path = PREBUILT) -> Prebuilt:
    """Read the manifest; the files themselves are not looked at.

    Raises:
        SetupIncomplete: there is no manifest, or one of another version of elbench.
    """
    file = folder / MANIFEST
    try:
        manifest = _MANIFEST.validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise _unusable(
            file, f"the list of prebuilt runners cannot be read ({error.__class__.__name__})"
        ) from error
    return Prebuilt(folder=folder, manifest=manifest)


def _unusable(file: Path, cause: str) -> SetupIncomplete:
    return SetupIncomplete(
        cause, remedy="install elbench again, or run `make prebuilt` in its sources", where=str(file)
    )
