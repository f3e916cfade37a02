"""The fuzz targets themselves, shortly: their corpus, what once failed, and some noise."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.corpus import CORPUS, inputs
from tests.fuzz.targets import TARGETS

CRASHES = sorted((Path(__file__).parent / "crashes").glob("*"))


def test_every_target_has_a_corpus() -> None:
    assert CORPUS.keys() == TARGETS.keys()


@pytest.mark.parametrize("name", TARGETS)
def test_what_real_peers_sent(name: str) -> None:
    for data in inputs(name):
        TARGETS[name](data)


def test_what_failed_once() -> None:
    for crash in CRASHES:
        TARGETS[crash.name.split("-")[0]](crash.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_noise(name: str, data: st.DataObject) -> None:
    parts = st.lists(st.one_of(st.sampled_from(inputs(name)), st.binary(max_size=40)), max_size=8)
    TARGETS[name](b"".join(data.draw(parts)))
