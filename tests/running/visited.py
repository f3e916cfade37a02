"""Visits as somebody who counts would tell them."""

from appliance.apps.server.counting import packed
from appliance.visits.model import Report

_DURATIONS = (1, 4, 20, 9, 3, 1, 0, 0, 0, 0)


def report(
    name: str, hour: int, requests: int, visitors: int = 1, source: str = "a" * 16
) -> Report:
    """Of one hour."""
    numbers = {
        "hour": hour,
        "requests": requests,
        "predictions": requests // 4,
        "refused": requests // 20,
        "failed": requests // 50,
        "received": requests * 900,
        "sent": requests * 40_000,
        "latencies": _DURATIONS,
        "durations": _DURATIONS,
        "clients": {"browser": requests - requests // 5, "gradio_client": requests // 5},
        "referrers": {"blog.example.org": requests // 10, "news.example.org": 1},
    }
    bits = ((1 << visitors) - 1).to_bytes(2048, "big")
    told = {"source": source, "hours": [numbers], "visitors": {str(hour // 24): packed(bits)}}
    return Report.model_validate({"name": name, "told": told})
