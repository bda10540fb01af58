"""A phone's storage and package manager while they refuse everything, since a fault says so."""

from harness.virtual.system.filesystem import PhoneFiles
from harness.virtual.system.packages import InstalledPackage, InstallFailed, Packages


class RefusingFiles(PhoneFiles):
    """Files of a phone that may be full: whatever is removed then, something else takes its room at once."""

    is_full: bool = False
    _capacity_bytes: int = 0

    @property
    def capacity_bytes(self) -> int:
        """How much the writable folders hold before ENOSPC."""
        return self.used_bytes() if self.is_full else self._capacity_bytes

    @capacity_bytes.setter
    def capacity_bytes(self, capacity_bytes: int) -> None:
        self._capacity_bytes = capacity_bytes


class RefusingPackages(Packages):
    """The package manager of a phone that may refuse every install."""

    refusal: str | None = None
    """Why, as it stands between the brackets of `Failure […]`; None: nothing is refused."""

    def install(
        self, apk: bytes, *, replace: bool, downgrade: bool, abi: str | None = None
    ) -> InstalledPackage:
        """Install an APK; see `Packages.install`.

        Raises:
            InstallFailed: with the reason that a phone gives.
        """
        if self.refusal is not None:
            raise InstallFailed(self.refusal)
        return super().install(apk, replace=replace, downgrade=downgrade, abi=abi)
