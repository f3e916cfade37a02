"""Why there is no share."""


class RelayError(Exception):
    """No share can be had: what is wrong, and what the person at the terminal can do."""

    def __init__(self, summary: str, remedy: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.remedy = remedy
