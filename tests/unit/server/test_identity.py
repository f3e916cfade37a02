"""Only a fresh assertion for this app, signed with a listed key, names a user."""

import base64
import json
import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from appliance.apps.server.identity import Verifier
from appliance.apps.server.settings import Identity

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


def pem(key: Ed25519PrivateKey) -> str:
    encoded = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return encoded.decode()


def claims(**changes: Any) -> dict[str, Any]:
    """What an assertion says; a `timedelta` counts from the moment the test runs."""
    now = int(time.time())
    whole = {
        "iss": "gradio-appliance",
        "aud": "hello",
        "sub": "ada",
        "iat": now,
        "exp": now + 60,
        **changes,
    }
    return {
        name: now + int(value.total_seconds()) if isinstance(value, timedelta) else value
        for name, value in whole.items()
        if value is not None
    }


def signed(key: Any = KEY, algorithm: str = "EdDSA", **changes: Any) -> bytes:
    return jwt.encode(claims(**changes), key, algorithm=algorithm).encode()


def unsigned() -> bytes:
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims()))
    encoded = (base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    return b".".join(encoded) + b"."


def hmac_with_public_key() -> bytes:
    """PyJWT refuses to make one, so it is put together by hand."""
    import hashlib  # noqa: PLC0415 - only this forgery needs them
    import hmac  # noqa: PLC0415

    def part(value: bytes) -> bytes:
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    body = part(b'{"alg":"HS256"}') + b"." + part(json.dumps(claims()).encode())
    return body + b"." + part(hmac.new(pem(KEY).encode(), body, hashlib.sha256).digest())


@pytest.fixture(scope="module")
def verify() -> Verifier:
    return Verifier(Identity(audience="hello", keys=(pem(KEY),)))


def test_a_good_assertion_names_the_user(verify: Verifier) -> None:
    found = verify(signed(name="Ada"))
    assert found is not None
    assert (found["sub"], found["name"]) == ("ada", "Ada")


def test_any_listed_key_will_do() -> None:
    both = Verifier(Identity(audience="hello", keys=(pem(OTHER), pem(KEY))))
    assert both(signed()) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "other"},
        {"aud": ["hello", "other"]},
        {"aud": None},
        {"iss": "elsewhere"},
        {"iss": None},
        {"exp": timedelta(minutes=-1)},
        {"exp": timedelta(days=1)},
        {"exp": None},
        {"iat": timedelta(minutes=10)},
        {"sub": None},
        {"sub": ""},
    ],
    ids=str,
)
def test_claims_must_fit(verify: Verifier, changes: dict[str, Any]) -> None:
    assert verify(signed(**changes)) is None


@pytest.mark.parametrize(
    "assertion",
    [
        None,
        b"",
        b"not.a.token",
        b"\xff\xfe",
        signed(OTHER),
        signed("a-secret-of-thirty-two-characters!", "HS256"),
        hmac_with_public_key(),
        signed(generate_private_key(65537, 2048), "RS256"),
        unsigned(),
        signed(name="x" * 20_000),
        signed()[:-4],
    ],
    ids=[
        "none", "empty", "garbage", "bytes", "wrong key", "hs256", "hs256 with the public key",
        "rs256", "alg none", "giant", "cut off",
    ],
)  # fmt: skip
def test_forgeries_name_nobody(verify: Verifier, assertion: bytes | None) -> None:
    assert verify(assertion) is None


def test_without_keys_nobody_is_named() -> None:
    assert Verifier(Identity(audience="hello"))(signed()) is None


def test_a_key_of_another_kind_is_refused_at_the_start() -> None:
    key = generate_private_key(65537, 2048).public_key()
    text = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(ValueError, match="Ed25519"):
        Verifier(Identity(audience="hello", keys=(text,)))
