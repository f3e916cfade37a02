# ruff: noqa: ASYNC240, ASYNC110, T201 - written as users write
import asyncio
import tempfile
from pathlib import Path

import gradio as gr


async def main():
    with tempfile.TemporaryDirectory() as folder, gr.Blocks() as demo:
        file = Path(folder, "file")
        file.write_text("still there")
        gr.Button().click(file.read_text, None, gr.Textbox(), api_name="read")
        demo.launch(prevent_thread_lock=True)
        print("returned from launch", flush=True)
        while True:
            await asyncio.sleep(0.1)


try:
    asyncio.run(main())
finally:
    print("cleaned up", flush=True)
