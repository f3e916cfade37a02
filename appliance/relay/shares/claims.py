"""Whether a client may have the name that it asks for. Pure."""

from appliance.commands import COMMAND
from appliance.relay.gateway.directory import Why
from appliance.relay.registrar import Refused
from appliance.relay.shares.entry import Entry
from appliance.relay.shares.wanted import Wanted


def check_claim(entry: Entry, asked: Wanted, *, without_owner: bool, returning: bool) -> None:
    """Raises `Refused` unless the name is the asker's and its time is not up.

    `without_owner`: the key that the name belongs to is no more. `returning`: the client comes
    back by itself after it lost its connection.
    """
    abandoned = entry.gone is not None and without_owner
    if entry.share.owner != asked.owner and not abandoned:
        raise Refused(f"the name {asked.name!r} belongs to somebody else", reason="taken")
    if entry.gone is None:
        return
    # A client that comes back by itself does not undo the end; a person with a key may.
    if returning or not asked.readable:
        ended = "has expired" if entry.gone.why is Why.EXPIRED else "was ended"
        what = "start it anew" if asked.readable else "use another share token (restart Python)"
        raise Refused(
            f"the share {entry.name} {ended}; {what}, "
            f"or ask the operator to run `{COMMAND} shares extend {entry.name} 24h`",
            reason=entry.gone.why.value,
        )
