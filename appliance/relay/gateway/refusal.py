"""A request that is not taken."""


class Refused(Exception):  # noqa: N818 - the sender's fault, not ours
    """Not HTTP as it must be. The connection is closed after the answer."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        """What is wrong, in words that hold nothing of what was sent."""
