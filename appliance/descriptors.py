"""How many connections a process may have."""

import resource
from contextlib import suppress


def take_all_descriptors() -> None:
    """A connection is one each, and the usual limit is 1024 until somebody asks for more."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # some systems do not mean what they promise
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
