"""What a person may ask for about certificates, on `control.sock`."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from appliance.config.secrets import SecretError
from appliance.control.certificates import Certificates


def certificate_verbs(certificates: Certificates) -> APIRouter:
    router = APIRouter()

    @router.post("/certificates/renew", status_code=202)
    async def renew() -> dict[str, bool]:
        """The order goes on behind the answer; `GET /status` shows it."""
        certificates.renew()
        return {"ordering": True}

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
