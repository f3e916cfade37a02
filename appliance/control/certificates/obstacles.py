"""What stands between names and their certificates: told by who orders, read by who serves."""

from appliance.certs.history import Attempt
from appliance.certs.status import CertificateProblem
from appliance.commands import UP
from appliance.config.schema import Config
from appliance.config.tls import DnsChallenge
from appliance.control.board import Facts
from appliance.control.certificates.wanted import subjects
from appliance.control.published import Published, answers_http

_CLOSED = CertificateProblem(
    code="ports-differ",
    message="No certificate is ordered yet: the machine does not listen on the port by which the "
    "authority would come.",
    remedy=f"Run `{UP}` on the machine; the order follows by itself.",
)
"""Asked now, the authority would find nobody, and want to be left alone for some time."""


class Obstacles:
    """Ports that are closed, and the newest refusal of each order."""

    def __init__(self, published: Published) -> None:
        self._published = published
        self._refused: dict[str, CertificateProblem] = {}

    def closed(self, config: Config) -> bool:
        """Whether an authority would come in vain, until a new start opens the ports."""
        by_http = not isinstance(config.tls.challenge, DnsChallenge)
        return by_http and not answers_http(config, self._published)

    def note(self, attempt: Attempt) -> None:
        """What came of an order takes the place of what came of the one before."""
        self._refused.pop(attempt.subject, None)
        if attempt.code is not None:
            self._refused[attempt.subject] = CertificateProblem(
                code=f"order-{attempt.code}", message=attempt.message, remedy=attempt.remedy
            )

    def problems(self, facts: Facts) -> list[CertificateProblem]:
        """About the names of today, or of tomorrow."""
        if facts.wanted.tls_mode != "certbot":
            return []
        if self.closed(facts.wanted):
            return [_CLOSED]
        return [self._refused[one] for one in subjects(facts) if one in self._refused]
