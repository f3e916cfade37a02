from collections.abc import Iterator

import pytest

from tests.running.composed import Stack, composed

pytest.register_assert_rewrite("tests.integration.apps.runtime_suite")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack for all tests here; each leaves `hello` answering."""
    hello = "apps:\n  hello: {source: examples/hello}\n"
    with composed(tmp_path_factory.mktemp("stack"), hello) as running:
        yield running
