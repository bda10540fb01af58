"""The installed packages: where their APKs lie, and what installing and uninstalling does."""

import hashlib
import io
import zipfile
import zlib
from dataclasses import dataclass

from android_runner.contract import PACKAGE
from harness.virtual.system.axml import MalformedManifest, Manifest, read_manifest
from harness.virtual.system.filesystem import PhoneFiles

SYSTEM_PACKAGES = ("android", "com.android.shell", "com.android.settings")
RUNNER = Manifest(package=PACKAGE, version_code=1, version_name="0.1.0")


class InstallFailed(Exception):
    """The package manager's reason, as it stands between the brackets of `Failure […]`."""


@dataclass(frozen=True, slots=True)
class InstalledPackage:
    """One installed app."""

    manifest: Manifest
    code_path: str
    """Phone path of the folder with base.apk."""
    is_system: bool = False

    @property
    def apk(self) -> str:
        """Phone path of the APK."""
        return f"{self.code_path}/base.apk"


class Packages:
    """The package manager of one phone; the runner is there from the start."""

    def __init__(self, files: PhoneFiles) -> None:
        self._files = files
        self._installed: dict[str, InstalledPackage] = {}
        for name in SYSTEM_PACKAGES:
            manifest = Manifest(package=name, version_code=34, version_name="14")
            self._add(manifest, _archive(name), f"/system/app/{name}", is_system=True)
        self._add(RUNNER, _archive(PACKAGE), _code_path(PACKAGE, b"preinstalled"))

    def find(self, name: str) -> InstalledPackage | None:
        """An installed package."""
        return self._installed.get(name)

    def all(self) -> list[InstalledPackage]:
        """All installed packages, by name."""
        return [self._installed[name] for name in sorted(self._installed)]

    def install(self, apk: bytes, *, replace: bool, downgrade: bool) -> InstalledPackage:
        """Install an APK.

        Raises:
            InstallFailed: with the reason that a phone gives.
        """
        manifest = _manifest_of(apk)
        old = self._installed.get(manifest.package)
        if old and not replace:
            raise InstallFailed(
                f"INSTALL_FAILED_ALREADY_EXISTS: Attempt to re-install {manifest.package} "
                "without first uninstalling."
            )
        if old and old.is_system:
            raise InstallFailed(
                f"INSTALL_FAILED_UPDATE_INCOMPATIBLE: Existing package {manifest.package} signatures "
                "do not match newer version; ignoring!"
            )
        if old and manifest.version_code < old.manifest.version_code and not downgrade:
            raise InstallFailed("INSTALL_FAILED_VERSION_DOWNGRADE: Downgrade detected")
        try:
            self._files.check_room(len(apk))
        except OSError as error:
            raise InstallFailed("INSTALL_FAILED_INSUFFICIENT_STORAGE") from error
        if old:
            self._files.discard(old.code_path)
        return self._add(manifest, apk, _code_path(manifest.package, apk))

    def uninstall(self, name: str) -> bool:
        """Remove a package; false if it is not there or belongs to the system."""
        package = self._installed.get(name)
        if package is None or package.is_system:
            return False
        self._files.discard(package.code_path)
        del self._installed[name]
        return True

    def _add(
        self, manifest: Manifest, apk: bytes, code_path: str, *, is_system: bool = False
    ) -> InstalledPackage:
        package = InstalledPackage(manifest, code_path, is_system)
        self._files.place(package.apk, apk)
        self._installed[manifest.package] = package
        return package


def _manifest_of(apk: bytes) -> Manifest:
    try:
        with zipfile.ZipFile(io.BytesIO(apk)) as archive:
            return read_manifest(archive.read("AndroidManifest.xml"))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise InstallFailed(
            "INSTALL_PARSE_FAILED_NOT_APK: Failed to parse base.apk: Failed to load asset path base.apk"
        ) from error
    except (KeyError, MalformedManifest) as error:
        raise InstallFailed(
            "INSTALL_PARSE_FAILED_UNEXPECTED_EXCEPTION: Failed to parse base.apk: "
            "Corrupt XML binary file AndroidManifest.xml"
        ) from error


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
