"""The registry as a worker's tunnels see it: it is in another process."""

from collections.abc import Callable
from itertools import count

from appliance.relay.registrar import Answer, Attempt, Refused, Registration
from appliance.relay.share import Share
from appliance.relay.shares.registry import nothing_shared
from appliance.relay.upstream import Upstream
from appliance.relay.workers.notes import Closed, Note, Register, Rules


class Asking:
    """A `Registrar`. It numbers the ways to its clients."""

    def __init__(self, send: Callable[[Note], None]) -> None:
        self.rules = Rules(shared=False)
        self._send = send
        self._numbers = count(1)
        self._ways: dict[int, Upstream] = {}
        self._number_of: dict[Upstream, int] = {}
        self._answers: dict[int, Answer] = {}

    def way(self, number: int) -> Upstream | None:
        """None if its client has left."""
        return self._ways.get(number)

    # From tunnels.

    def login(self, attempt: Attempt) -> tuple[str, ...]:  # noqa: ARG002 - keys are shown with the name
        if not self.rules.shared:
            raise nothing_shared()
        return ("", *self.rules.tokens)

    def ask(self, registration: Registration, upstream: Upstream, answer: Answer) -> None:
        number = next(self._numbers)
        self._ways[number] = upstream
        self._number_of[upstream] = number
        self._answers[number] = answer
        self._send(Register(way=number, registration=registration))

    def closed(self, upstream: Upstream) -> None:
        number = self._number_of.pop(upstream)
        del self._ways[number]
        self._answers.pop(number, None)
        self._send(Closed(way=number))

    # From the registry.

    def answered(self, number: int, answer: Share | Refused) -> None:
        """Unless the client has left meanwhile."""
        waiting = self._answers.pop(number, None)
        if waiting is None:
            return
        if isinstance(answer, Refused):
            del self._number_of[self._ways.pop(number)]
        waiting(answer)

    def end(self, number: int, reason: str) -> None:
        if upstream := self._ways.get(number):
            upstream.end(reason)

    def replaced(self, number: int) -> None:
        if upstream := self._ways.get(number):
            upstream.replaced()
