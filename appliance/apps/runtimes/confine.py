"""Set limits on this process, then become the program that follows. Run as a script, stdlib only.

`python confine.py '{"NOFILE": 65536}' program arguments…`. The process keeps its id, so whoever
started it can watch it; what it runs cannot gain rights nor lift the limits again.
"""

import contextlib
import ctypes
import json
import os
import resource
import sys

_PR_SET_NO_NEW_PRIVS = 38
"""<linux/prctl.h>"""


def main(arguments: list[str]) -> None:
    limits, *program = arguments
    os.umask(0o077)
    for name, wanted in json.loads(limits).items():
        kind = getattr(resource, f"RLIMIT_{name}")
        _, hard = resource.getrlimit(kind)
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (most, most))
    # Not Linux: no such call; the limits above still hold.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.execv(program[0], program)  # noqa: S606 (this is what the script is for; no shell)


if __name__ == "__main__":
    main(sys.argv[1:])
