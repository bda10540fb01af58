"""The runner on Android's own libraries in a desktop's JVM: made ready from an APK, once, and kept.

    runtime = shipped_runtime()
    subprocess.run(runtime.command(root=…, request=…, sdk=34), env=runtime.environment)

prints what `am instrument -r` prints on a phone. The APK's libraries are unpacked, not changed; the one that
stands for Android's C library is built here (`shim`). This is for x86_64, `arm64.runtime` for arm64.
What that is good for, and what not, is written in docs/explanation/virtual-phone.md.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from android_runner.host import shim
from android_runner.host.kept import keep, named_after
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


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRuntime:
    """One APK's libraries with the shim, ready to run."""

    abi: str
    """Of the libraries, as Android names it."""
    java: Path
    jar: Path
    folder: Path
    """With the libraries."""
    description: str
    """What a reader of its numbers must know, for the runtime's version in every record."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The whole environment of its processes."""
    emulator: tuple[str, ...] = ()
    """What stands before the JVM's command line where the machine's own instructions are others."""

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
            "--abi": self.abi,
            "--api": sdk,
            "--page-size": os.sysconf("SC_PAGE_SIZE"),
            "--note": self.description,
            **({"--stop-at": stop_at} if stop_at else {}),
        }
        java = [self.java, *JAVA_OPTIONS, f"-Djava.library.path={self.folder}", "-cp", self.jar, MAIN_CLASS]
        words = (*self.emulator, *java, *(word for option in options.items() for word in option))
        return [str(word) for word in words]


def shipped_runtime(environment: Mapping[str, str] = os.environ) -> HostRuntime:
    """The runtime of the APK that elbench is shipped with, made ready; as `prepare`.

    Raises:
        SetupIncomplete: this machine cannot run it, or a shipped file is missing or damaged.
    """
    tools, prebuilt = find_tools(environment), read_prebuilt()
    return prepare(shipped_apk(prebuilt, ABI), tools, cache_folder(environment), prebuilt)


def shipped_apk(prebuilt: Prebuilt, abi: str) -> Path:
    """The APK that elbench is shipped with for an ABI.

    Raises:
        SetupIncomplete: it is missing or damaged.
    """
    apk = prebuilt.apk_for([abi])
    if apk is None:
        raise SetupIncomplete(
            f"elbench has no runner for {abi}",
            remedy="install elbench again, or run `make prebuilt` in its sources",
            where=str(prebuilt.folder),
        )
    return prebuilt.intact(apk)


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
    with usable(cache):
        folder = _built(apk, tools, cache / "host-runtime")
    return HostRuntime(
        abi=ABI,
        java=tools.java,
        jar=jar,
        folder=folder,
        description=f"Android {ABI} libraries, {tools.java_name}, {tools.libc_name} keeping freed memory",
        environment={"LC_ALL": "C.UTF-8", "LD_LIBRARY_PATH": str(folder), **MALLOC_SETTINGS},
    )


@contextmanager
def usable(cache: Path, forbidden: str = ":;$") -> Iterator[None]:
    """What happens inside needs a cache that can be written, and whose libraries the loader finds.

    Args:
        cache: the folder.
        forbidden: characters that its name may not have; these separate, or stand for something else, in the
            loader's list of folders.

    Raises:
        SetupIncomplete: it is none.
    """
    for character in forbidden:
        if character in str(cache):
            raise _unusable(cache, f"the name of its folder has a {character}")
    try:
        yield
    except OSError as error:
        raise _unusable(cache, error.strerror or str(error)) from error


def _unusable(cache: Path, why: str) -> SetupIncomplete:
    return SetupIncomplete(
        f"Android's libraries cannot be made ready there ({why})",
        remedy="set ELBENCH_CACHE to a folder with 60 MB of room that can be written",
        where=str(cache),
    )


def _built(apk: Path, tools: HostTools, runtimes: Path) -> Path:
    """The folder with the libraries of this APK, built if there is none."""

    def build(folder: Path) -> None:
        names = unpack_libraries(apk, ABI, folder)
        build_shim([folder / name for name in names], folder, tools.compiler)

    name = named_after(apk, SOURCE, Path(shim.__file__), tools.cc_name, tools.libc_name)
    return keep(runtimes / name, build)
