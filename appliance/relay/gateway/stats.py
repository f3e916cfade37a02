"""What the gateway counts, for metrics."""

from dataclasses import dataclass, field, fields, replace

from appliance.relay.gateway.answers import Kind


@dataclass(slots=True)
class GatewayStats:
    """Plain numbers since the process started, except `open`."""

    requests: int = 0
    """Whose head was understood."""
    answers: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))
    """Made by the gateway itself."""
    retries: int = 0
    """Requests sent again because the stream to the app had died."""
    aborted: int = 0
    """Answers cut off in the middle by the app."""
    left: int = 0
    """Visitors who went before the end of the answer."""
    upgrades: int = 0
    """WebSockets and the like."""
    rewritten: int = 0
    """Share pages whose script comes from the app."""
    warned: int = 0
    """Pages with a note that their link is about to end."""
    turned_away: int = 0
    """Connections beyond the limit."""
    open: int = 0
    """Visitors' connections now."""
    received: int = 0
    """Bytes from visitors for apps."""
    sent: int = 0
    """Bytes from apps for visitors."""

    def add(self, other: "GatewayStats") -> None:
        """What happened in another process as well."""
        for one in fields(self):
            mine, more = getattr(self, one.name), getattr(other, one.name)
            if one.name == "answers":
                more = {kind: mine[kind] + more[kind] for kind in Kind}
                setattr(self, one.name, more)
            else:
                setattr(self, one.name, mine + more)

    def add_passed(self, other: "GatewayStats") -> None:
        """What happened to requests that another worker has counted as its visitors'."""
        self.add(
            GatewayStats(
                answers=other.answers,
                retries=other.retries,
                rewritten=other.rewritten,
                warned=other.warned,
            )
        )

    def past(self) -> "GatewayStats":
        """Without what is only so now."""
        return replace(self, open=0)
