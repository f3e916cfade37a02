"""certbot's own record of a certificate: how a run is told of a key, and what it leaves."""

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from appliance import disk
from appliance.certs.model import Certificate, CertificateError, Origin, parsed

NAME = "order"
_PARTS = ("cert", "chain", "fullchain", "privkey")
_END = "-----END CERTIFICATE-----\n"


@dataclass(frozen=True)
class Lineages:
    """Below certbot's configuration folder. Methods raise `OSError`."""

    config: Path

    def made(self) -> tuple[Certificate, ...]:
        """What runs have made; not what they were told of."""
        found = []
        for folder in sorted((self.config / "live").glob(f"{NAME}*")):
            with suppress(OSError, CertificateError):
                chain = (folder / "fullchain.pem").read_text()
                key = (folder / "privkey.pem").read_text()
                found.append(parsed(chain, key, Origin.CERTBOT))
        return tuple(one for one in found if one.fingerprint != self._told())

    def tell(self, former: Certificate, server: str) -> None:
        """Make it look as if this certificate had been ordered here, so that its key is used."""
        live, archive = self.config / "live" / NAME, self.config / "archive" / NAME
        leaf, _, issuers = former.chain.partition(_END)
        contents = {
            "cert": leaf + _END,
            "chain": issuers,
            "fullchain": former.chain,
            "privkey": former.key,
        }
        for folder in (live, archive):
            folder.mkdir(mode=0o700, parents=True)
        for part in _PARTS:
            disk.write(archive / f"{part}1.pem", contents[part])
            (live / f"{part}.pem").symlink_to(archive / f"{part}1.pem")
        lines = [f"archive_dir = {archive}", *(f"{p} = {live / p}.pem" for p in _PARTS)]
        lines += ["[renewalparams]", f"server = {server}"]
        renewal = self.config / "renewal" / f"{NAME}.conf"
        renewal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        disk.write(renewal, "\n".join(lines) + "\n")
        disk.write(self._note, former.fingerprint)

    def forget(self) -> None:
        for name in ("live", "archive", "renewal"):
            shutil.rmtree(self.config / name, ignore_errors=True)
        self._note.unlink(missing_ok=True)

    @property
    def _note(self) -> Path:
        return self.config / "told"

    def _told(self) -> str:
        try:
            return self._note.read_text()
        except OSError:
            return ""
