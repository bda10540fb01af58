"""The runner on Android's own x86_64 libraries in a desktop's JVM: made ready from an APK, once, and kept.

    runtime = shipped_runtime()
    subprocess.run(runtime.command(root=…, request=…, sdk=34), env=runtime.environment)

prints what `am instrument -r` prints on a phone. The APK's libraries are unpacked, not changed; the one that
stands for Android's C library is built here (`shim`). What that is good for, and what not, is written in
docs/explanation/virtual-phone.md.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from android_runner.host import shim
from android_runner.host.libraries import unpack_libraries
from android_runner.host.shim import SHIM, SOURCE, build_shim
from android_runner.host.tools import HostTools, find_tools
from android_runner.prebuilt import Prebuilt, read_prebuilt
from harness.errors import SetupIncomplete
from harness.places import cache_folder

ABI = "x86_64"
MAIN_CLASS = "io.elbench.runner.host.HostRunner"
JAVA_OPTIONS = (
    "-Xms16m",
    "-Xmx512m",  # dalvik.vm.heapsize of the virtual phone, and of most real ones
    "-XX:+UseSerialGC",  # no threads of its own that collect beside what is timed
    "-XX:TieredStopAtLevel=1",  # compiles quickly and never again; the timed span is one native call
    "-XX:-UsePerfData",  # else the JVM writes into a mapped file now and then
    "-XX:+SuppressFatalErrorMessage",  # a native crash ends in SIGABRT at once, without files
    "-XX:+DisplayVMOutputToStderr",  # stdout carries the events alone
    "-Xlog:disable",
    "-Xshare:auto",
)
MALLOC_SETTINGS = {
    "MALLOC_ARENA_MAX": "1",  # only the main arena obeys all of these
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 40),
    "MALLOC_TOP_PAD_": str(64 << 20),
}
"""Lets glibc keep freed activations, as phones' allocators do. By its own rules it gives them back to the
system, or not, depending on what was freed before, and then pays page faults for them at every forward."""

UNUSED_S = 30 * 24 * 3600
"""After so long an unused runtime of another APK is removed."""

_UNFINISHED = ".new-"
_SIZES = "sizes.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRuntime:
    """One APK's libraries with the shim, ready to run."""

    java: Path
    jar: Path
    folder: Path
    """With the libraries."""
    description: str
    """What a reader of its numbers must know, for the runtime's version in every record."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The whole environment of its processes."""

    def command(self, *, root: Path, request: str, sdk: int, stop_at: str | None = None) -> list[str]:
        """The command line of one launch.

        Args:
            root: host folder that is the phone's `/`.
            request: phone path of request.json.
            sdk: API level of the phone.
            stop_at: phase after whose memory event nothing happens any more.
        """
        options = {
            "--shim": self.folder / SHIM,
            "--root": root,
            "--request": request,
            "--abi": ABI,
            "--api": sdk,
            "--page-size": os.sysconf("SC_PAGE_SIZE"),
            "--note": self.description,
            **({"--stop-at": stop_at} if stop_at else {}),
        }
        java = [self.java, *JAVA_OPTIONS, f"-Djava.library.path={self.folder}", "-cp", self.jar, MAIN_CLASS]
        return [str(word) for word in (*java, *(word for option in options.items() for word in option))]


def shipped_runtime(environment: Mapping[str, str] = os.environ) -> HostRuntime:
    """The runtime of the APK that elbench is shipped with, made ready; as `prepare`.

    Raises:
        SetupIncomplete: this machine cannot run it, or a shipped file is missing or damaged.
    """
    tools, prebuilt = find_tools(environment), read_prebuilt()
    apk = prebuilt.apk_for([ABI])
    if apk is None:
        raise SetupIncomplete(
            f"elbench has no runner for {ABI}",
            remedy="install elbench again, or run `make prebuilt` in its sources",
            where=str(prebuilt.folder),
        )
    return prepare(prebuilt.intact(apk), tools, cache_folder(environment), prebuilt)


def prepare(apk: Path, tools: HostTools, cache: Path, prebuilt: Prebuilt | None = None) -> HostRuntime:
    """Make an APK's libraries ready to run; seconds at first, milliseconds from then on.

    Several processes may do so at once: one builds, the others wait. What was built appears whole.

    Args:
        apk: with libraries for x86_64; who made it is not trusted.
        tools: of this machine.
        cache: what was built stays in its folder `host-runtime`.
        prebuilt: where the jar is; default: the one that elbench is shipped with.

    Raises:
        SetupIncomplete: the jar, a header or a function is missing, the APK does not serve, or the cache
            cannot be written.
    """
    shipped = prebuilt or read_prebuilt()
    jar = shipped.intact(shipped.manifest.host)
    for character in ":;$":  # separate, or stand for something else, in the loader's list of folders
        if character in str(cache):
            raise _unusable(cache, f"the name of its folder has a {character}")
    try:
        folder = _built(apk, tools, cache / "host-runtime")
    except OSError as error:
        raise _unusable(cache, error.strerror or str(error)) from error
    return HostRuntime(
        java=tools.java,
        jar=jar,
        folder=folder,
        description=f"Android {ABI} libraries, {tools.java_name}, {tools.libc_name} keeping freed memory",
        environment={"LC_ALL": "C.UTF-8", "LD_LIBRARY_PATH": str(folder), **MALLOC_SETTINGS},
    )


def _unusable(cache: Path, why: str) -> SetupIncomplete:
    return SetupIncomplete(
        f"Android's libraries cannot be made ready there ({why})",
        remedy="set ELBENCH_CACHE to a folder with 60 MB of room that can be written",
        where=str(cache),
    )


def _built(apk: Path, tools: HostTools, runtimes: Path) -> Path:
    """The folder with the libraries of this APK, built if there is none."""
    content = (_sha256(apk), _sha256(SOURCE), _sha256(Path(shim.__file__)), tools.cc_name, tools.libc_name)
    place = runtimes / hashlib.sha256("\n".join(content).encode()).hexdigest()
    if not _is_whole(place):
        runtimes.mkdir(parents=True, exist_ok=True)
        with _locked(runtimes / "lock"):
            if not _is_whole(place):
                shutil.rmtree(place, ignore_errors=True)
                _remove_stale(runtimes)
                _build(apk, tools, place)
    with suppress(PermissionError):  # somebody else's cache that can be read serves as well
        os.utime(place)
    return place


def _is_whole(place: Path) -> bool:
    """Whether every built file is there in its size; a crash of the system may have cut some short."""
    try:
        sizes: dict[str, int] = json.loads((place / _SIZES).read_text())
        return all((place / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def _build(apk: Path, tools: HostTools, place: Path) -> None:
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=_UNFINISHED) as folder:
        fresh = Path(folder) / place.name
        fresh.mkdir()
        names = unpack_libraries(apk, ABI, fresh)
        build_shim([fresh / name for name in names], fresh, tools)
        sizes = {file.name: file.stat().st_size for file in fresh.iterdir()}
        (fresh / _SIZES).write_text(json.dumps(sizes))
        fresh.rename(place)


def _remove_stale(runtimes: Path) -> None:
    """Remove what killed builds left, since only one builds at a time, and what nobody used for long."""
    for folder in runtimes.iterdir():
        is_unused = folder.is_dir() and time.time() - folder.stat().st_mtime > UNUSED_S
        if folder.name.startswith(_UNFINISHED) or is_unused:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
