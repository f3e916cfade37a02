"""Text that comes in pieces, as lines; of one without end no more is kept than anybody reads."""

LONGEST = 64 * 1024
"""Characters of one line."""
CUT = " … (cut)"


class Lines:
    """Pure: pieces in, lines out."""

    def __init__(self) -> None:
        self._rest = ""
        self._cut = False
        """What comes until the end of the line is dropped."""

    def take(self, piece: str) -> list[str]:
        """The lines that end in this piece, and the beginning of one that is too long already."""
        *whole, rest = piece.split("\n")
        found: list[str] = []
        for text in whole:
            found += self._more(text)
            found += self.end()
        found += self._more(rest)
        return found

    def end(self) -> list[str]:
        """What is left when nothing more comes; empty if that is nothing, or was told cut."""
        rest, cut = self._rest, self._cut
        self._rest, self._cut = "", False
        return [] if cut else [rest]

    def _more(self, text: str) -> list[str]:
        if self._cut:
            return []
        # As much of it as could count: a piece may be longer than all that is kept.
        self._rest += text[: LONGEST + 1]
        if len(self._rest) <= LONGEST:
            return []
        told, self._rest, self._cut = self._rest[:LONGEST] + CUT, "", True
        return [told]


def cut(line: str) -> str:
    """A line that is there already."""
    return line if len(line) <= LONGEST else line[:LONGEST] + CUT
