from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.integration.relay.gateway.app import App
from tests.integration.relay.gateway.conftest import running
from tests.integration.relay.workers.company import Company, company
from tests.running.process import free_port


@dataclass
class Shared:
    """An app with a share at each of two workers."""

    app: App
    company: Company
    names: tuple[str, str]
    """The share of each worker."""


@pytest.fixture(scope="package")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    folder, port = tmp_path_factory.mktemp("workers"), free_port()
    app = App(folder)
    with running(app, port), company(folder, port) as made, ExitStack() as clients:
        yield Shared(app, made, (made.share_at(clients, 0), made.share_at(clients, 1)))
