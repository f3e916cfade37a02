"""A DNS challenge without an authority: certbot's plugin writes its records, and takes them away.

It runs as a program of its own, as certbot does: `python -m appliance.certs.trial PLUGIN NAME…`,
with the plugin's options after `--`. It prints the records, each as its name, its text and the
record that the zone needs for it once and for all (empty with most plugins), waits for the end of
its input, and removes them.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from tempfile import TemporaryDirectory
from typing import Any

from acme import challenges, messages
from certbot import achallenges, configuration, errors
from certbot._internal.display import obj as display
from cryptography.hazmat.primitives.asymmetric import ec
from josepy.jwk import JWK, JWKEC

from appliance.certs.acme_dns import Authenticator


def main(words: Sequence[str]) -> int:
    split = words.index("--") if "--" in words else len(words)
    plugin, *names = words[:split]
    # A plugin may report what it does; only what we print ourselves is read.
    display.set_display(display.NoninteractiveDisplay(sys.stderr))
    sys.path += os.environ.get("CERTBOT_PLUGIN_PATH", "").split(":")
    key = JWKEC(key=ec.generate_private_key(ec.SECP256R1()))
    asked = [_challenge(name, key) for name in names]
    with TemporaryDirectory() as folder:
        try:
            proving = _plugin(plugin, words[split + 1 :], folder)
            try:
                proving.perform(asked)
                sys.stdout.write(json.dumps([_record(one, proving) for one in asked]) + "\n")
                sys.stdout.flush()
                sys.stdin.read()
            finally:
                proving.cleanup(asked)
        except errors.Error as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return 0


def _plugin(name: str, options: Sequence[str], folder: str) -> Any:
    (entry,) = entry_points(group="certbot.plugins", name=name)
    plugin = entry.load()
    parser = argparse.ArgumentParser()
    plugin.inject_parser_options(parser, name)
    known, _ = parser.parse_known_args([*options, f"--{name}-propagation-seconds=0"])
    folders = dict.fromkeys(("config_dir", "work_dir", "logs_dir"), folder)
    for key, value in {**folders, "http01_port": 80, "https_port": 443, "domains": []}.items():
        setattr(known, key, value)
    made = plugin(configuration.NamespaceConfig(known), name)
    made.prepare()
    return made


def _challenge(name: str, key: JWK) -> achallenges.KeyAuthorizationAnnotatedChallenge:
    challenge = challenges.DNS01(token=os.urandom(32))
    body = messages.ChallengeBody(chall=challenge, uri="", status=messages.STATUS_PENDING)
    identifier = messages.Identifier(typ=messages.IDENTIFIER_FQDN, value=name)
    return achallenges.KeyAuthorizationAnnotatedChallenge(
        challb=body, identifier=identifier, account_key=key
    )


def _record(
    one: achallenges.KeyAuthorizationAnnotatedChallenge, proving: Any
) -> tuple[str, str, str]:
    name = one.identifier.value
    needed = proving.delegation(name) if isinstance(proving, Authenticator) else ""
    return one.validation_domain_name(name), one.validation(one.account_key), needed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
