"""The examples, and the environment that keeps them off the network."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples"
NAMES = tuple(sorted(path.parent.name for path in FOLDER.glob("*/app.py")))

GRADIO_PAGE = {"fastapi-mounted": "ui/"}
"""Where Gradio is, below the app's own address, when it is not right there."""

OFFLINE = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}
