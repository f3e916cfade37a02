"""Short ways to make what Prometheus calls a family of samples."""

from collections.abc import Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily


def counter(name: str, text: str, label: str, counts: Mapping[str, float]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


def gauge(name: str, text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


def histogram(
    name: str,
    text: str,
    label: str,
    bounds: Iterable[float],
    buckets: Mapping[str, Iterable[int]],
) -> HistogramMetricFamily:
    """Durations: how many up to each of the `bounds` (seconds), and how many above all."""
    family = HistogramMetricFamily(name, text, labels=[label])
    names = (*map(str, bounds), "+Inf")
    for value, counts in buckets.items():
        below, found = 0, []
        for bound, count in zip(names, counts, strict=True):
            below += count
            found.append((bound, float(below)))
        family.add_metric([value], found, sum_value=None)
    return family
