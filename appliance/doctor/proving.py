"""Records as a DNS challenge would have them, put into the zone for a moment."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer

from appliance.certs.certbot import Certbot
from appliance.certs.providers import provider_of
from appliance.certs.refusals import Refusal, Said, refusal
from appliance.config.schema import Config
from appliance.config.tls import DnsChallenge

_LONGEST = 60.0
"""Seconds until the provider has taken the records, or taken them away."""


@dataclass(frozen=True)
class Record:
    """A TXT record."""

    name: str
    text: str
    delegation: str = ""
    """The record that the zone needs, where the text is kept elsewhere."""


@contextmanager
def proven(config: Config, base: Path, names: Sequence[str]) -> Iterator[list[Record] | Refusal]:
    """The records of these names while the body runs, or why the provider did not take them.

    Raises `SecretError` and `OSError`.
    """
    challenge = config.tls.challenge
    assert isinstance(challenge, DnsChallenge)
    with TemporaryDirectory() as folder:
        certbot, said = Certbot(Path(folder), base), Path(folder) / "said"
        command, environment = certbot.trial(config, names)
        with (
            said.open("w") as errors,
            subprocess.Popen(  # noqa: S603 - a program of ours
                [sys.executable, "-P", "-m", "appliance.certs.trial", *command],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            ) as process,
        ):
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                in_time = Timer(_LONGEST, process.kill)
                in_time.start()
                line = process.stdout.readline()
                in_time.cancel()
                if line:
                    yield [Record(*record) for record in json.loads(line)]
                else:
                    text = said.read_text() or "it timed out"
                    told = Said(text, "", datetime.now(UTC))
                    yield refusal(told, names, provider_of(challenge))
                process.stdin.close()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_LONGEST)
            finally:
                process.kill()
