"""Certificates on disk: one file each, key and chain together, so that no half pair exists."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from appliance import disk
from appliance.certs import authority
from appliance.certs.authority import Authority
from appliance.certs.model import Certificate, CertificateError, Origin, split

_ROOT, _NAMELESS, _FORMER = "authority.pem", "nameless.pem", ".authority"


@dataclass(frozen=True)
class Store:
    """A folder for the owner alone. Methods raise `OSError` when the disk refuses."""

    folder: Path

    def certificates(self) -> tuple[Certificate, ...]:
        """All that are readable; a damaged file is as good as none, another one will be made."""
        found = []
        for path in sorted(self.folder.glob("*.pem")):
            origin = _origin(path)
            if origin is not None:
                with suppress(CertificateError, OSError, UnicodeDecodeError):
                    found.append(split(path.read_text(), origin))
        return tuple(found)

    def keep(self, certificate: Certificate) -> None:
        """Add one; it stays until `drop`."""
        self._write(self._path(certificate), certificate.pem)

    def drop(self, certificate: Certificate) -> None:
        self._path(certificate).unlink(missing_ok=True)

    def authority(self, names: tuple[str, ...], title: str) -> Authority:
        """The one that may sign for these names: that of today, a former one, or a new one.

        One that may not, or is about to expire, stays on disk under another name.
        """
        now, path = datetime.now(UTC), self.folder / _ROOT
        known = _authority(path)
        if known is not None and known.serves(names, now):
            return known
        if known is not None:
            path.replace(path.with_name(f"former-{known.fingerprint[:16]}{_FORMER}"))
        # Who changes a domain and back finds the root that people have installed.
        for former in self.folder.glob(f"former-*{_FORMER}"):
            again = _authority(former)
            if again is not None and again.serves(names, now):
                former.replace(path)
                return again
        made = authority.create(names, title, now)
        self._write(path, made.kept)
        return made

    def replaced(self, root: Authority) -> bool:
        """Whether this root has a predecessor, which people may have installed.

        That of local mode, which this machine alone can meet, is none.
        """
        found = map(_authority, self.folder.glob(f"former-*{_FORMER}"))
        former = [one for one in found if one is not None and one.public]
        return root.public and any(one.made <= root.made for one in former)

    def nameless(self) -> Certificate:
        """For visitors of other names; the same one for ever."""
        path = self.folder / _NAMELESS
        with suppress(FileNotFoundError, CertificateError, UnicodeDecodeError):
            return split(path.read_text(), Origin.LOCAL_CA)
        made = authority.nameless(datetime.now(UTC))
        self._write(path, made.pem)
        return made

    def _path(self, certificate: Certificate) -> Path:
        return self.folder / f"{certificate.origin}-{certificate.fingerprint[:32]}.pem"

    def _write(self, path: Path, text: str) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        disk.write(path, text)


def _authority(path: Path) -> Authority | None:
    with suppress(FileNotFoundError, CertificateError, UnicodeDecodeError):
        return authority.loaded(path.read_text())
    return None


def _origin(path: Path) -> Origin | None:
    return next((origin for origin in Origin if path.name.startswith(f"{origin}-")), None)
