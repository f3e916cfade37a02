"""frp's messages: one type byte, a signed 64-bit length, that many bytes of JSON.

Fields are left out when they hold their zero value. Unknown fields are ignored and unknown types
are handed on, since what to do about them depends on the peer.
"""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Port = Annotated[int, Field(ge=0, le=65535)]
Count = Annotated[int, Field(ge=-(2**63), lt=2**63)]


def _without_empty(value: Any) -> Any:
    # Gradio's client says "no domain" as a list with one empty string.
    if isinstance(value, list):
        return [item for item in value if item != ""]
    return value


Labels = Annotated[tuple[str, ...], BeforeValidator(_without_empty), Field(strict=False)]


class Message(BaseModel):
    """A message of one type; every field has its zero value unless it was sent."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    type_byte: ClassVar[int]

    @model_validator(mode="before")
    @classmethod
    def _as_go_reads(cls, fields: Any) -> Any:
        """Key case does not matter, exact matches win, null leaves a field alone."""
        if not isinstance(fields, dict):
            return fields
        given = {name: value for name, value in fields.items() if value is not None}
        loose = {name.lower(): value for name, value in given.items()}
        return loose | {name: value for name, value in given.items() if name in cls.model_fields}


class Login(Message):
    type_byte = 0x6F

    version: str = ""
    hostname: str = ""
    os: str = ""
    arch: str = ""
    user: str = ""
    privilege_key: str = Field(default="", repr=False)
    timestamp: Count = 0
    run_id: str = Field(default="", repr=False)
    metas: dict[str, str] = {}
    pool_count: Count = 0


class LoginResp(Message):
    type_byte = 0x31

    version: str = ""
    run_id: str = Field(default="", repr=False)
    error: str = ""


class NewProxy(Message):
    """What a client wants to publish. `proxy_name` may carry a share's secret."""

    type_byte = 0x70

    proxy_name: str = Field(default="", repr=False)
    proxy_type: str = ""
    use_encryption: bool = False
    use_compression: bool = False
    group: str = ""
    group_key: str = Field(default="", repr=False)
    metas: dict[str, str] = {}
    remote_port: Count = 0
    custom_domains: Labels = ()
    subdomain: str = ""
    locations: Labels = ()
    http_user: str = ""
    http_pwd: str = Field(default="", repr=False)
    host_header_rewrite: str = ""
    headers: dict[str, str] = {}
    response_headers: dict[str, str] = {}
    route_by_http_user: str = ""
    sk: str = Field(default="", repr=False)
    multiplexer: str = ""


class NewProxyResp(Message):
    type_byte = 0x32

    proxy_name: str = Field(default="", repr=False)
    remote_addr: str = ""
    error: str = ""


class CloseProxy(Message):
    type_byte = 0x63

    proxy_name: str = Field(default="", repr=False)


class NewWorkConn(Message):
    type_byte = 0x77

    run_id: str = Field(default="", repr=False)
    privilege_key: str = Field(default="", repr=False)
    timestamp: Count = 0


class ReqWorkConn(Message):
    type_byte = 0x72


class StartWorkConn(Message):
    type_byte = 0x73

    proxy_name: str = Field(default="", repr=False)
    src_addr: str = ""
    dst_addr: str = ""
    src_port: Port = 0
    dst_port: Port = 0
    error: str = ""


class Ping(Message):
    type_byte = 0x68

    privilege_key: str = Field(default="", repr=False)
    timestamp: Count = 0


class Pong(Message):
    type_byte = 0x34

    error: str = ""


class Kill(Message):
    """Ends Gradio's client for good; upstream clients do not know it."""

    type_byte = 0x6B


MESSAGES: dict[int, type[Message]] = {
    kind.type_byte: kind
    for kind in (
        Login,
        LoginResp,
        NewProxy,
        NewProxyResp,
        CloseProxy,
        NewWorkConn,
        ReqWorkConn,
        StartWorkConn,
        Ping,
        Pong,
        Kill,
    )
}
