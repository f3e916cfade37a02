"""What was counted of visits to shares, for who keeps it."""

from collections.abc import Iterable

from appliance.apps.server.counting import Counting, Counts
from appliance.relay.share import Share
from appliance.visits.model import Ask, Report, Reports, Told


def tell(told: Counting, shares: Iterable[Share], ask: Ask) -> Reports:
    """Count as asked from now on, and say what was counted so far. Raises ValueError."""
    told.follow({str(day): salt for day, salt in ask.salts.items()})
    if told.salts is None:
        for share in shares:
            share.visits = Counts()
        return Reports(reports=())
    found = []
    for share in shares:
        document = share.visits.document()
        if document["hours"]:
            said = Told.model_validate({"source": told.source, **document})
            found.append(Report(name=share.name, told=said))
    return Reports(reports=tuple(found))
