"""Hands certificates to those who serve them: Traefik and the relay. Both read whole pairs only."""

from collections.abc import Sequence
from pathlib import Path

from appliance.certs.model import Certificate
from appliance.proxy.files import certificates_text, write


def for_proxy(file: Path, serving: Sequence[Certificate], default: Certificate) -> bool:
    """Write Traefik's file; whether it changed. Raises `OSError`.

    `default` is for visitors who name nobody, or somebody else.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    pairs = [(one.chain, one.key) for one in serving]
    return write(file, certificates_text(pairs, (default.chain, default.key)))


def for_relay(folder: Path, serving: Sequence[Certificate]) -> tuple[str, ...]:
    """One file a pair, in order; files of former pairs are removed. Raises `OSError`.

    A file's name says what it holds, so whoever has the path never reads something else there.
    """
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    paths = [folder / f"{one.fingerprint[:32]}.pem" for one in serving]
    for path, one in zip(paths, serving, strict=True):
        write(path, one.pem)
    for other in set(folder.glob("*.pem")) - set(paths):
        other.unlink()
    return tuple(map(str, paths))
