"""The `share` section of the YAML: who may make links, how long they live, what they may take."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from appliance.config.auth import Access
from appliance.config.fields import Hostname, Port, Workers
from appliance.config.kept import Kept
from appliance.config.section import Section
from appliance.config.units import Expiry, Says, Size


class ShareLimits(Section):
    """What keeps one sharer from taking everything."""

    per_key: int = Field(50, ge=1, description="Shares open at once with one key.")
    per_address: int = Field(50, ge=1, description="Shares open at once from one address.")
    requests: int | None = Field(
        None, ge=1, description="Requests per second to one share; more get 429."
    )
    requests_per_owner: int | None = Field(
        None,
        ge=1,
        description="The same to all shares of one key, or of one address without a key.",
    )
    requests_in_all: int | None = Field(None, ge=1, description="The same to all shares together.")
    connections_per_owner: int = Field(
        5000,
        ge=1,
        description="Requests under way at once, WebSockets and event streams too, to all shares of"
        " one key or address; more get 503. One share takes 1,000.",
    )
    connections_in_all: int | None = Field(
        None, ge=1, description="The same to all shares together; never more than 10,000."
    )
    traffic: Size | None = Field(
        None, description="Bytes a day through one share; then 429 until midnight UTC."
    )
    traffic_per_owner: Size | None = Field(
        None,
        description="The same through all shares of one key, or of one address without a key.",
    )
    traffic_in_all: Size | None = Field(None, description="The same through all shares together.")


class Sharing(Section):
    """Share links: `launch(share=True)` against this machine. `share: {}` is enough."""

    domain: Hostname | None = Field(
        None,
        description="Links are one name below it; default: `share.<domain>`, or share.localhost.",
    )
    port: Port = Field(7000, description="Where clients connect; loopback only in local mode.")
    expires: Expiry = Field(
        timedelta(hours=72), description="Life of a link from its first use; `none`: for ever."
    )
    who_can_share: Literal["anyone", "key"] | None = Field(
        None, description="`key`: holders of a key only; default: public mode `key`, else `anyone`."
    )
    who_can_view: Access = Field(
        "public", description="Who may open links; anything but `public` needs `auth`."
    )
    plain: bool = Field(True, description="Whether clients may connect without TLS.")
    workers: Annotated[Workers, Says("a number from 1 to 8, or `auto`", "2")] = Field(
        "auto", description="Processes that pass links' traffic on; auto: half the cores, 1 on few."
    )
    max_shares: int = Field(500, ge=1, le=100_000, description="Links open at once.")
    limits: ShareLimits = Field(ShareLimits(), description="Limits of one key, address and link.")
    tokens: tuple[Kept, ...] = Field(
        (), strict=False, description="frp tokens (`auth.token`) that upstream clients may use."
    )
