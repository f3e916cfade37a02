"""Cutting bytes anywhere, as a network does."""

from collections.abc import Iterator

from hypothesis import strategies as st

cuts = st.lists(st.integers(min_value=0, max_value=400), max_size=12)
"""Distances between cuts."""


def pieces(data: bytes, distances: list[int]) -> Iterator[bytes]:
    """`data` in pieces of these lengths; the last one takes the rest."""
    for distance in distances:
        yield data[:distance]
        data = data[distance:]
    yield data
