"""The dashboard for Grafana and the alerts against what there is to show."""

import json
import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from appliance.config.document import parse
from tests.running.markdown import block

DASHBOARD = Path(__file__).parents[2] / "docs" / "grafana-dashboard.json"
_METRIC = re.compile(r"\b(?:appliance|traefik|process)_[a-z0-9_]+")
_ENDING = re.compile(r"_(?:total|bucket|count|sum)$")


def queries() -> list[str]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", ())]


def alerts() -> list[str]:
    """What the docs give to begin with."""
    text = block("docs/metrics.md", "yaml", "alert:")
    groups = parse(text, "metrics.md").data["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def missing(text: str) -> set[str]:
    """Metrics that a query or an alert names and the text does not have."""
    known = {family.name for family in text_string_to_metric_families(text)}
    asked = {name for query in (*queries(), *alerts()) for name in _METRIC.findall(query)}
    return {name for name in asked if name not in known and _ENDING.sub("", name) not in known}
