"""A page of one's own on top of Gradio's queue and API."""

from pathlib import Path

import gradio as gr
import segno
from fastapi.responses import FileResponse

PAGE = Path(__file__).parent / "page.html"

server = gr.Server(title="QR codes", docs_url=None, redoc_url=None)


@server.api(name="qr")
def qr(text: str, colour: str = "#18181b") -> str:
    """Draw a QR code as an SVG picture in a data URI."""
    return segno.make(text or " ", error="m").svg_data_uri(scale=8, border=2, dark=colour)


@server.get("/")
def page() -> FileResponse:
    return FileResponse(PAGE, media_type="text/html")


if __name__ == "__main__":
    server.launch()
