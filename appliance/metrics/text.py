"""Metrics as text, and the texts of several processes as one. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

TYPE = "text/plain; version=0.0.4; charset=utf-8"
_OURS = ("appliance_", "traefik_")
_OF_PROCESSES = "process_"


def own(*collectors: Collector) -> str:
    """Of this process, with what it takes of the machine."""
    registry = CollectorRegistry(auto_describe=False)
    for collector in collectors:
        registry.register(collector)
    ProcessCollector(registry=registry)
    return generate_latest(registry).decode()


def joined(parts: Mapping[str, str]) -> str:
    """One text of several, by the name of the process.

    What each process says of itself as one gets the label `process`; what runtimes of languages
    tell is left out. Raises ValueError for a text that is none.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(_merged(parts)))
    return generate_latest(registry).decode()


class _Families(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def _merged(parts: Mapping[str, str]) -> list[Metric]:
    found: dict[str, Metric] = {}
    for process, text in parts.items():
        for family in text_string_to_metric_families(text):
            if family.name.startswith(_OF_PROCESSES):
                samples = [_labelled(sample, process) for sample in family.samples]
            elif family.name.startswith(_OURS):
                samples = list(family.samples)
            else:
                continue
            known = found.setdefault(
                family.name, Metric(family.name, family.documentation, family.type)
            )
            known.samples += samples
    return list(found.values())


def _labelled(sample: Sample, process: str) -> Sample:
    return sample._replace(labels={**sample.labels, "process": process})
