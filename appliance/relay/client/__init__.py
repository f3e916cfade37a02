"""A share client in Python, for machines where Gradio's own binary cannot be had.

In a notebook: `with share(7860, "share.example.org:7000", name="chat", key=KEY) as url: ...`
"""

from appliance.relay.client.failures import RelayError
from appliance.relay.client.notebook import share

__all__ = ["RelayError", "share"]
