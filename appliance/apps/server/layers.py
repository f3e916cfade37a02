"""All layers around the script's app, outermost first."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from .bodies import BodyLimits
from .embedding import Embedding, installed
from .gate import Gate
from .health import Health, Readiness
from .identity import IdentityLayer
from .prefix import Prefix
from .settings import Settings
from .storage import Usage
from .upkeep import Upkeep
from .visiting import Counted, Visits


class Shared(Protocol):
    """What the layers of one process share."""

    settings: Settings
    readiness: Readiness
    usage: Usage
    secret: str
    visits: Visits

    def files_in_use(self) -> Iterable[str]:
        """Files in `temp` that the pages themselves need."""


def layered(app: ASGIApp, shared: Shared, gradio_paths: Sequence[str]) -> ASGIApp:
    """The app as visitors meet it."""
    settings = shared.settings
    own_cors = _has_cors(app)
    if settings.path != "/":
        app = Prefix(app, settings.path)
    uploads = frozenset(
        f"{path}/gradio_api/upload{end}" for path in gradio_paths for end in ("", "/")
    )
    app = BodyLimits(app, settings.files.max_upload, shared.usage, uploads)
    if settings.identity.keys or settings.identity.required:
        app = IdentityLayer(app, settings.identity, shared.secret)
    if settings.origins or not own_cors:
        app = cross_origin(app, settings.origins)
    app = Embedding(app, settings.origins, settings.path.rstrip("/"), gradio_paths, installed())
    app = Counted(app, shared.visits)
    app = Upkeep(Gate(app, settings), settings.storage, settings.host_word, shared.files_in_use)
    return Health(app, shared.readiness, shared.visits)


def cross_origin(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Lets pages of the listed origins call the app; with `*` any page, but without cookies."""
    return CORSMiddleware(
        app,
        allow_origins=list(origins),
        allow_credentials="*" not in origins,
        allow_methods=["*"],
        allow_headers=["*"],
    )


def _has_cors(app: ASGIApp) -> bool:
    """Whether the script's own app brings a CORS policy, which then holds."""
    added = getattr(app, "user_middleware", ())
    return any(middleware.cls is CORSMiddleware for middleware in added)
