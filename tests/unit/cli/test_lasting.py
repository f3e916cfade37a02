"""A reader who does not stay to the end."""

import os

from appliance.cli._lasting import Lasting


def test_what_goes_on_is_not_ended_by_a_reader_who_goes() -> None:
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "w") as nobody:
        console = Lasting(file=nobody)
        console.print("hello: building")
        console.print("hello: live")
        # What others write there finds its way too.
        nobody.write("more\n")
        nobody.flush()
    assert console.quiet
