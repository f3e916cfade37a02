"""Your own FastAPI app, with its own routes, and a Gradio page inside it."""

import os

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

HOME = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Temperatures</title><link rel="icon" href="data:,">
<style>
  body {font: 1.1rem/1.6 system-ui, sans-serif; max-width: 38rem; margin: 12vh auto;
        padding: 0 1rem; color: #27272a}
  h1 {font-size: 2.2rem; margin-bottom: .3rem}
  a {display: block; margin: 1rem 0; padding: 1rem 1.3rem; border: 1px solid #d4d4d8;
     border-radius: .7rem; color: inherit; text-decoration: none}
  a:hover {border-color: #f97316}
  small, code {color: #71717a}
  @media (prefers-color-scheme: dark) {body {background: #18181b; color: #f4f4f5}}
</style>
<h1>Temperatures</h1>
<p>This page and the JSON below come from the app's own FastAPI routes.</p>
<a href="ui/"><strong>Converter</strong><br>
  <small>the Gradio page, mounted at <code>/ui</code></small></a>
<a href="api/fahrenheit?celsius=20"><strong>20 °C as JSON</strong><br>
  <small><code>GET /api/fahrenheit?celsius=20</code></small></a>
"""


def fahrenheit(celsius: float) -> float:
    """Convert degrees Celsius to degrees Fahrenheit."""
    return round(celsius * 9 / 5 + 32, 2)


with gr.Blocks(title="Temperatures") as demo:
    gr.Markdown("# Temperatures\nGradio is mounted at `/ui` of the app's own FastAPI server.")
    with gr.Row():
        degrees = gr.Slider(-40, 120, value=20, label="Celsius")
        converted = gr.Number(value=68, label="Fahrenheit", interactive=False)
    degrees.change(fahrenheit, degrees, converted, api_name="fahrenheit", show_progress="hidden")

app = FastAPI(title="Temperatures", docs_url=None, redoc_url=None)


@app.get("/", response_class=HTMLResponse)
def home() -> str:
    return HOME


@app.get("/api/fahrenheit")
def api(celsius: float) -> dict[str, float]:
    return {"celsius": celsius, "fahrenheit": fahrenheit(celsius)}


app = gr.mount_gradio_app(app, demo, path="/ui")

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("GRADIO_SERVER_PORT", "7860")))
