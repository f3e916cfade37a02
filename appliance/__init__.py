"""Gradio Appliance: share and host Gradio apps from your own machine."""

__version__ = "0.1.0"
