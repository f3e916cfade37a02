"""What the API is told and what it tells. Published: fields are added, never changed."""

from datetime import UTC, date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from appliance.apps.model import AppStatus, Release
from appliance.auth.tokens.token import Token
from appliance.config.addresses import link
from appliance.control.status import Snapshot
from appliance.relay.model import Lifetime, ShareStatus
from appliance.web.cards import card


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Problem(_Document):
    """Why something was not done (RFC 9457)."""

    title: str
    status: int
    detail: str = Field(description="What happened, and what to do about it.")


class Me(_Document):
    """Who the token belongs to."""

    name: str | None = Field(description="Null where nobody can sign in.")
    groups: list[str]
    administers: bool = Field(description="Whether everything here may be used.")


class ReleaseFacts(_Document):
    """One version of an app that was made here."""

    id: str
    created: datetime
    outcome: Literal["pending", "live", "failed", "retired"]
    file: str


class AppFacts(_Document):
    """One app."""

    name: str
    title: str
    description: str
    url: str
    state: Literal["live", "starting", "failed"]


class AppDetail(AppFacts):
    """One app, as far as administrators know it."""

    release: str | None = Field(description="The one that visitors are served from.")
    pinned: bool = Field(description="Rolled back by hand, until it is deployed again.")
    progress: str = Field(description="What is being done right now.")
    problem: str | None = Field(description="What went wrong, in one sentence.")
    remedy: str | None
    instances: int
    ready: int
    restarts: int
    memory: int | None = Field(description="Bytes, of all instances.")
    releases: list[ReleaseFacts] = Field(description="The newest first.")


class Rollback(_Order):
    """Which release to go back to."""

    to: str | None = Field(
        None, max_length=64, description="Its id; null or absent: the one that served before."
    )


class ShareFacts(_Document):
    """A link that somebody shares, or did."""

    name: str
    url: str
    owner: str = Field(description="Name of the key, else how the owner is told apart.")
    state: Literal["live", "away", "expired", "ended"]
    since: datetime
    expires: datetime | None = Field(description="Null: never.")
    requests: int
    visitors: int = Field(description="About how many addresses visited today.")
    received: int = Field(description="Bytes from visitors.")
    sent: int = Field(description="Bytes to visitors.")


class Extension(_Order):
    """How much longer a link lives."""

    by: Lifetime = Field(description="Seconds, or `none`: for ever.")


class VisitsOfDay(_Document):
    """One app or link on one day of UTC."""

    day: date
    kind: Literal["app", "share"]
    name: str
    visitors: int = Field(description="About how many addresses.")
    requests: int
    predictions: int
    refused: int = Field(description="Answers 4xx.")
    failed: int = Field(description="Answers 5xx, and none at all.")
    received: int = Field(description="Bytes from visitors.")
    sent: int = Field(description="Bytes to visitors.")
    latency: float | None = Field(description="Median seconds until an answer began.")
    duration: float | None = Field(description="Median seconds until a prediction was complete.")
    clients: dict[str, int] = Field(description="Requests by kind of client.")
    referrers: dict[str, int] = Field(description="Pages opened from elsewhere, by host.")


class TokenFacts(_Document):
    """A token without its secret."""

    id: str
    label: str
    apps: list[str] = Field(description="The only ones it is for; empty: all.")
    uses: list[str] = Field(description="All it may be used for; empty: everything.")
    networks: list[str] = Field(description="Where it may be used from; empty: anywhere.")
    origin: str = Field(description="Of the site it stands in; empty: it is for programs.")
    created: datetime
    expires: datetime | None = Field(description="Null: never.")
    last_used: datetime | None


class MadeTokenFacts(TokenFacts):
    """A new token."""

    secret: str = Field(description="Told this once.")


class TokenOrder(_Order):
    """A token to be made, for programs."""

    label: str = Field(min_length=1, max_length=64, description="What it is for.")
    apps: list[str] = Field([], max_length=100, description="The only ones; empty: all.")
    uses: list[Literal["predict", "upload", "manage"]] = Field(
        [], max_length=3, description="All it may be used for; empty: everything."
    )
    networks: list[str] = Field(
        [], max_length=20, description="Such as `192.0.2.0/24`; empty: anywhere."
    )
    life: int | None = Field(
        90 * 86_400, ge=60, le=10 * 365 * 86_400, description="Seconds; null: no end."
    )


def facts(now: Snapshot, name: str) -> AppFacts:
    shown = card(now, name)
    return AppFacts(
        name=name,
        title=shown.title,
        description=shown.description,
        url=link(now.config, name),
        state=shown.state,
    )


def detail(now: Snapshot, status: AppStatus) -> AppDetail:
    problem = status.problem
    memory = [one.memory for one in status.instances if one.memory is not None]
    return AppDetail(
        **facts(now, status.name).model_dump(),
        release=status.live,
        pinned=status.pinned,
        progress=status.progress,
        problem=problem.summary if problem else None,
        remedy=problem.remedy if problem else None,
        instances=len(status.instances),
        ready=sum(one.state.value == "ready" for one in status.instances),
        restarts=sum(one.restarts for one in status.instances),
        memory=sum(memory) if memory else None,
        releases=[_release(one) for one in status.releases],
    )


def share_facts(share: ShareStatus) -> ShareFacts:
    return ShareFacts.model_validate(share.model_dump(include=set(ShareFacts.model_fields)))


def _release(release: Release) -> ReleaseFacts:
    return ReleaseFacts(
        id=release.id,
        created=release.created,
        outcome=release.outcome.value,
        file=release.file,
    )


def token_facts(token: Token) -> TokenFacts:
    caveats = token.caveats
    return TokenFacts(
        id=token.id,
        label=token.label,
        apps=list(caveats.apps),
        uses=[str(use) for use in caveats.uses],
        networks=list(caveats.networks),
        origin=caveats.origin,
        created=_time(token.created),
        expires=None if caveats.until is None else _time(caveats.until),
        last_used=None if token.last_used is None else _time(token.last_used),
    )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
