"""The installed packages: where their APKs lie, and what installing and uninstalling does."""

import hashlib
import io
import lzma
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from android_runner.contract import PACKAGE
from android_runner.prebuilt import PREBUILT, read_prebuilt
from harness.errors import SetupIncomplete
from harness.virtual.system.axml import MalformedManifest, Manifest, read_manifest
from harness.virtual.system.filesystem import PhoneFiles
from harness.virtual.system.signing import signer_of

SYSTEM_PACKAGES = ("android", "com.android.launcher3", "com.android.shell", "com.android.settings")
PRIVATE_DATA = ("/data/data", "/data/user")
FIRST_SESSION = 1_000_000_001
LARGEST_MANIFEST_BYTES = 16 << 20
LIBRARY = re.compile(r"lib/([^/]+)/[^/]+\.so")


_DAMAGES = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError)
"""What `zipfile` raises for damaged or encrypted archives: its own error, and whatever its parts do."""


class InstallFailed(Exception):
    """The package manager's reason, as it stands between the brackets of `Failure […]`."""


@dataclass(frozen=True, slots=True)
class InstalledPackage:
    """One installed app."""

    manifest: Manifest
    code_path: str
    """Phone path of the folder with base.apk."""
    signer: bytes | None = None
    is_system: bool = False
    splits: tuple[str, ...] = ()
    """Phone paths of the APKs that were installed beside it."""
    installed: datetime = datetime(2024, 5, 5, tzinfo=UTC)

    @property
    def apk(self) -> str:
        """Phone path of the APK."""
        return f"{self.code_path}/base.apk"


@dataclass(slots=True)
class Session:
    """An install that is being prepared: APKs by their names, and the options of the whole."""

    options: dict[str, str]
    apks: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Apk:
    """What the package manager reads of an APK."""

    manifest: Manifest
    abis: frozenset[str]
    """Those that it has libraries for; empty if it has none at all."""
    signer: bytes | None


class Packages:
    """The package manager of one phone; the runner is there from the start, if one fits the phone.

    Args:
        files: the phone's.
        abis: what the phone runs, preferred first.
        sdk: API level of its Android.
        prebuilt: folder of the runners that elbench is shipped with.
    """

    def __init__(
        self, files: PhoneFiles, *, abis: Sequence[str], sdk: int, prebuilt: Path = PREBUILT
    ) -> None:
        self._files = files
        self._abis = tuple(abis)
        self._sdk = sdk
        self._installed: dict[str, InstalledPackage] = {}
        self._sessions: dict[str, Session] = {}
        self._next_session = FIRST_SESSION
        for folder in PRIVATE_DATA:
            files.host_path(folder).mkdir(mode=0o771, parents=True, exist_ok=True)
            files.deny(folder)
        for name in SYSTEM_PACKAGES:
            manifest = Manifest(package=name, version_code=34, version_name="14")
            package = InstalledPackage(manifest, f"/system/app/{name}", is_system=True)
            self._add(package, _archive(name))
        self._preinstall_runner(prebuilt)

    def find(self, name: str) -> InstalledPackage | None:
        """An installed package."""
        return self._installed.get(name)

    def all(self) -> list[InstalledPackage]:
        """All installed packages, by name."""
        return [self._installed[name] for name in sorted(self._installed)]

    def install(
        self, apk: bytes, *, replace: bool, downgrade: bool, abi: str | None = None
    ) -> InstalledPackage:
        """Install an APK.

        Args:
            apk: its bytes.
            replace: whether it may take the place of an installed one.
            downgrade: whether that one may be newer.
            abi: whose libraries to use; None takes the best that the APK has.

        Raises:
            InstallFailed: with the reason that a phone gives.
        """
        read = _read(apk)
        manifest = read.manifest
        old = self._installed.get(manifest.package)
        if old:
            _require_update(old, read, replace=replace, downgrade=downgrade)
        self._require_fit(read, abi)
        try:
            self._files.check_room(len(apk))
        except OSError as error:
            raise InstallFailed(
                "INSTALL_FAILED_INSUFFICIENT_STORAGE: Failed to override installation location"
            ) from error
        if old:
            self._files.discard(old.code_path)
        package = InstalledPackage(
            manifest, _code_path(manifest.package, apk), read.signer, installed=datetime.now(UTC)
        )
        return self._add(package, apk)

    def add_splits(self, package: InstalledPackage, apks: dict[str, bytes]) -> None:
        """Put the other APKs of an app beside its base."""
        paths = {
            f"{package.code_path}/split_{name.removesuffix('.apk')}.apk": apk for name, apk in apks.items()
        }
        for path, apk in paths.items():
            self._files.place(path, apk)
        self._installed[package.manifest.package] = replace(package, splits=tuple(paths))

    def create_session(self, options: dict[str, str]) -> int:
        """Begin an install of several APKs; its number."""
        number, self._next_session = self._next_session, self._next_session + 1
        self._sessions[str(number)] = Session(options)
        return number

    def session(self, number: str) -> Session | None:
        """A session that has begun."""
        return self._sessions.get(number)

    def close_session(self, number: str) -> Session | None:
        """Take a session away, to install or to forget what it holds."""
        return self._sessions.pop(number, None)

    def uninstall(self, name: str) -> bool:
        """Remove a package; false if it is not there or belongs to the system."""
        package = self._installed.get(name)
        if package is None or package.is_system:
            return False
        self._files.discard(package.code_path)
        del self._installed[name]
        return True

    def _require_fit(self, apk: Apk, abi: str | None) -> None:
        if apk.manifest.min_sdk > self._sdk:
            raise InstallFailed(
                f"INSTALL_FAILED_OLDER_SDK: Requires newer sdk version #{apk.manifest.min_sdk} "
                f"(current version is #{self._sdk})"
            )
        usable = {abi} & set(self._abis) if abi else set(self._abis)
        if apk.abis and not apk.abis & usable:
            raise InstallFailed(
                "INSTALL_FAILED_NO_MATCHING_ABIS: Failed to extract native libraries, res=-113"
            )

    def _add(self, package: InstalledPackage, apk: bytes) -> InstalledPackage:
        self._files.place(package.apk, apk)
        self._installed[package.manifest.package] = package
        return package

    def _preinstall_runner(self, prebuilt: Path) -> None:
        shipped = _shipped_apk(prebuilt, self._abis)
        if shipped is None:
            return
        file, read = shipped
        package = InstalledPackage(read.manifest, _code_path(PACKAGE, b"preinstalled"), read.signer)
        _link(file, self._files.host_path(package.apk))
        self._installed[PACKAGE] = package


def _require_update(old: InstalledPackage, new: Apk, *, replace: bool, downgrade: bool) -> None:
    manifest = new.manifest
    if not replace:
        raise InstallFailed(
            f"INSTALL_FAILED_ALREADY_EXISTS: Attempt to re-install {manifest.package} "
            "without first uninstalling."
        )
    if old.is_system or old.signer != new.signer:
        raise InstallFailed(
            f"INSTALL_FAILED_UPDATE_INCOMPATIBLE: Existing package {manifest.package} signatures "
            "do not match newer version; ignoring!"
        )
    if manifest.version_code < old.manifest.version_code and not downgrade:
        raise InstallFailed(
            f"INSTALL_FAILED_VERSION_DOWNGRADE: Downgrade detected: Update version code "
            f"{manifest.version_code} is older than current {old.manifest.version_code}"
        )


def _read(apk: bytes) -> Apk:
    try:
        with zipfile.ZipFile(io.BytesIO(apk)) as archive:
            return _read_archive(archive)
    except _DAMAGES as error:
        raise InstallFailed(
            "INSTALL_PARSE_FAILED_NOT_APK: Failed to parse base.apk: Failed to load asset path base.apk"
        ) from error
    except (KeyError, MalformedManifest) as error:
        raise InstallFailed(
            "INSTALL_PARSE_FAILED_UNEXPECTED_EXCEPTION: Failed to parse base.apk: "
            "Corrupt XML binary file AndroidManifest.xml"
        ) from error


def _read_archive(archive: zipfile.ZipFile) -> Apk:
    libraries = (LIBRARY.fullmatch(name) for name in archive.namelist())
    entry = archive.getinfo("AndroidManifest.xml")
    if entry.file_size > LARGEST_MANIFEST_BYTES:
        raise MalformedManifest(f"no manifest has {entry.file_size} bytes")
    return Apk(
        manifest=read_manifest(archive.read(entry)),
        abis=frozenset(library[1] for library in libraries if library),
        signer=signer_of(archive),
    )


def _shipped_apk(folder: Path, abis: Sequence[str]) -> tuple[Path, Apk] | None:
    """The runner's APK for a phone with these ABIs, if elbench came with one.

    Raises:
        SetupIncomplete: elbench's own files are damaged.
    """
    prebuilt = read_prebuilt(folder)
    apk = prebuilt.apk_for(abis)
    if apk is None:
        return None
    file = prebuilt.path(apk)
    try:
        with zipfile.ZipFile(file) as archive:
            return file, _read_archive(archive)
    except (*_DAMAGES, KeyError, MalformedManifest) as error:
        raise SetupIncomplete(
            f"the runner that elbench is shipped with cannot be read ({error})",
            remedy="install elbench again, or run `make prebuilt` in its sources",
            where=str(file),
        ) from error


def _link(file: Path, target: Path) -> None:
    """One file for all phones: nobody writes into an installed APK, it is replaced as a whole."""
    target.parent.mkdir(parents=True)
    try:
        os.link(file, target)
    except OSError:  # another file system, or a file that is not ours
        shutil.copyfile(file, target)


def _code_path(name: str, apk: bytes) -> str:
    """A folder under /data/app with the random-looking parts that Android 11 and later use."""
    digest = hashlib.sha256(name.encode() + apk).hexdigest()
    return f"/data/app/~~{digest[:22]}==/{name}-{digest[22:44]}=="


def _archive(name: str) -> bytes:
    """The APK of an app that comes with the virtual phone: an archive that says so."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(
            zipfile.ZipInfo("README.txt"),
            f"{name} is part of elbench's virtual phone; it has no Java code.\n",
        )
    return content.getvalue()
