"""Texts for people at the other end of a client."""


def one_line(text: str) -> str:
    """Clients print one line for one error."""
    return " ".join(text.split())
