"""What a person may ask for about certificates, on `control.sock`."""

import secrets

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from appliance.config.secrets import SecretError
from appliance.control.certificates.keeper import Certificates
from appliance.proxy.routes import ACME_PREFIX

_PROBE = "probe-"


def certificate_verbs(certificates: Certificates) -> APIRouter:
    router = APIRouter()

    @router.post("/certificates/renew", status_code=202)
    async def renew() -> dict[str, bool]:
        """The order goes on behind the answer; `GET /status` shows it."""
        certificates.renew()
        return {"ordering": True}

    @router.post("/certificates/probe")
    async def probe() -> dict[str, str]:
        return await probed(certificates)

    @router.post("/certificates/revoke/{fingerprint}")
    async def revoke(fingerprint: str) -> Response:
        try:
            refused = await certificates.revoke(fingerprint)
        except KeyError:
            return JSONResponse({"detail": "No authority issued such a certificate to us."}, 404)
        except (SecretError, OSError) as error:
            return JSONResponse({"detail": str(error)}, 409)
        if refused is not None:
            return JSONResponse({"detail": f"{refused.message} {refused.remedy}"}, 409)
        return JSONResponse({"revoked": fingerprint})

    return router


async def probed(certificates: Certificates) -> dict[str, str]:
    """A word for the doctor to find again by the public name, where an authority looks too."""
    folder = certificates.certbot.webroot / ACME_PREFIX.strip("/")
    name, word = f"{_PROBE}{secrets.token_hex(8)}", secrets.token_urlsafe(16)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for former in folder.glob(f"{_PROBE}*"):
        former.unlink(missing_ok=True)
    (folder / name).write_text(word)
    return {"path": f"{ACME_PREFIX}{name}", "word": word}
