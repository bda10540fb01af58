"""What one build is made of: the places that Maven hands over, and the source files that decide a byte."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

RUNNER = Path(__file__).resolve().parent.parent

ABIS = ("arm64-v8a", "armeabi-v7a", "x86_64")
"""One APK each. 32-bit x86 phones are not made any more."""

_SOURCES = (
    "pom.xml",
    "src/main",
    "src/host-stubs",
    "signing",
    "packaging",
    "counting",
    "host/bionic.c",
    "host/libraries.py",
    "host/shim.py",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Where the ingredients lie."""

    version: str
    """Of elbench and of the runner: MAJOR.MINOR.PATCH."""
    pytorch_lite: str
    classes: Path
    """Maven's output folder: compiled classes, filtered resources, and PyTorch's Java classes."""
    aar: Path
    """PyTorch's Android archive, of which the native libraries are taken."""
    libraries: tuple[Path, ...]
    """Jars that the runner needs at run time."""
    android: Path
    """Android's classes, for the dexer to know what the phone brings along."""
    r8: Path
    """The jar that holds D8."""
    java_home: Path
    source: Path = RUNNER
    """The folder of pom.xml."""

    @property
    def version_code(self) -> int:
        """Android's number for the version: 1.2.3 is 10203. It only ever grows."""
        major, minor, patch = (int(part) for part in self.version.split("."))
        return major * 10_000 + minor * 100 + patch

    @property
    def manifest(self) -> Path:
        """AndroidManifest.xml as it was written."""
        return self.source / "src/main/AndroidManifest.xml"

    def licences(self, folder: str) -> dict[str, bytes]:
        """The notices that must travel with the files, by their entry name below a folder."""
        found = sorted((self.source / "src/main/licences").iterdir())
        return {f"{folder}/{file.name}": file.read_bytes() for file in found}


def source_sha256(source: Path = RUNNER) -> str:
    """Hash over every file that the build reads, as `sha256sum FILE... | sha256sum` gives it.

    Args:
        source: the folder of pom.xml; files are named relative to it and sorted by name.
    """
    listing = "".join(
        f"{hashlib.sha256((source / name).read_bytes()).hexdigest()}  {name}\n"
        for name in source_files(source)
    )
    return hashlib.sha256(listing.encode()).hexdigest()


def source_files(source: Path = RUNNER) -> list[str]:
    """Names of the files that the build reads. Hidden files and Python's caches are none of them."""
    files = (
        file for top in _SOURCES for file in [source / top, *(source / top).rglob("*")] if file.is_file()
    )
    names = (file.relative_to(source) for file in files)
    return sorted(name.as_posix() for name in names if not any(_is_litter(part) for part in name.parts))


def _is_litter(part: str) -> bool:
    """Editors' and Python's files, and the argument file that a failing javac leaves behind."""
    return part.startswith(".") or part == "__pycache__" or part.endswith(("~", ".args"))
