# ruff: noqa: D413 - written as users write
"""An app with a bit of everything; its network arguments are the appliance's to decide."""

import os
import tempfile
import time
from pathlib import Path

import gradio as gr

here = Path(__file__).parent
for name in ("allowed", "blocked", "outside"):
    folder = here.parent / name
    folder.mkdir(exist_ok=True)
    (folder / "file.txt").write_text(name)


def greet(name: str) -> str:
    """Greets somebody.

    Args:
        name: who it is
    """
    return f"Hello {name}!"


def who(request: gr.Request) -> dict:
    return {
        "client": request.client.host,
        "url": str(request.url),
        "headers": dict(request.headers),
        "user": request.username,
    }


def count(number: int):
    for i in range(int(number)):
        time.sleep(0.05)
        yield str(i)


def same(file: str) -> str:
    return file


def write(text: str) -> str:
    path = Path(tempfile.mkdtemp()) / "result.txt"
    path.write_text(text)
    return str(path)


def slow(seconds: float) -> str:
    time.sleep(seconds)
    return "done"


with gr.Blocks() as demo:
    text, number, file = gr.Textbox(), gr.Number(), gr.File()
    result, data, out = gr.Textbox(), gr.JSON(), gr.File()
    gr.Button().click(greet, text, result, api_name="greet")
    gr.Button().click(who, None, data, api_name="who")
    gr.Button().click(count, number, result, api_name="count")
    gr.Button().click(same, file, out, api_name="same")
    gr.Button().click(write, text, out, api_name="write")
    gr.Button().click(slow, number, result, api_name="slow")
with demo.route("Second", "/second"):
    gr.Markdown("the second page")

if __name__ == "__main__":
    demo.queue().launch(
        share=True,
        server_name="0.0.0.0",
        server_port=1,
        root_path="/elsewhere",
        inbrowser=True,
        ssr_mode=True,
        mcp_server=bool(os.environ.get("WITH_MCP")),
        max_threads=7,
        allowed_paths=[str(here.parent / "allowed")],
        max_file_size="1mb",
    )
