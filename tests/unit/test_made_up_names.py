"""What strangers call hosts and headers is looked up often, and must not be kept for that."""

import tracemalloc
from collections.abc import Callable

import pytest

from appliance.apps.server.headers import is_removed
from appliance.auth.forward.asked import bare
from appliance.relay.gateway.headers import Meanings

LONG, MANY = 16_384, 200


def of_header(name: bytes) -> object:
    return is_removed(name)


def of_host(name: bytes) -> object:
    return bare(name.decode())


MEANINGS = Meanings({})


@pytest.mark.parametrize("look_up", [MEANINGS.of, of_header, of_host])
def test_names_that_strangers_make_up_fill_no_memory(look_up: Callable[[bytes], object]) -> None:
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(MANY):
            look_up(b"%d-" % number + b"x" * LONG)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < MANY * LONG / 4
