"""How to trust this appliance, and what a certificate authority comes to look at."""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from appliance.certs.model import Origin
from appliance.config.addresses import launch_arguments, overview
from appliance.control.status import Snapshot
from appliance.proxy.routes import ACME_PREFIX
from appliance.web.answers import Answer
from appliance.web.place import Kind, place

_PEM = "application/x-pem-file"
_DER = "application/x-x509-ca-cert"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")
_ROOT = "/-/certificate/root"


def certificate_pages(snapshot: Callable[[], Snapshot], webroot: Path) -> APIRouter:
    """Open to everyone who came by one of our names: what a certificate says is no secret.

    `webroot` is where certbot leaves what an authority comes for.
    """
    router = APIRouter()

    def pem(more: Callable[[Snapshot], str]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            now = snapshot()
            if not _ours(now, request):
                return _nothing()
            return Response(now.status.certificates.root + more(now), media_type=_PEM)

        return answer

    # What `share_server_tls_certificate` needs, whichever certificate is in use.
    router.get("/share.pem")(pem(_public_roots))
    router.get(f"{_ROOT}.pem")(pem(lambda _: ""))

    @router.get(f"{_ROOT}.crt")
    async def root_crt(request: Request) -> Response:
        """The form that Windows, Android and iOS open by themselves."""
        now = snapshot()
        if not _ours(now, request):
            return _nothing()
        root = ssl.PEM_cert_to_DER_cert(now.status.certificates.root)
        return Response(root, media_type=_DER)

    @router.get("/-/certificate")
    async def page(request: Request) -> Response:
        now = snapshot()
        return _page(now).to(request) if _ours(now, request) else _nothing()

    @router.get(f"{ACME_PREFIX}{{token}}")
    async def challenge(token: str) -> Response:
        file = webroot / ".well-known" / "acme-challenge" / token
        text = await asyncio.to_thread(_read, file) if _TOKEN.fullmatch(token) else None
        return _nothing() if text is None else PlainTextResponse(text)

    return router


def _ours(now: Snapshot, request: Request) -> bool:
    here = place(now.config, request.headers.get("host", ""), request.url.path)
    return here.kind is not Kind.UNKNOWN_HOST and bool(now.status.certificates.root)


def _page(now: Snapshot) -> Answer:
    base, known = overview(now.config), now.status.certificates
    digits = known.root_fingerprint.upper()
    fingerprint = ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))
    return Answer(
        "certificate.html",
        {
            "base": base,
            "root": _ROOT,
            "launch": launch_arguments(now.config),
            "fingerprint": fingerprint,
            "since": f"{known.root_made:%Y-%m-%d}"
            if known.root_replaced and known.root_made
            else "",
            "needed": now.config.tls_mode == "local-ca",
            "https": now.config.https,
        },
        program={
            "root": f"{base}{_ROOT}.pem",
            "share": f"{base}/share.pem",
            "sha256": known.root_fingerprint,
        },
    )


def _public_roots(now: Snapshot) -> str:
    """The roots this machine trusts, where a certificate of somebody else is in use."""
    origins = {name.origin for name in now.status.certificates.names}
    return _system_roots() if origins - {None, Origin.LOCAL_CA} else ""


@cache
def _system_roots() -> str:
    context = ssl.create_default_context()
    return "".join(map(ssl.DER_cert_to_PEM_cert, context.get_ca_certs(binary_form=True)))


def _read(file: Path) -> str | None:
    try:
        return file.read_text()
    except OSError:
        return None


def _nothing() -> Response:
    return JSONResponse({"detail": "There is nothing at this address."}, 404)
