"""Whole appliances and their reference, shared by all tests of a run."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.running.appliance import Appliance
from tests.running.composed import composed
from tests.running.embedded import embedded, prepared
from tests.running.native import Native
from tests.running.process import free_port

# Run in the background, a shell makes us and all that we start deaf to Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
# gradio_client would report each connection to a third party.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
# A busy machine is no failure: neither an example nor the making of all of them has a time limit.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session")
def native(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Native]:
    """Every example as `python app.py`: what the appliance must not differ from."""
    with Native(tmp_path_factory.mktemp("native")) as running:
        yield running


@pytest.fixture(
    scope="session", params=["embedded", pytest.param("compose", marks=pytest.mark.stack)]
)
def appliance(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Appliance]:
    """A whole appliance with the shipped YAML, in each way of running it."""
    folder = tmp_path_factory.mktemp("appliance")
    if request.param == "embedded":
        with embedded(prepared(folder, free_port())) as running:
            yield running
    else:
        with composed(folder) as stack:
            yield stack.appliance


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browsers come first and containers last.

    A browser drops its connections whenever a container's network comes or goes, also when another
    run of tests on this machine does it. Whole appliances, once they run, take their part of the
    machine to the end.
    """
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if item.get_closest_marker("stack"):
        return 3
    if _WHOLE & set(getattr(item, "fixturenames", ())):
        return 2
    return 0 if item.get_closest_marker("browser") else 1


_WHOLE = {"appliance", "native", "stack"}
