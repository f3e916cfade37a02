"""Hands certificates to those who serve them: Traefik and the relay. Both read whole pairs only."""

from collections.abc import Sequence
from pathlib import Path

from appliance import disk
from appliance.certs.model import Certificate
from appliance.proxy.files import SHARED, certificates_text


def for_proxy(file: Path, serving: Sequence[Certificate], default: Certificate) -> bool:
    """Write Traefik's file; whether it changed. Raises `OSError`.

    `default` is for visitors who name nobody, or somebody else.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    pairs = [(one.chain, one.key) for one in serving]
    return disk.write(file, certificates_text(pairs, (default.chain, default.key)), SHARED)


def for_relay(folder: Path, serving: Sequence[Certificate]) -> tuple[str, ...]:
    """One file a pair, in order; files of former pairs are removed. Raises `OSError`.

    A file's name says what it holds, so whoever has the path never reads something else there.
    """
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    paths = [folder / f"{one.fingerprint[:32]}.pem" for one in serving]
    for path, one in zip(paths, serving, strict=True):
        disk.write(path, one.pem, SHARED)
    for other in set(folder.glob("*.pem")) - set(paths):
        other.unlink()
    return tuple(map(str, paths))
