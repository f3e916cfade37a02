import asyncio
import sys

import pytest

from appliance.apps.runtimes import output
from appliance.apps.runtimes.lines import CUT, LONGEST, Lines


def lines_of(*pieces):
    found = Lines()
    return [line for piece in pieces for line in found.take(piece)] + found.end()


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        (["a\nb\n"], ["a", "b", ""]),
        (["a", "b\nc", "\n\nd"], ["ab", "c", "", "d"]),
        (["x" * LONGEST + "\ny"], ["x" * LONGEST, "y"]),
        (["x" * (LONGEST + 1) + "\ny"], ["x" * LONGEST + CUT, "y"]),
        (["x" * LONGEST, "x", "x\ny"], ["x" * LONGEST + CUT, "y"]),
        (["a\n" + "x" * 3 * LONGEST], ["a", "x" * LONGEST + CUT]),
    ],
)
def test_lines_are_whole_however_they_come_and_no_longer_than_can_be_read(pieces, lines):
    assert lines_of(*pieces) == lines


def test_a_line_without_end_is_told_at_once_and_not_kept():
    found = Lines()
    piece = "x" * 16 * 1024
    told = [line for _ in range(10_000) for line in found.take(piece)]
    assert told == ["x" * LONGEST + CUT]
    assert sys.getsizeof(found._rest) < 100
    assert found.take("\nnext\n") == ["next"]


async def test_what_a_process_writes_without_an_end_is_cut(tmp_path):
    path = tmp_path / "output.log"
    path.write_text("")
    followed = output.follow(path, lambda: False)
    first = asyncio.ensure_future(anext(followed))
    await asyncio.sleep(0)
    path.write_text("x" * 2 * LONGEST)
    assert await first == "x" * LONGEST + CUT
    await followed.aclose()
    assert output.tail(path, 1) == ["x" * LONGEST + CUT]
