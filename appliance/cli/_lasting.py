"""What is told while something takes its time."""

import os

from rich.console import Console


class Lasting(Console):
    """Its reader may go, as `| head` does: what goes on is told to nobody then, and goes on."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        # What is still to be written would be tried again at the end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)
