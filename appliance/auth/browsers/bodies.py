"""Form bodies of strangers: small, or not read at all."""

from typing import Any

from fastapi import Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

LARGEST = 64 * 1024
_FIELDS = 50


async def form(request: Request) -> FormData:
    """The fields of a form, urlencoded or multipart; files are refused.

    Raises `HTTPException` with 413 or 400.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise HTTPException(413, "The form is too large.")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    try:
        return await Request(request.scope, receive).form(max_files=0, max_fields=_FIELDS)
    except (MultiPartException, ValueError):
        raise HTTPException(400, "The form cannot be read.") from None


def text(fields: FormData, name: str) -> str:
    """A field's text; empty if it is missing."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""
